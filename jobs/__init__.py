"""The commands: each a `spark-submit` main and a subcommand of `brickyard`."""
