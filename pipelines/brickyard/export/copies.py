"""How often each document is exported, and in which order: functions of the seed and of ids, never of how Spark works."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from brickyard.export.options import Options


def repeat_documents(documents: DataFrame, options: Options) -> DataFrame:
    """A row for each copy of each document: adds `epoch` and `copy` (both from 0) and `order_key`.

    A document's copies in an epoch are, on average, the ratio of its source (1 if `mix` does not name it), times its weight
    if weights are honoured by repetition. Of a ratio like 2.3, two copies are certain; the third is drawn for three documents
    in ten, by a hash of seed, epoch and id. The order within an epoch is that of `order_key`, then doc_id, then copy.
    """
    expected = _ratio(options.mix) * (F.col("weight") if options.weights == "repeat" else F.lit(1))
    whole = F.floor(expected)
    more = (_unit(options.seed, "draw") < expected - whole).cast("bigint")
    epochs = F.explode(F.sequence(F.lit(0), F.lit(options.epochs - 1)))
    counted = documents.withColumn("epoch", epochs).withColumn("_count", whole + more).where("_count > 0")
    copies = counted.withColumn("copy", F.explode(F.expr("sequence(0, cast(_count AS int) - 1)"))).drop("_count")
    return copies.withColumn("order_key", F.xxhash64(F.lit(options.seed).cast("bigint"), "epoch", "doc_id", "copy"))


def _ratio(mix: tuple[tuple[str, float], ...]) -> Column:
    """The ratio of a row's source."""
    ratio = F.lit(1.0)
    for source, value in mix:
        ratio = F.when(F.col("source") == source, float(value)).otherwise(ratio)
    return ratio


def _unit(seed: int, purpose: str) -> Column:
    """A number in [0, 1) for a document in an epoch: the upper 53 bits of a hash."""
    hashed = F.xxhash64(F.lit(purpose), F.lit(seed).cast("bigint"), "epoch", "doc_id")
    return F.shiftrightunsigned(hashed, 11) / F.lit(float(2**53))
