"""Small networks that are trained on a sample, to see what can be learnt from it and how training behaves."""
