"""Connected components, choice of representatives."""
