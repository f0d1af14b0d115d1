"""What is done to a batch of vectors."""
