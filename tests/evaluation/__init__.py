"""Experiments that show how far the gauge's numbers may be believed: their marks were fixed before they ran."""
