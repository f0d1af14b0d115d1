"""The expectations, as plain data: a statistic of a table, and the range it must lie in.

A bound that is a string is the name of a setting in `[gate]`.
"""

from typing import NamedTuple


class Expectation(NamedTuple):
    """`minimum <= statistic <= maximum`; None is no bound. A statistic that is missing or NaN fails."""

    statistic: str
    minimum: float | str | None
    maximum: float | str | None


def none(statistic: str) -> Expectation:
    return Expectation(statistic, 0, 0)


SUITES: dict[str, tuple[Expectation, ...]] = {
    "records": (
        Expectation("rows", "min_records", None),
        none("repeated_keys"),
        none("null_keys"),
        Expectation("least_byte_length", 0, None),
        none("null_sources"),
    ),
    "quarantine": (none("null_keys"), none("unknown_reasons"), none("heads_over_200_bytes")),
    "documents": (
        none("repeated_keys"),
        none("null_keys"),
        Expectation("least_copies", 1, None),
        Expectation("least_char_count", 0, None),
    ),
    "decisions": (
        none("repeated_keys"),
        none("null_keys"),
        none("kept_with_reason"),
        none("dropped_without_reason"),
        none("unknown_reasons"),
        none("dropped_without_representative"),
        Expectation("least_similarity", -1, 1),  # cosines may be negative
        Expectation("largest_similarity", -1, 1),
    ),
    "duplicate_pairs": (
        none("repeated_keys"),
        none("null_keys"),
        none("paired_with_itself"),
        Expectation("least_similarity", -1, 1),
        Expectation("largest_similarity", -1, 1),
    ),
    "embeddings": (none("repeated_keys"), none("null_keys"), none("other_dimensions"), none("other_models")),
    "token_sequences": (none("repeated_keys"), none("null_keys"), none("wrong_counts")),
    "tokenizer_statistics": (none("repeated_keys"), none("null_keys")),
    "near_misses": (none("repeated_keys"), none("null_keys")),
    "tombstones": (none("repeated_keys"), none("null_keys")),
    "curated": (none("repeated_keys"), none("null_keys"), none("empty_texts"), Expectation("least_weight", 1, None)),
    "release": (
        none("records_missing_from_files"),
        none("quarantine_missing_from_files"),
        none("records_missing_from_documents"),
        none("records_without_decision"),
        none("decisions_without_record"),
        none("kept_missing_from_curated"),
        none("representatives_not_curated"),
        none("weights_missing"),
        Expectation("largest_near_share_of_a_source", None, "max_near_share"),
        Expectation("largest_semantic_share_of_a_source", None, "max_semantic_share"),
        Expectation("largest_group_share", None, "max_group_share"),
        Expectation("mean_char_count", 0, None),
    ),
}
"""Table (or `release`, for what spans tables) -> what is expected of its statistics."""
