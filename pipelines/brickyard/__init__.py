"""Brickyard: raw text in, bricks for training out. Text curation on Apache Spark and Delta Lake."""

__version__ = "0.1.0"
