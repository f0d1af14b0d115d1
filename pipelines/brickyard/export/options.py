"""What an export is told, and which of it makes no sense."""

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

from brickyard.errors import ConfigError

FORMATS = ("memmap", "parquet", "jsonl.zst", "datasets")
LAYOUT = 2
"""Version of how exports are laid out: part of an export's identity."""

_LONGEST_SEQUENCE = 2**24


@dataclass(frozen=True)
class Positions:
    """A table of position encodings: `kind` is sinusoidal or rotary."""

    kind: str
    dimension: int
    base: float = 10000.0


@dataclass(frozen=True)
class Options:
    """How a release is exported; all of it is part of the export's identity.

    Without `sequence_length` documents stay whole. `mix` is (source, ratio): copies of each of its documents, on average.
    `weights`: repeat a document as often as its weight says, carry the weight as a column, or ignore it.
    """

    format: str
    sequence_length: int | None = None
    packing: str = "best-fit"
    seed: int = 0
    epochs: int = 1
    mix: tuple[tuple[str, float], ...] = ()
    weights: str = "ignore"
    end_token: str | None = None
    sections: bool = False
    offsets: bool = False
    positions: tuple[Positions, ...] = ()
    shard_bytes: int = 128 * 2**20

    @property
    def wants_tokens(self) -> bool:
        """Whether it cannot be made of a release without tokens."""
        return self.format == "memmap" or bool(self.sequence_length or self.sections or self.offsets or self.end_token)

    @property
    def is_text(self) -> bool:
        """Whether the rows are curated documents with their text, not tokens alone."""
        return self.format != "memmap" and self.sequence_length is None


def read_mix(words: str) -> tuple[str, float]:
    """SOURCE=RATIO."""
    source, equals, ratio = words.rpartition("=")
    try:
        return (source, float(ratio)) if equals and source else _refuse_mix(words)
    except ValueError:
        return _refuse_mix(words)


def _refuse_mix(words: str) -> tuple[str, float]:
    raise ConfigError(f"--mix {words}: write SOURCE=RATIO, as in --mix books=2.5")


def read_positions(words: str) -> Positions:
    """KIND:DIMENSION or KIND:DIMENSION:BASE."""
    kind, *numbers = words.split(":")
    try:
        return Positions(kind, int(numbers[0]), *(float(base) for base in numbers[1:]))
    except (ValueError, IndexError, TypeError):
        raise ConfigError(f"--positions {words}: write KIND:DIMENSION or KIND:DIMENSION:BASE, as in rotary:64") from None


def check_options(options: Options) -> None:
    """Raises ConfigError with what is wrong and what is allowed."""
    for name, value, allowed in (
        ("--format", options.format, FORMATS),
        ("--packing", options.packing, ("best-fit", "concatenate")),
        ("--weights", options.weights, ("repeat", "column", "ignore")),
    ):
        if value not in allowed:
            raise ConfigError(f"{name} {value}: choose one of {', '.join(allowed)}")
    length = options.sequence_length
    if length is not None and not 2 <= length <= _LONGEST_SEQUENCE:
        raise ConfigError(f"--sequence-length {length}: a sequence has 2 to {_LONGEST_SEQUENCE:,} tokens")
    if options.epochs < 1 or options.shard_bytes < 1:
        raise ConfigError(f"--epochs {options.epochs}, --shard-bytes {options.shard_bytes}: must be 1 or more")
    if not -(2**63) <= options.seed < 2**63:
        raise ConfigError(f"--seed {options.seed}: must fit 64 bits")
    _check_mix(options.mix)
    _check_positions(options.positions, length)


def _check_mix(mix: tuple[tuple[str, float], ...]) -> None:
    sources = [source for source, _ in mix]
    for source, ratio in mix:
        if not 0 <= ratio <= 1e6:
            raise ConfigError(f"--mix {source}={ratio:g}: the ratio is the copies of a document, on average: 0 or more")
        if sources.count(source) > 1:
            raise ConfigError(f"--mix names {source} twice")


def _check_positions(positions: tuple[Positions, ...], length: int | None) -> None:
    for one in positions:
        if one.kind not in ("sinusoidal", "rotary"):
            raise ConfigError(f"--positions {one.kind}: choose sinusoidal:DIMENSION[:BASE] or rotary:DIMENSION[:BASE]")
        if one.dimension < 2 or one.dimension % 2 or not one.base > 1:
            raise ConfigError(f"--positions {one.kind}:{one.dimension}:{one.base:g}: the dimension is even, the base above 1")
        if length is None:
            raise ConfigError("--positions: the table has a row for each position of a sequence; give --sequence-length too")


def identity_of(options: Options, release_id: str, versions: dict[str, int], tokenizer: str | None) -> str:
    """The id of an export: equal ids have equal bytes."""
    parts: dict[str, Any] = {"layout": LAYOUT, "release": release_id, "versions": versions, "tokenizer": tokenizer}
    words = json.dumps({**parts, "options": asdict(options)}, sort_keys=True)
    return hashlib.sha256(words.encode()).hexdigest()[:16]
