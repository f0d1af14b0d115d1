"""Files to records: listing, streams, decoding, one file per format."""
