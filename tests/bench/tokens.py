"""What the programs that only tokenize share: real text with a tokenizer trained on it, and the digest of all ids."""

import hashlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from infra.setup import RUNTIME
from tests.bench.corpus import row_id
from tests.bench.measure import digest_lines

VOCABULARY = 8000

_ENDINGS = {".py", ".md", ".rst", ".txt"}
_FILES = 8

_LONG_WORD = re.compile("[A-Za-z]{5,}")


def write_packages(folder: Path, megabytes: int) -> None:
    """About so much text of the installed Python packages, a file a document, in random order, and its tokenizer."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = list(_packages(megabytes * 1_000_000))
    for number, rows in enumerate(np.array_split(np.arange(len(texts)), _FILES)):
        _write_part(folder, number, [row_id(row) for row in rows], [texts[row] for row in rows])
    (folder / "tokenizer.json").write_text(train_by_library(texts))
    size = sum(len(text.encode()) for text in texts)
    facts = {"documents": len(texts), "bytes": size, "digest": digest_lines(texts)}
    (folder / "corpus.json").write_text(json.dumps(facts))


def write_wide(corpus: Path, folder: Path, copies: int) -> None:
    """Copies of a corpus, each with longer words of its own: many different pre-tokens, as a large corpus has them."""
    folder.mkdir(parents=True, exist_ok=True)
    texts, size = pq.read_table(sorted(corpus.glob("part-*.parquet")))["text"].to_pylist(), 0
    digests = []
    for copy in range(copies):
        written = [_LONG_WORD.sub(rf"\g<0>{chr(ord('a') + copy) * 2}", text) for text in texts]
        _write_part(folder, copy, [row_id(copy * len(texts) + row) for row in range(len(texts))], written)
        size += sum(len(text.encode()) for text in written)
        digests.append(digest_lines(written))
    facts = {"documents": copies * len(texts), "bytes": size, "digest": digest_lines(digests)}
    (folder / "corpus.json").write_text(json.dumps(facts))


def _write_part(folder: Path, number: int, ids: list[str], texts: list[str]) -> None:
    table = pa.table({"id": ids, "text": texts})
    pq.write_table(table, folder / f"part-{number:05d}.parquet", compression="zstd", row_group_size=500)


def _packages(most: int) -> Iterator[str]:
    paths = sorted(path for path in (RUNTIME / "lib").rglob("*") if path.suffix in _ENDINGS and path.is_file())
    for path in random.Random(1).sample(paths, len(paths)):
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue
        most -= len(text)
        if most < 0:
            return
        yield text


def train_by_library(texts: list[str]) -> str:
    """The file of the tokenizer that the library alone makes, but that decoders keep the end mark."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=["<|endoftext|>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    made = json.loads(tokenizer.to_str())
    made["added_tokens"][0]["special"] = False
    return str(Tokenizer.from_str(json.dumps(made)).to_str())


def read_corpus(folder: Path) -> tuple[pa.Table, str, int]:
    """The rows (id, text), the tokenizer's file, and bytes of text."""
    facts = json.loads((folder / "corpus.json").read_text())
    return pq.read_table(sorted(folder.glob("part-*.parquet"))), (folder / "tokenizer.json").read_text(), facts["bytes"]


def digest_ids(ids: list[np.ndarray]) -> str:
    """SHA-256 over the ids of all documents, in the order of their names, each with its length."""
    digest = hashlib.sha256()
    for one in ids:
        digest.update(len(one).to_bytes(8, "little") + one.astype("<i4").tobytes())
    return digest.hexdigest()
