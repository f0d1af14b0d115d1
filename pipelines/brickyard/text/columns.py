"""Columns made of the normal form of a text."""

import pandas as pd
from pyspark.sql import Column
from pyspark.sql import functions as F

from brickyard.text.normalise import document_id, normalise


def text_id(text: Column) -> Column:
    """`doc_id` of each text; null for null."""
    return _apply(lambda value: document_id(normalise(value)), "string")(text)


def normalised_length(text: Column) -> Column:
    """Code points of the normal form of each text; null for null."""
    return _apply(lambda value: len(normalise(value)), "long")(text)


def _apply(function, kind: str):
    @F.pandas_udf(kind)  # type: ignore[call-overload]
    def udf(texts: pd.Series) -> pd.Series:
        return texts.map(function, na_action="ignore")

    return udf
