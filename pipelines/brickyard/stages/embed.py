"""Give every document that is still kept a vector, by the model that `[embed] model` names."""

import zlib
from collections.abc import Iterable, Iterator
from functools import partial

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from brickyard.arrays import as_lists
from brickyard.config import Embed
from brickyard.frames import frame_of
from brickyard.stages.exact_duplicates import texts_of
from brickyard.stages.joins import only
from brickyard.stages.result import Result
from brickyard.tables import VECTOR_MODELS
from brickyard.vectors.drift import refit_is_due
from brickyard.vectors.models import columns, hashed, word2vec
from brickyard.vectors.models.folders import split_setting
from brickyard.vectors.models.loading import embedder_of, model_in_folder
from brickyard.vectors.models.model import VectorModel, fitted


def check_model(config: Embed) -> None:
    """Raise ConfigError if the model that comes in a folder is not usable, or not of the stated dimension."""
    model_in_folder(config.model, config.dimension if "dimension" in config.model_fields_set else None)


def add_embeddings(
    documents: DataFrame,
    records: DataFrame,
    pairs: DataFrame,
    earlier: DataFrame,
    earlier_models: DataFrame,
    earlier_centroids: DataFrame,
    config: Embed,
    refit: str,
    same: bool,
) -> Result:
    """One vector for each document that no earlier stage dropped, and the model; none if the model is off.

    With the settings of the release before (`same`), a model that was fitted then stays until the rule of `refit` asks for
    another; one that comes in a folder needs no fit. Vectors that the same model gave earlier for a text are taken over.
    """
    if config.model == "off":
        return Result((None, None))
    kept = survivors(documents, pairs)
    model = model_in_folder(config.model)
    if model is None and same:
        model = frozen_model(kept, earlier_models, earlier_centroids, refit)
    if model is None:
        model = fit_model(config.model, config.dimension, inputs_of(kept, records, config.model))
    known = earlier.where(F.col("model") == model.name)
    if not vectors_are_of_texts(model.name):
        known = known.limit(0)
    new = kept.join(known.select("doc_id"), "doc_id", "left_anti").persist()
    stay = known.join(kept.select("doc_id"), "doc_id", "left_semi")
    vectors = stay.unionByName(embed_inputs(inputs_of(new, records, config.model), model))
    return Result((vectors, model_row(records.sparkSession, model)), {"documents_embedded": new.count()})


def vectors_are_of_texts(model: str) -> bool:
    """Whether a document's id tells its vector; the numbers of `columns` are those of the record that stands for it."""
    return not model.startswith("columns")


def frozen_model(kept: DataFrame, models: DataFrame, centroids: DataFrame, refit: str) -> VectorModel | None:
    """The fitted model of the release before; None if there is none, or if it is to be fitted again."""
    row = models.select("model", "documents").first()
    if row is None:
        return None
    growth = kept.count() / max(row.documents, 1)
    return None if refit_is_due(centroids, growth, refit) else load_model(models, row.model)


def survivors(documents: DataFrame, pairs: DataFrame) -> DataFrame:
    """Documents with a text that no chosen pair drops."""
    dropped = pairs.where("chosen").select("doc_id")
    return documents.where("char_count > 0").join(dropped, "doc_id", "left_anti")


def inputs_of(documents: DataFrame, records: DataFrame, setting: str) -> DataFrame:
    """What a model embeds, from the record that stands for each document: (doc_id, char_count, text), or its numbers."""
    kind, names = split_setting(setting)
    if kind != "columns":
        return texts_of(documents, records)
    wanted = documents.select(F.col("first_record_id").alias("record_id"))
    standing = only(records.select("record_id", "doc_id", "metadata"), "record_id", wanted)
    return standing.select("doc_id", columns.numbers_in("metadata", columns.column_names(names)).alias("numbers"))


def fit_model(setting: str, dimension: int, inputs: DataFrame) -> VectorModel:
    """A model of a kind that is fitted, from `inputs_of` all documents."""
    kind, names = split_setting(setting)
    if kind == "columns":
        return columns.fit(inputs, columns.column_names(names))
    return {"hashed": hashed.fit, "word2vec": word2vec.fit}[kind](inputs, dimension)


def embed_inputs(inputs: DataFrame, model: VectorModel) -> DataFrame:
    """(doc_id, model, vector) of `inputs_of` documents."""
    column = "numbers" if model.kind == "columns" else "text"
    embed = partial(_embed_batches, model=model)
    vectors = inputs.select("doc_id", column).mapInArrow(embed, "doc_id string, vector array<float>")
    return vectors.withColumn("model", F.lit(model.name))


def _embed_batches(batches: Iterable[pa.RecordBatch], model: VectorModel) -> Iterator[pa.RecordBatch]:
    embed = embedder_of(model)
    for batch in batches:
        yield pa.RecordBatch.from_arrays([batch.column(0), as_lists(embed(batch.column(1)))], names=["doc_id", "vector"])


def text_embeddings(texts: DataFrame, setting: str, dimension: int) -> DataFrame:
    """(doc_id, model, vector) of `texts` (doc_id, char_count, text), by a model fitted on them or from a folder."""
    return embed_inputs(texts, model_in_folder(setting) or fit_model(setting, dimension, texts))


def model_row(spark: SparkSession, model: VectorModel) -> DataFrame:
    """The model as a row of `vector_models`."""
    parameters = bytearray(zlib.compress(model.parameters, 6)) if model.parameters else None
    row = (model.name, model.kind, model.digest, model.dimension, model.documents, parameters)
    return frame_of(spark, [row], VECTOR_MODELS.schema)


def load_model(models: DataFrame, name: str) -> VectorModel:
    """The fitted model of that name; ValueError if it is not there, or if its parameters are not those it is named for."""
    row = models.where(F.col("model") == name).first()
    if row is None:
        raise ValueError(f"no vector model {name}")
    model = fitted(row.kind, row.dimension, row.documents, zlib.decompress(row.parameters))
    if model.name != name:
        raise ValueError(f"vector model {name}: its parameters give {model.name}; the row is damaged")
    return model
