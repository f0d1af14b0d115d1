"""What is exported: the pinned tables of a release, and its tokenizer."""

from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from tokenizers import Tokenizer

from brickyard import storage
from brickyard.errors import ConfigError, InputError, StorageError
from brickyard.export.options import Options
from brickyard.reading.listing import open_filesystem
from brickyard.releases import Release
from brickyard.storage import Warehouse
from brickyard.tables import CURATED, DECISIONS, RECORDS, TOKEN_SEQUENCES
from brickyard.text.tokenizer_files import digest_of

TABLES = (CURATED, TOKEN_SEQUENCES, DECISIONS, RECORDS)


@dataclass(frozen=True)
class Source:
    """The tables that an export reads, in the order of TABLES, and their versions; `tokenizer` is None without tokens."""

    release: Release
    versions: dict[str, int]
    curated: DataFrame
    sequences: DataFrame
    decisions: DataFrame
    records: DataFrame
    tokenizer: "UsedTokenizer | None"


@dataclass(frozen=True)
class UsedTokenizer:
    """The tokenizer of a release: the content of its file, its SHA-256, and one more than its largest id."""

    content: str
    digest: str
    vocabulary: int


def open_source(warehouse: Warehouse, release: Release) -> Source:
    """The pinned tables. Raises InputError if the release kept no document, StorageError without its tokenizer."""
    versions = {table.name: release.table_versions[table.name] for table in TABLES}
    curated, sequences, decisions, records = (storage.read(warehouse, table, versions[table.name]) for table in TABLES)
    if curated.isEmpty():
        raise InputError(f"release {release.release_id} has no kept document: there is nothing to export")
    return Source(release, versions, curated, sequences, decisions, records, _tokenizer_of(warehouse, sequences))


def _tokenizer_of(warehouse: Warehouse, sequences: DataFrame) -> UsedTokenizer | None:
    digests = [row.tokenizer for row in sequences.select("tokenizer").distinct().collect()]
    if not digests:
        return None
    if len(digests) > 1:
        raise StorageError(f"token_sequences holds ids of {len(digests)} tokenizers; run `brickyard curate` again")
    path = f"{warehouse.path}/tokenizers/{digests[0]}.json"
    content = _read(path)
    if digest_of(content) != digests[0]:
        raise StorageError(
            f"{path}: the release's tokenizer is damaged: its SHA-256 is not its name; copy the file from a backup"
        )
    vocabulary = max(Tokenizer.from_str(content).get_vocab(with_added_tokens=True).values()) + 1
    return UsedTokenizer(content, digests[0], vocabulary)


def _read(path: str) -> str:
    filesystem, inner = open_filesystem(path)
    try:
        with filesystem.open_input_stream(inner) as stream:
            return stream.read().decode()
    except OSError as error:
        raise StorageError(f"{path}: the release's tokenizer cannot be read: {error}") from error


def check_against(source: Source, options: Options) -> None:
    """Raises ConfigError where the options ask for what the release does not have."""
    if options.wants_tokens and source.tokenizer is None:
        raise ConfigError(
            f"release {source.release.release_id} has no tokens: set tokenise.tokenizer and run `brickyard curate`, or export"
            " documents (parquet, jsonl.zst or datasets, without --sequence-length)"
        )
    known = sorted(row.source for row in source.curated.select("source").distinct().collect())
    for name, _ in options.mix:
        if name not in known:
            raise ConfigError(f"--mix {name}: no kept document is of this source; there are: {', '.join(known)}")
    end_id(source, options)


def end_id(source: Source, options: Options) -> int | None:
    """The id of the end token, if one is wanted."""
    if options.end_token is None or source.tokenizer is None:
        return None
    found: int | None = Tokenizer.from_str(source.tokenizer.content).token_to_id(options.end_token)
    if found is None:
        raise ConfigError(f"--end-token {options.end_token}: the release's tokenizer has no such token")
    return found


_CARRIED = ("external_id", "source", "uri", "label", "metadata")
"""Strings that go with a text."""


def lengths_of(source: Source, options: Options) -> DataFrame:
    """What the plan is made of: doc_id, source, weight, length (tokens) and size (bytes in the export, about)."""
    length = F.coalesce("token_count", F.lit(0)).cast("bigint") + F.lit(int(options.end_token is not None))
    carried = [F.coalesce(F.octet_length(name), F.lit(0)) for name in ("text", *_CARRIED)] if options.is_text else []
    size = 4 * length + sum(carried, F.lit(0))
    return source.curated.select("doc_id", "source", "weight", length.alias("length"), size.cast("bigint").alias("size"))


def documents_of(source: Source, options: Options) -> DataFrame:
    """What the pieces are cut from: doc_id, and token_ids, text and the curated columns as far as they are wanted."""
    tokens = source.sequences.select("doc_id", "token_ids")
    if options.is_text:
        curated = source.curated.drop("weight")
        return curated if source.tokenizer is None else curated.join(tokens, "doc_id", "left")
    if options.sections or options.offsets:
        return tokens.join(source.curated.select("doc_id", "text"), "doc_id")
    return tokens
