"""A release as one HTML file: `numbers.py` says what is on it, `page.py` makes the file."""
