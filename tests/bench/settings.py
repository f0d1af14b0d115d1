"""What Brickyard is told in the benchmark."""

from collections.abc import Iterable

SWITCHED_OFF = ["embed.model=off", "semantic_duplicates.mode=off", "tokenise.tokenizer=off"]
"""Near duplicates and nothing after them."""

NO_LIMITS = ["gate.max_near_share=1", "gate.max_semantic_share=1", "gate.max_group_share=1"]
"""For corpora that consist of duplicates on purpose."""


def input_settings(warehouse: str, corpora: Iterable[str]) -> list[str]:
    """Read the documents of some corpora into a warehouse."""
    paths = ", ".join(f'"{corpus}/part-*.parquet"' for corpus in corpora)
    return [f"warehouse={warehouse}", f"input.paths=[{paths}]", "input.id_field=id"]
