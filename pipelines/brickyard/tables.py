"""Every table: its columns with their meaning, its key, and how it is laid out."""

from dataclasses import dataclass

from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

STRING, LONG, DOUBLE, BOOLEAN = StringType(), LongType(), DoubleType(), BooleanType()


@dataclass(frozen=True)
class Table:
    """A Delta table at `<warehouse>/<name>`."""

    name: str
    comment: str
    key: tuple[str, ...]
    schema: StructType
    statistics: tuple[str, ...]  # columns with min and max in the log: never text or vectors


def _table(name: str, comment: str, key: str, statistics: str, /, **columns: tuple[DataType, str]) -> Table:
    fields = [StructField(column, kind, True, {"comment": text}) for column, (kind, text) in columns.items()]
    return Table(name, comment, tuple(key.split()), StructType(fields), tuple(statistics.split()))


RECORDS = _table(
    "records", "a row is one record read", "record_id", "record_id doc_id batch_id source uri position",
    record_id=(STRING, "128 bits of SHA-256 over source, uri and position, or over source and external_id"),
    doc_id=(STRING, "128 bits of SHA-256 of the normalised text: equal for exact duplicates"),
    external_id=(STRING, "the record's own id, if input.id_field names one"),
    batch_id=(STRING, "the batch that brought the record"),
    source=(STRING, "input.source"),
    uri=(STRING, "the file, relative to the root"),
    position=(LONG, "byte offset in the decompressed file; row number for Parquet and CSV"),
    byte_length=(LONG, "bytes of the record in the decompressed file, without its newline"),
    text=(STRING, "the record's own text, not normalised"),
    label=(STRING, "the field named by input.label_field"),
    metadata=(STRING, "the other fields, as JSON"),
    char_count=(LONG, "code points of the normalised text"),
    word_count=(LONG, "words of the text"),
)  # fmt: skip

QUARANTINE = _table(
    "quarantine", "a row is a run of bytes that could not become a record", "source uri position reason", "uri reason",
    source=(STRING, "input.source"),
    uri=(STRING, "the file, relative to the root"),
    position=(LONG, "byte offset in the decompressed file; row number for Parquet and CSV"),
    byte_length=(LONG, "how many bytes; 0 if they could not be read"),
    sha256=(STRING, "SHA-256 of the bytes; null if the record was taken down"),
    reason=(STRING, "why: one of reasons.QUARANTINE_REASONS"),
    head=(STRING, "the first 200 bytes, in hex"),
    batch_id=(STRING, "the batch that brought the file"),
    refused_id=(STRING, "the record_id under which it was refused (another record may have it); null for bytes without one"),
)  # fmt: skip

FILES = _table(
    "files", "a row is a file that was read: it is never read again", "source uri", "uri batch_id",
    source=(STRING, "input.source"),
    uri=(STRING, "the file, relative to the root"),
    byte_length=(LONG, "size on disk"),
    sha256=(STRING, "digest of the file on disk; null if it could not be read"),
    records=(LONG, "records it gave"),
    quarantined=(LONG, "rows it gave to quarantine"),
    blank_lines=(LONG, "blank lines in it: not records"),
    reading=(STRING, "the settings in [input] that decide what its records are, but for defaults"),
    batch_id=(STRING, "the batch that brought the file"),
)  # fmt: skip

DOCUMENTS = _table(
    "documents", "a row is one distinct text", "doc_id", "doc_id",
    doc_id=(STRING, "128 bits of SHA-256 of the normalised text"),
    char_count=(LONG, "code points of the normalised text"),
    word_count=(LONG, "words of the text"),
    copies=(LONG, "records that hold this text"),
    first_record_id=(STRING, "the record that stands for the text: smallest (source, uri, position)"),
)  # fmt: skip

SIGNATURES = _table(
    "signatures", "a row is the MinHash signature of one document that has words", "doc_id", "batch_id",
    doc_id=(STRING, "the document"),
    batch_id=(STRING, "the batch that brought it: it has been compared with all batches before"),
    shingle_count=(IntegerType(), "size of the shingle set"),
    sketch=(BinaryType(), "the lowest byte of each entry of the signature"),
    bands=(BinaryType(), "a key for each band, int64, little-endian: documents that share one are compared"),
)  # fmt: skip

DECISIONS = _table(
    "decisions", "a row is the verdict on one record", "record_id", "record_id doc_id stage reason final_representative_id",
    record_id=(STRING, "the record"),
    doc_id=(STRING, "its text"),
    kept=(BOOLEAN, "whether it is in curated"),
    stage=(STRING, "the stage that dropped it; null if kept"),
    reason=(STRING, "one of reasons.DROP_STAGES; null if kept"),
    representative_id=(STRING, "doc_id of the document that stands for it in that stage; its own if kept"),
    final_representative_id=(STRING, "doc_id of the kept document that stands for it in the end; its own if kept"),
    similarity=(DOUBLE, "to representative_id: 1 for exact, Jaccard index for near, cosine for semantic; null if kept"),
)  # fmt: skip

DUPLICATE_PAIRS = _table(
    "duplicate_pairs", "a row is a verified pair of similar documents", "kind doc_id other_id", "doc_id other_id kind",
    doc_id=(STRING, "the later document in the order of preference"),
    other_id=(STRING, "the earlier one"),
    kind=(STRING, "near (Jaccard index) or semantic (cosine)"),
    similarity=(DOUBLE, "exact, in float64, rounded to 1e-9"),
    chosen=(BOOLEAN, "whether doc_id was dropped with other_id as its representative"),
    complete=(BOOLEAN, "false if the pair's group was so large that members were compared with kept ones only"),
)  # fmt: skip

NEAR_MISSES = _table(
    "near_misses", "a row is a pair of documents that was compared and is not similar enough, by little", "doc_id other_id",
    "doc_id other_id",
    doc_id=(STRING, "the later document in the order of preference"),
    other_id=(STRING, "the earlier one"),
    similarity=(DOUBLE, "Jaccard index, below near_duplicates.min_jaccard by at most 0.1"),
)  # fmt: skip

CENTROIDS = _table(
    "centroids", "a row is one K-means centroid: fitted by MLlib, improved by exact steps", "model cell", "model cell",
    model=(STRING, "the embedding model"),
    cell=(IntegerType(), "number of the cell"),
    vector=(ArrayType(DOUBLE), "the centroid"),
    documents=(LONG, "documents assigned to the cell"),
    squares=(LONG, "sum of their squared distances to it, in units of 2^-22"),
    fit_documents=(LONG, "documents when the centroids were fitted"),
    fit_squares=(LONG, "squares when the centroids were fitted"),
)  # fmt: skip

EMBEDDINGS = _table(
    "embeddings", "a row is the vector of one document", "doc_id model", "doc_id model",
    doc_id=(STRING, "the document"),
    model=(STRING, "the embedding model, as in vector_models"),
    vector=(ArrayType(FloatType()), "unit length, or all zero for a text without anything that the model knows"),
)  # fmt: skip

VECTOR_MODELS = _table(
    "vector_models", "a row is what vectors depend on besides their text", "model", "model",
    model=(STRING, "kind, dimension and first 12 digits of the digest"),
    kind=(STRING, "hashed, word2vec, columns, static, onnx or sentence-transformers"),
    digest=(STRING, "SHA-256 of the model's folder, or of its parameters and documents"),
    dimension=(IntegerType(), "of the vectors"),
    documents=(LONG, "documents when it was fitted; 0 if it came in a folder"),
    parameters=(BinaryType(), "what was fitted, zlib; null if it came in a folder"),
)  # fmt: skip

TOKEN_SEQUENCES = _table(
    "token_sequences", "a row is one tokenized document", "doc_id tokenizer", "doc_id tokenizer token_count",
    doc_id=(STRING, "the document"),
    tokenizer=(STRING, "SHA-256 of the tokenizer file: <warehouse>/tokenizers/<digest>.json"),
    token_ids=(ArrayType(IntegerType()), "token ids, without special tokens"),
    token_count=(IntegerType(), "how many"),
)  # fmt: skip

TOKENIZER_STATISTICS = _table(
    "tokenizer_statistics", "a row is how well a tokenizer fits the kept documents of one source", "tokenizer source",
    "tokenizer source",
    tokenizer=(STRING, "SHA-256 of the tokenizer file"),
    source=(STRING, "input.source"),
    vocabulary=(IntegerType(), "entries of the tokenizer"),
    documents=(LONG, "kept documents"),
    words=(LONG, "their words"),
    bytes=(LONG, "their bytes in UTF-8"),
    tokens=(LONG, "their tokens"),
    unknown=(LONG, "tokens that stand for what the tokenizer has no entry for"),
    fertility=(DOUBLE, "tokens per word; null if there is no word"),
    bytes_per_token=(DOUBLE, "null if there is no token"),
    unknown_share=(DOUBLE, "of the tokens; null if there is none"),
)  # fmt: skip

CURATED = _table(
    "curated", "a row is one kept document, ready to use", "doc_id", "doc_id record_id source uri token_count weight",
    doc_id=(STRING, "the document"),
    record_id=(STRING, "the record that stands for it"),
    external_id=(STRING, "that record's own id"),
    source=(STRING, "that record's source"),
    uri=(STRING, "that record's file"),
    text=(STRING, "that record's text"),
    label=(STRING, "that record's label"),
    metadata=(STRING, "that record's other fields, as JSON"),
    word_count=(LONG, "words of the text"),
    token_count=(IntegerType(), "tokens of the text; null if tokenise is off"),
    weight=(LONG, "records whose final representative this document is"),
)  # fmt: skip

TOMBSTONES = _table(
    "tombstones", "a row is a record that was taken down: it is not to come back", "record_id", "record_id doc_id",
    record_id=(STRING, "the record"),
    doc_id=(STRING, "its text's id"),
    source=(STRING, "input.source"),
    uri=(STRING, "the file it was read from"),
    position=(LONG, "where in the file"),
    external_id=(STRING, "its own id"),
    batch_id=(STRING, "the take-down that removed it"),
)  # fmt: skip

RECALL_METER = _table(
    "recall_meter", "a row is how many edited copies of documents a release's near stage would have found",
    "release_id edit similarity_from", "release_id edit",
    release_id=(STRING, "the release"),
    edit=(STRING, "how the copies were edited"),
    similarity_from=(DOUBLE, "exact Jaccard index of copy and document: at least"),
    similarity_to=(DOUBLE, "and below"),
    planted=(LONG, "copies"),
    found=(LONG, "of them, found as verified pairs"),
    expected=(DOUBLE, "share that the bands find in theory: mean of 1 - (1 - s^rows)^bands"),
)  # fmt: skip

GATE_RESULTS = _table(
    "gate_results", "a row is the outcome of one expectation", "release_id table expectation", "release_id table",
    release_id=(STRING, "the release that was examined, published or not"),
    table=(STRING, "the table, or release for what spans tables"),
    version=(LONG, "the version of the table that was examined"),
    expectation=(STRING, "what was expected"),
    success=(BOOLEAN, "whether it held"),
    observed=(DOUBLE, "the value found"),
)  # fmt: skip

STAGE_METRICS = _table(
    "stage_metrics", "a row is one stage of one run", "run_id stage", "run_id stage",
    run_id=(STRING, "the run"),
    stage=(STRING, "the stage"),
    rows_in=(LONG, "rows of its first input"),
    rows_out=(LONG, "rows it wrote to its first table"),
    seconds=(DOUBLE, "wall clock"),
    reasons=(MapType(STRING, LONG), "what it counted: drops and quarantine per reason, pairs examined, cells"),
)  # fmt: skip

GAUGE_FIGURES = _table(
    "gauge_figures", "a row is a number that the gauge gives of a release, or why it gives none",
    "release_id section name subject", "release_id section name",
    release_id=(STRING, "the release measured"),
    section=(STRING, "the part of the gauge"),
    name=(STRING, "the number's name"),
    subject=(STRING, "what it is of, if not of the whole release: a class, a source, a method"),
    value=(DOUBLE, "the number; null if refused"),
    low=(DOUBLE, "lower end of its interval, where it has one"),
    high=(DOUBLE, "upper end of its interval, where it has one"),
    unit=(STRING, "its unit"),
    valid=(STRING, "where it may be relied on"),
    refusal=(STRING, "why there is no number"),
)  # fmt: skip

GAUGE_POINTS = _table(
    "gauge_points", "a row is a point of a curve of the gauge", "release_id section plot series x", "release_id section plot",
    release_id=(STRING, "the release measured"),
    section=(STRING, "the part of the gauge"),
    plot=(STRING, "the picture"),
    series=(STRING, "the curve in it"),
    x=(DOUBLE, "across"),
    y=(DOUBLE, "up"),
    low=(DOUBLE, "lower end of the interval of y, where it has one"),
    high=(DOUBLE, "upper end of the interval of y, where it has one"),
)  # fmt: skip

GAUGE_FINDINGS = _table(
    "gauge_findings", "a row is a verdict of the gauge on a release", "release_id section verdict reason", "release_id section",
    release_id=(STRING, "the release measured"),
    section=(STRING, "the part of the gauge"),
    verdict=(STRING, "what the numbers say: gauge/figures.py lists the words"),
    reason=(STRING, "because of what"),
    next_step=(STRING, "what to do next"),
)  # fmt: skip

RELEASES = _table(
    "releases", "a row is one published release", "release_id", "release_id",
    release_id=(STRING, "identity of the release"),
    published_at=(TimestampType(), "when"),
    table_versions=(MapType(STRING, LONG), "the version of each table that belongs to the release"),
    input_digest=(STRING, "SHA-256 over the sorted (uri, size, SHA-256) of the files that were named"),
    config_digest=(STRING, "SHA-256 of the configuration and of the normalisation's version"),
    code_version=(STRING, "version of Brickyard"),
    batch_id=(STRING, "the batch that led to the release"),
    previous_release_id=(STRING, "the release before; null for the first"),
    action=(STRING, "what led to it: curate, redecide, take-down or arrange"),
    configuration=(STRING, "the settings that can change a verdict, as JSON"),
    retired_at=(TimestampType(), "since when it is not to be read any more; null while it is live"),
)  # fmt: skip

RELEASED = (
    RECORDS, QUARANTINE, FILES, DOCUMENTS, SIGNATURES, DECISIONS, DUPLICATE_PAIRS, NEAR_MISSES, VECTOR_MODELS, CENTROIDS,
    EMBEDDINGS, TOKEN_SEQUENCES, TOKENIZER_STATISTICS, CURATED, TOMBSTONES,
)  # fmt: skip
"""The tables whose versions a release pins."""

GAUGED = (GAUGE_FIGURES, GAUGE_POINTS, GAUGE_FINDINGS)
"""What `brickyard gauge` writes about releases, beside them."""

TABLES = (*RELEASED, RECALL_METER, GATE_RESULTS, STAGE_METRICS, RELEASES)

LAYOUTS = {
    RECORDS: ("source", "uri", "position"),
    DECISIONS: ("final_representative_id", "record_id"),
    CURATED: ("source", "uri", "doc_id"),
}
"""What `brickyard arrange` sorts rows by: what people filter on, so that files and row groups without an answer are skipped."""
