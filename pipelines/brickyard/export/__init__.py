"""A release as files that a trainer reads as they are: shuffled, repeated, packed, with a manifest and an index."""
