"""The stages: DataFrames and their own configuration in, a Result out; file name = stage name."""
