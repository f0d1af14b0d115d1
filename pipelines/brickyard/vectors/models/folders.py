"""Folders that hold a model: where they are, the digest of their content, and the tokenizer in them."""

import functools
import hashlib
from pathlib import Path
from typing import Any

from brickyard.errors import ConfigError, first_line

IN_FOLDERS = ("static", "onnx", "sentence-transformers")
"""Kinds of models that come as files; `embed.model` is the kind, a colon, and the folder (or the name of a model)."""


def split_setting(setting: str) -> tuple[str, str]:
    """Kind and what follows the colon of `embed.model`."""
    kind, _, rest = setting.partition(":")
    return kind, rest


def identity(setting: str) -> str:
    """`embed.model` as part of a run's identity: for a folder the digest of its content, not its place."""
    kind, _ = split_setting(setting)
    return f"{kind}:sha256:{folder_digest(locate(setting))}" if kind in IN_FOLDERS else setting


def locate(setting: str) -> str:
    """The folder that `embed.model` names; a name on the hub is looked for in its cache, then fetched."""
    kind, name = split_setting(setting)
    if kind == "sentence-transformers" and not Path(name).is_dir():
        from brickyard.vectors.models.sentence_transformers import fetch

        return fetch(name)
    if not Path(name).is_dir():
        raise ConfigError(f"embed.model: {name}: there is no such folder; name one that holds a model of kind {kind}")
    return name


def folder_digest(folder: str) -> str:
    """SHA-256 over the names and the bytes of all files in a folder, in order of their names."""
    files = sorted(path for path in Path(folder).rglob("*") if path.is_file())
    try:
        stamps = tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files)
        return _digest_files(folder, stamps)
    except OSError as error:
        raise ConfigError(f"embed.model: {error.filename}: {error.strerror}") from error


@functools.lru_cache(8)  # asked for several times in a run; a file that changes has another stamp
def _digest_files(folder: str, stamps: tuple[tuple[str, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for name, size, _ in stamps:
        digest.update(f"{Path(name).relative_to(folder).as_posix()}\0{size}\0".encode())
        with Path(name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def require(folder: str, *names: str) -> None:
    """Raise ConfigError if a file of the model is missing."""
    missing = [name for name in names if not (Path(folder) / name).is_file()]
    if missing:
        raise ConfigError(f"embed.model: {folder} holds no {' and no '.join(missing)}; such a model needs {', '.join(names)}")


def load_tokenizer(folder: str) -> Any:
    """The tokenizer of the folder's tokenizer.json, without padding."""
    from tokenizers import Tokenizer

    path = f"{folder}/tokenizer.json"
    try:
        tokenizer = Tokenizer.from_file(path)
    except Exception as error:  # the library raises bare Exceptions
        raise damaged(path, error) from error
    tokenizer.no_padding()
    return tokenizer


def damaged(path: str, error: Exception | str) -> ConfigError:
    """What to say of a file that cannot be used."""
    said = error if isinstance(error, str) else first_line(error)
    return ConfigError(f"embed.model: {path} is damaged or not what it should be: {said}")
