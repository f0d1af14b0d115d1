"""The configuration: frozen models, one per stage; defaults < file < environment < `--set`; unknown keys are errors."""

import difflib
import hashlib
import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from brickyard import s3
from brickyard.errors import ConfigError
from brickyard.probe import probe_of
from brickyard.text.normalise import NORMALISATION
from brickyard.text.tokenizer_files import content_of, digest_of, is_trained
from brickyard.vectors.models.folders import identity

PRESETS = Path(__file__).parent / "presets"
ENVIRONMENT_PREFIX = "BRICKYARD__"
_REMOTE = "://"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Input(_Section):
    """What to read and how."""

    source: str = "default"
    paths: tuple[str, ...] = ()
    root: str | None = None
    format: Literal["auto", "text", "jsonl", "parquet", "csv"] = "auto"
    text_field: str = "text"
    label_field: str | None = None
    id_field: str | None = None
    on_bad_record: Literal["quarantine", "fail"] = "quarantine"
    max_record_bytes: int = Field(16 * 2**20, ge=1, le=2**30)
    csv_delimiter: str | None = Field(None, min_length=1, max_length=1)
    csv_columns: tuple[str, ...] | None = None


class NearDuplicates(_Section):
    """MinHash, bands, and the exact threshold."""

    ngram: int = Field(5, ge=1, le=100)
    permutations: int = Field(128, ge=1, le=4096)
    bands: int = Field(32, ge=1)
    min_jaccard: float = Field(0.7, gt=0, le=1)
    keep: str = Field("longest", pattern=r"^(longest|priority:[^']+)$")

    @model_validator(mode="after")
    def _bands_divide(self) -> "NearDuplicates":
        if self.permutations % self.bands:
            raise ValueError(f"bands = {self.bands} must divide permutations = {self.permutations}")
        return self


class Embed(_Section):
    """Vectors of documents."""

    model: str = Field("hashed", pattern=r"^(off|hashed|word2vec|(static|onnx|sentence-transformers|columns):.+)$")
    dimension: int = Field(256, ge=8, le=4096)  # of models that are fitted on texts; others bring their own


class SemanticDuplicates(_Section):
    """K-means cells, and what is done with documents that lie close together."""

    mode: Literal["off", "report", "threshold", "one_per_cluster"] = "report"
    clusters: Literal["auto"] | Annotated[int, Field(ge=2)] = "auto"
    eps: float = Field(0.02, ge=0, lt=1)
    keep: Literal["longest", "hard", "easy"] = "longest"
    refit: Literal["auto", "never", "always"] = "auto"

    @model_validator(mode="after")
    def _needs_clusters(self) -> "SemanticDuplicates":
        if self.mode == "one_per_cluster" and self.clusters == "auto":
            raise ValueError('mode = "one_per_cluster" keeps one document per cluster and needs clusters = NUMBER')
        return self


class Tokenise(_Section):
    """The tokenizer: trained here (BPE or Unigram), a file, or a name on the Hugging Face hub."""

    tokenizer: str = Field("train:8000", pattern=r"^(off|train:[0-9]+|train-unigram:[0-9]+|file:.+|[\w.-]+(/[\w.-]+)?)$")

    @field_validator("tokenizer")
    @classmethod
    def _at_least_bytes(cls, value: str) -> str:
        kind, colon, size = value.partition(":")
        if colon and kind != "file" and int(size) < 257:
            raise ValueError(f"a byte-level tokenizer has 256 bytes and an end mark: {kind}:257 or more")
        return value


class Gate(_Section):
    """What a release must satisfy."""

    min_records: int = Field(1, ge=0)
    max_near_share: float = Field(0.5, ge=0, le=1)
    max_semantic_share: float = Field(0.2, ge=0, le=1)  # 1 unless set, with one_per_cluster: it removes most by design
    max_group_share: float = Field(0.2, ge=0, le=1)  # likewise


Range = tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], Annotated[float, Field(gt=0, allow_inf_nan=False)]]
"""Lowest and highest."""


class Search(_Section):
    """How `brickyard gauge` looks for the settings that train the probe best: in ranges, and among listed values."""

    how: Literal["off", "grid", "random", "hypergradient"] = "hypergradient"
    budget: int = Field(14, ge=1, le=10_000)  # trainings
    learning_rate: Range = (1e-4, 1.0)
    l2: Range = (1e-6, 0.1)
    lists: dict[str, tuple[Any, ...]] = {}

    @field_validator("learning_rate", "l2")
    @classmethod
    def _rises(cls, value: Range) -> Range:
        if value[0] >= value[1]:
            raise ValueError("a range is [LOWEST, HIGHEST], and must rise")
        return value

    @field_validator("lists")
    @classmethod
    def _are_settings(cls, value: dict[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
        for name, choices in value.items():
            if not choices or name in ("learning_rate", "l2", "loss", "seed"):
                raise ValueError(f"{name}: a list holds values of a setting of [gauge.probe] other than this")
            for choice in choices:
                _refuse_unless_probe({name: choice})
        return value


class Gauge(_Section):
    """What `brickyard gauge` trains, beside the probes it always trains; nothing that a release holds depends on it."""

    features: Literal["embeddings", "tokens"] = "embeddings"
    probe: dict[str, Any] = {}
    search: Search = Search()

    @field_validator("probe")
    @classmethod
    def _is_probe(cls, value: dict[str, Any]) -> dict[str, Any]:
        _refuse_unless_probe(value)
        return value


def _refuse_unless_probe(settings: dict[str, Any]) -> None:
    try:
        probe_of(settings)
    except ConfigError as error:
        raise ValueError(str(error)) from error


class Config(_Section):
    """Everything a run is told. Paths are absolute (or URIs) once loaded."""

    warehouse: str = "warehouse"
    batch_id: str | None = None
    input: Input = Input()
    near_duplicates: NearDuplicates = NearDuplicates()
    embed: Embed = Embed()
    semantic_duplicates: SemanticDuplicates = SemanticDuplicates()
    tokenise: Tokenise = Tokenise()
    gate: Gate = Gate()
    gauge: Gauge = Gauge()
    spark: dict[str, Any] = {}
    _home: str = PrivateAttr("")

    @field_validator("warehouse")
    @classmethod
    def _plain_name(cls, value: str) -> str:
        if _REMOTE in value and not s3.is_s3(value):
            raise ValueError("a warehouse is a folder, or on S3: s3://BUCKET/KEY")
        if _REMOTE not in value and re.search(r"%[0-9A-Fa-f]{2}|\\|:", value):
            raise ValueError("what reads tables takes %XX, \\ and : in a path for something else: name another folder")
        return value

    @property
    def home(self) -> str:
        """The file's folder: what uris are relative to if `input.root` is not set."""
        return self._home

    @model_validator(mode="after")
    def _gate_for_clusters(self) -> "Config":
        shares = {"max_semantic_share": 1.0, "max_group_share": 1.0}
        unset = {name: value for name, value in shares.items() if name not in self.gate.model_fields_set}
        if self.semantic_duplicates.mode == "one_per_cluster" and unset:
            object.__setattr__(self, "gate", self.gate.model_copy(update=unset))
        return self

    @model_validator(mode="after")
    def _vectors_for_semantic(self) -> "Config":
        if self.embed.model == "off" and self.semantic_duplicates.mode != "off":
            raise ValueError('embed.model = "off" leaves nothing to compare: set semantic_duplicates.mode = "off" too')
        return self


def load_config(file: str | None, assignments: Iterable[str] = (), environment: Mapping[str, str] = os.environ) -> Config:
    """Read a TOML file (or `preset:NAME`), apply `BRICKYARD__SECTION__KEY` variables, then `section.key=value`.

    Paths in a file are relative to its folder; in a preset, in the environment and in assignments, to the current one.
    Raises ConfigError that names the file, the key and what is allowed.
    """
    values, home = _read_file(file) if file else ({}, Path.cwd())
    values.setdefault("warehouse", Config.model_fields["warehouse"].default)
    _make_absolute(values, home)
    overrides = [_from_environment(name, value) for name, value in environment.items() if name.startswith(ENVIRONMENT_PREFIX)]
    for assignment in [*overrides, *assignments]:
        _merge(values, _parse_assignment(assignment))
    _make_absolute(values, Path.cwd())
    try:
        config = Config.model_validate(values)
    except ValidationError as error:
        raise ConfigError(_explain(error, file or "configuration")) from error
    config._home = str(home)
    return config


def config_digest(config: Config) -> str:
    """SHA-256 of all that can change a verdict: not where files lie, nor how Spark is run."""
    return hashlib.sha256(settings_in_words(config).encode()).hexdigest()


def settings_in_words(config: Config) -> str:
    """All settings that can change a verdict, as JSON."""
    elsewhere = {"warehouse", "batch_id", "spark", "gauge"}
    values = config.model_dump(exclude={**dict.fromkeys(elsewhere, True), "input": {"paths", "root"}})
    values["normalisation"] = NORMALISATION
    values["embed"]["model"] = identity(config.embed.model)
    if not is_trained(config.tokenise.tokenizer):
        values["tokenise"]["tokenizer"] = "sha256:" + digest_of(content_of(config.tokenise.tokenizer))
    return json.dumps(values, sort_keys=True)


def spark_settings(config: Config) -> dict[str, str]:
    """The `[spark]` section as `spark.` settings; TOML's dotted keys may be used bare or quoted."""
    return {name if name.startswith("spark.") else "spark." + name: value for name, value in _flat(config.spark)}


def _flat(values: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, str(value).lower() if isinstance(value, bool) else str(value)


def _file_and_home(file: str) -> tuple[Path, Path]:
    """The file behind a name, and the folder its paths are relative to: a preset has no home of its own."""
    if file.startswith("preset:"):
        return PRESETS / f"{file[7:]}.toml", Path.cwd()
    path = Path(file).resolve()
    return path, Path.cwd() if path.parent == PRESETS.resolve() else path.parent


def _read_file(file: str) -> tuple[dict[str, Any], Path]:
    path, home = _file_and_home(file)
    try:
        return tomllib.loads(path.read_text(encoding="utf-8")), home
    except OSError as error:
        presets = ", ".join(sorted(f"preset:{preset.stem}" for preset in PRESETS.glob("*.toml")))
        raise ConfigError(f"{file}: {error.strerror}; name a TOML file or one of {presets}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: not TOML: {error}") from error


def _from_environment(name: str, value: str) -> str:
    return f"{name.removeprefix(ENVIRONMENT_PREFIX).lower().replace('__', '.')}={value}"


def _parse_assignment(assignment: str) -> dict[str, Any]:
    name, equals, text = assignment.partition("=")
    if not equals or not name.strip():
        raise ConfigError(f"--set {assignment}: write section.key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text.strip()
    if isinstance(value, date | time):
        value = text.strip()  # TOML reads batch_id=2026-11-23 as a date; no setting is one
    nested: Any = value
    for part in reversed(name.strip().split(".")):
        nested = {part: nested}
    return nested


def _merge(values: dict[str, Any], more: Mapping[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(values.get(name), dict):
            _merge(values[name], value)
        else:
            values[name] = value


def _make_absolute(values: dict[str, Any], home: Path) -> None:
    """Make the paths among the raw values absolute, in place. Raises ConfigError for a uri that holds a password."""
    _refuse_credentials(values)
    section = values.get("input")
    section = section if isinstance(section, dict) else {}
    for holder, name in ((values, "warehouse"), (section, "root")):
        if isinstance(holder.get(name), str):
            holder[name] = _absolute(holder[name], home)
    if isinstance(section.get("paths"), str):
        section["paths"] = [section["paths"]]
    if isinstance(section.get("paths"), list):
        section["paths"] = [_absolute(path, home) if isinstance(path, str) else path for path in section["paths"]]
    embed = values.get("embed")
    kind, colon, folder = str(embed.get("model", "")).partition(":") if isinstance(embed, dict) else ("", "", "")
    if isinstance(embed, dict) and kind in ("static", "onnx"):
        embed["model"] = kind + colon + _absolute(folder, home)
    tokenise = values.get("tokenise")
    if isinstance(tokenise, dict) and str(tokenise.get("tokenizer", "")).startswith("file:"):
        tokenise["tokenizer"] = "file:" + _absolute(tokenise["tokenizer"][5:], home)


def _refuse_credentials(values: Any, name: str = "") -> None:
    """Uris go into tables, pages and logs: none may hold a user or a password. The value is not repeated."""
    if isinstance(values, str) and re.search(r"://[^/?#]*@", values):
        raise ConfigError(
            f"{name}: a uri with a user or password in it; give those by the environment (AWS_ACCESS_KEY_ID, ...)"
        )
    pairs = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    for key, value in pairs:
        _refuse_credentials(value, f"{name}.{key}" if name else str(key))


def _absolute(path: str, home: Path) -> str:
    path = path.removeprefix("file://")
    if s3.is_s3(path):
        return s3.canonical(path)
    return path if _REMOTE in path else os.path.normpath(home / os.path.expanduser(path))


def _explain(error: ValidationError, file: str) -> str:
    return "\n".join(_explain_one(problem, file) for problem in error.errors())


def _explain_one(problem: Any, file: str) -> str:
    name = ".".join(str(part) for part in problem["loc"] if part not in ("function-after", "constrained-int"))
    if problem["type"] == "extra_forbidden":
        return f"{file}: {name}: unknown key{_suggestion(problem['loc'])}"
    message = problem["msg"].removeprefix("Value error, ")
    return f"{file}: {name} = {problem['input']!r}: {message}" if name else f"{file}: {message}"


def _suggestion(location: tuple[Any, ...]) -> str:
    model: Any = Config
    for part in location[:-1]:
        model = model.model_fields[part].annotation
    known = list(model.model_fields)
    close = difflib.get_close_matches(str(location[-1]), known, 1)
    return f"; did you mean {close[0]}?" if close else f"; known keys: {', '.join(known)}"
