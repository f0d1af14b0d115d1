"""Documents as counts of hashed words: vectors for MLlib, from the words that duplicates are found by too."""

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa
from pyspark.ml.feature import HashingTF, VectorSlicer
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, LongType, StructField, StructType

from brickyard.text.words import folded_bytes
from brickyard.vectors.word_hashes import word_hashes

BUCKETS = 1 << 13
"""Of hashed words: some ten thousand documents rarely have more words that occur twice."""


def add_term_counts(documents: DataFrame, buckets: int = BUCKETS) -> DataFrame:
    """`features` (sparse vector of counts, `buckets` long) in place of `text`."""
    kept = [field for field in documents.schema.fields if field.name != "text"]
    schema = StructType([*kept, StructField("_words", ArrayType(LongType()))])
    words = documents.mapInArrow(_hash_batches, schema)
    return HashingTF(numFeatures=buckets, inputCol="_words", outputCol="features").transform(words).drop("_words")


def _hash_batches(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        hashes, bounds = word_hashes(*folded_bytes(batch.column("text")))
        words = pa.ListArray.from_arrays(pa.array(bounds.astype(np.int32)), pa.array(hashes.view(np.int64)))
        table = pa.Table.from_batches([batch]).drop_columns(["text"])
        yield from table.append_column("_words", words).to_batches()


def document_counts(featured: DataFrame) -> np.ndarray:
    """In how many rows each entry of `features` is not zero: (V,); no rows, no entries."""
    row = featured.select(Summarizer.numNonZeros(F.col("features")).alias("counts")).first()
    return row.counts.toArray() if row and row.counts is not None else np.zeros(0)


def most_frequent(featured: DataFrame, counts: np.ndarray, width: int) -> DataFrame:
    """`features` cut to the `width` entries that occur in most rows: labels have no say, so nothing leaks from a test."""
    chosen = sorted(np.lexsort((np.arange(len(counts)), -counts))[: min(width, int((counts > 0).sum()))].tolist())
    slicer = VectorSlicer(inputCol="features", outputCol="_sliced", indices=chosen)
    return slicer.transform(featured).drop("features").withColumnRenamed("_sliced", "features")
