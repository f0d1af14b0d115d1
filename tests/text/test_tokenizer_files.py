"""Tokenizer files on disk and in the hub's cache; nothing here uses a network."""

import pytest
from brickyard.errors import ConfigError
from brickyard.text import tokenizer_files
from brickyard.text.tokenizer_files import content_of, vocabulary_of
from huggingface_hub import constants
from tokenizers import Tokenizer, models

CONTENT = Tokenizer(models.BPE({"a": 0, "b": 1}, [], unk_token="b")).to_str()  # noqa: S106


@pytest.fixture
def offline_hub(tmp_path, monkeypatch):
    """The hub's cache, empty, on a machine without a network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    tokenizer_files._from_hub.cache_clear()
    yield tmp_path
    tokenizer_files._from_hub.cache_clear()


def put_into(cache, name, content):
    """A repository as the hub's library lays it out: a reference that names a snapshot."""
    home = cache / f"models--{name.replace('/', '--')}"
    (home / "refs").mkdir(parents=True)
    (home / "refs" / "main").write_text("0" * 40)
    (home / "snapshots" / ("0" * 40)).mkdir(parents=True)
    (home / "snapshots" / ("0" * 40) / "tokenizer.json").write_text(content)


@pytest.mark.parametrize("name", ["gpt2", "org/a-name_1.5"])
def test_a_name_on_the_hub_is_the_file_in_its_cache(offline_hub, name):
    put_into(offline_hub, name, CONTENT)
    assert content_of(name) == CONTENT


def test_a_name_that_cannot_be_fetched_says_what_is_missing_and_what_to_do(offline_hub):
    with pytest.raises(ConfigError, match=r'tokenise\.tokenizer: org/none: its tokenizer\.json is not .*"file:PATH"') as caught:
        content_of("org/none")
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("content", ["", "{}", CONTENT[:-20]])
def test_a_damaged_file_in_the_cache_is_an_error_of_the_configuration(offline_hub, content):
    put_into(offline_hub, "gpt2", content)
    with pytest.raises(ConfigError, match=r"not a tokenizer\.json of Hugging Face tokenizers"):
        content_of("gpt2")


def test_a_tokenizer_says_how_many_entries_it_has_and_which_is_for_the_unknown():
    assert vocabulary_of(CONTENT) == (2, 1)
    assert vocabulary_of(Tokenizer(models.BPE({"a": 0}, [])).to_str()) == (1, None)
    assert vocabulary_of(Tokenizer(models.Unigram([("x", 0.0), ("u", -1.0)], 1)).to_str()) == (2, 1)
