"""Pieces to rows: what the columns of an export are. Each function takes a chunk of pieces that follow one another."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from brickyard.arrays import as_lists, as_runs, from_binary_runs

CHARACTERS = ("char_starts", "char_ends")
"""The columns of character offsets."""

_KINDS: dict[str, type] = {"tokens": np.int32, "sections": np.uint8, "offsets": np.int32}


@dataclass(frozen=True)
class Layout:
    """What rows look like: `size` tokens each (0: a document each), and what they carry."""

    size: int
    pad_id: int
    parts: tuple[str, ...]
    weights: bool
    carried: tuple[str, ...]


def flat_parts(pieces: pa.Table, parts: tuple[str, ...]) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """The values for all tokens (offsets: shape (tokens, 2)), and the tokens of each piece."""
    found, lengths = {}, np.zeros(len(pieces), np.int64)
    for name in parts:
        flat, lengths = from_binary_runs(_whole(pieces, name), _KINDS[name])
        if name == "offsets":
            flat, lengths = flat.reshape(-1, 2), lengths // 2
        found[name] = flat
    return found, lengths.astype(np.int64)


def _whole(pieces: pa.Table, name: str) -> pa.Array:
    """A column of a chunk, whose batches have been combined, as one array."""
    (column,) = pieces[name].chunks
    return column


def document_rows(pieces: pa.Table, layout: Layout) -> pa.Table:
    """A row for each document: the carried columns, token_ids, and tags: sections, char_starts, char_ends."""
    parts, lengths = flat_parts(pieces, layout.parts)
    columns = {name: pieces[name] for name in layout.carried}
    if "tokens" in parts:
        columns["token_ids"] = as_runs(parts["tokens"], lengths)
    if "sections" in parts:
        columns["sections"] = as_runs(parts["sections"], lengths)
    if "offsets" in parts:
        columns |= {name: as_runs(parts["offsets"][:, i], lengths) for i, name in enumerate(CHARACTERS)}
    return pa.table(columns)


@dataclass(frozen=True)
class Places:
    """Where the pieces of whole sequences lie in rows of `size` tokens; int64, a value for each piece unless said."""

    size: int
    row: np.ndarray
    first: np.ndarray  # for each row, its first piece
    end: np.ndarray  # behind the piece's last token, in its row
    token: np.ndarray  # where each token goes, counted through all rows

    def spread(self, flat: np.ndarray, empty: int = 0) -> np.ndarray:
        """Values for all tokens as rows: shape (rows, size) and whatever shape a value has; `empty` where there is none."""
        rows = np.full((len(self.first) * self.size, *flat.shape[1:]), empty, flat.dtype)
        rows[self.token] = flat
        return rows.reshape(-1, self.size, *flat.shape[1:])

    def padding(self) -> tuple[np.ndarray, np.ndarray]:
        """For each row that is not full, the piece before which the next row begins, and how many tokens it lacks."""
        behind = np.append(self.first[1:], len(self.row))
        missing = self.size - self.end[behind - 1]
        return behind[missing > 0], missing[missing > 0]


def places_of(pieces: pa.Table, lengths: np.ndarray, size: int) -> Places:
    """Where the pieces of a chunk go."""
    sequence, offset = pieces["sequence"].to_numpy(), pieces["offset"].to_numpy()
    row = sequence - sequence[0]
    first = np.flatnonzero(np.diff(row, prepend=-1))
    return Places(size, row, first, offset + lengths, np.repeat(row * size + offset, lengths) + counted(lengths))


def counted(lengths: np.ndarray) -> np.ndarray:
    """0, 1, 2, ... for each run, one after another."""
    return np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)


def packed_rows(pieces: pa.Table, layout: Layout) -> pa.Table:
    """A row for each sequence of `size` tokens.

    input_ids, position_ids (0 at the beginning of each piece), document_ids (1, 2, ... for the pieces of the row); padding at
    the end of a row has document 0, position 0. cu_seqlens: 0, then the end of each piece, int32: what lies behind the last is
    padding. max_seqlen: the longest piece. For each piece doc_ids, and starts: its first token's place in the document.
    """
    parts, lengths = flat_parts(pieces, layout.parts)
    at = places_of(pieces, lengths, layout.size)
    counts = np.diff(at.first, append=len(at.row))
    number = np.repeat(counted(counts) + 1, lengths)
    columns = {
        "input_ids": as_lists(at.spread(parts["tokens"], layout.pad_id)),
        "position_ids": as_lists(at.spread(counted(lengths).astype(np.int32))),
        "document_ids": as_lists(at.spread(number.astype(np.int32))),
        "cu_seqlens": as_runs(np.insert(at.end, at.first, 0).astype(np.int32), counts + 1),
        "max_seqlen": pa.array(np.maximum.reduceat(lengths, at.first).astype(np.int32)),
        "doc_ids": as_runs(_whole(pieces, "doc_id"), counts),
        "starts": as_runs(pieces["start"].to_numpy().astype(np.int32), counts),
    }
    if layout.weights:
        columns["weights"] = as_runs(pieces["weight"].to_numpy(), counts)
    if "sections" in parts:
        columns["sections"] = as_lists(at.spread(parts["sections"]))
    if "offsets" in parts:
        columns |= {name: as_lists(at.spread(parts["offsets"][:, i])) for i, name in enumerate(CHARACTERS)}
    return pa.table(columns)
