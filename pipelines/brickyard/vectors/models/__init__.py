"""Embedding models, a file each: a batch (an Arrow column) in, a float32 matrix of unit vectors out, a row for each text.

A text without anything that the model knows has a vector of zeros. A vector is a function of its text and the model alone.
"""
