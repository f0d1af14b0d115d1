"""Brickyard: raw text in, bricks for training out. Text curation on Apache Spark and Delta Lake."""

from typing import Any

__version__ = "0.2.0"

__all__ = ["exact_duplicates", "near_duplicates", "semantic_duplicates"]


def __getattr__(name: str) -> Any:
    """The functions of `dataframes`, imported when first used: commands that need no Spark start without it."""
    if name in __all__:
        from brickyard import dataframes

        return getattr(dataframes, name)
    raise AttributeError(f"module 'brickyard' has no attribute {name!r}")
