"""What the gauge's sections are given: the frames of one release, and what the user said about it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import DataFrame

from brickyard.config import Search


@dataclass(frozen=True)
class Material:
    """The tables of a release at its versions, and the labelled documents among its curated ones.

    `labelled`: doc_id, label (string, never null), split (string or null), weight (long); None if no column of labels was
    named or the release has none. `embeddings`: doc_id, vector (array of float), of one model; None if there are none.
    `labelled_records`: doc_id and label of the records that have text and a label, copies included; None as `labelled`.
    `token_sequences`: doc_id, token_ids (array of int), token_count; None if there are none.
    """

    curated: DataFrame
    records: DataFrame
    decisions: DataFrame
    duplicate_pairs: DataFrame
    labelled: DataFrame | None
    embeddings: DataFrame | None
    token_sequences: DataFrame | None
    labelled_records: DataFrame | None = None


@dataclass(frozen=True)
class Choices:
    """What the user chose; samples are drawn by hash of (seed, doc_id), so they depend on neither order nor partitions."""

    seed: int = 0
    sample: int = 20_000  # documents of which all pairs are compared
    split_column: str | None = None  # a field of the records that says train or test
    features: str = "embeddings"  # or tokens: what probes learn from
    probe: Mapping[str, Any] = field(default_factory=dict)  # settings of one more probe
    search: Search = field(default_factory=Search)
    label_column: str = "label"  # where labels are from
