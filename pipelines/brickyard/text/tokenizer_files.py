"""Tokenizer files (`tokenizer.json` of Hugging Face tokenizers): on this machine, or on the hub."""

import functools
import hashlib
import json
from pathlib import Path

from brickyard.errors import ConfigError, first_line


def is_trained(setting: str) -> bool:
    """Whether `tokenise.tokenizer` names nothing that there is already."""
    return setting == "off" or setting.startswith(("train:", "train-unigram:"))


def content_of(setting: str) -> str:
    """The content of the file that `file:PATH` or a name on the hub stands for. Raises ConfigError if it is no tokenizer."""
    path = setting[5:] if setting.startswith("file:") else _from_hub(setting)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise ConfigError(f"tokenise.tokenizer: {path}: {error.strerror}") from error
    return _checked(content, path)


def digest_of(content: str) -> str:
    """The name of a tokenizer: SHA-256 of its file."""
    return hashlib.sha256(content.encode()).hexdigest()


def vocabulary_of(content: str) -> tuple[int, int | None]:
    """How many entries a tokenizer file has, and the id of the one for what is unknown, if it has one."""
    from tokenizers import Tokenizer

    tokenizer, model = Tokenizer.from_str(content), json.loads(content)["model"]
    named = model.get("unk_token")
    return tokenizer.get_vocab_size(), tokenizer.token_to_id(named) if named else model.get("unk_id")


@functools.lru_cache(1)
def _checked(content: bytes, path: str) -> str:
    from tokenizers import Tokenizer

    try:
        text = content.decode()
        Tokenizer.from_str(text)
    except Exception as error:  # the library raises bare Exceptions
        raise ConfigError(f"tokenise.tokenizer: {path}: not a tokenizer.json of Hugging Face tokenizers: {error}") from error
    return text


@functools.cache
def _from_hub(name: str) -> str:
    """The path in the hub's cache of a repository's tokenizer.json, fetched if it is not there."""
    from huggingface_hub import hf_hub_download

    try:
        return str(hf_hub_download(name, "tokenizer.json"))
    except Exception as error:  # of the hub, of the network, of the disk
        raise ConfigError(
            f"tokenise.tokenizer: {name}: its tokenizer.json is not in the Hugging Face cache and could not be fetched"
            f" ({first_line(error)}). Connect this machine once, check the name and the access to it, or write"
            ' tokenizer = "file:PATH" for a tokenizer.json that you have'
        ) from error
