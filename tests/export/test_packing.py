"""Packing, against slow and obvious packers, and by what must hold of every packing."""

import numpy as np
import pytest
from brickyard.export.packing import best_fit, concatenate
from hypothesis import given, settings
from hypothesis import strategies as st

LENGTHS = st.lists(st.integers(0, 40), max_size=60).map(lambda lengths: np.array(lengths, np.int64))
SIZES = st.integers(2, 16)


def rows_of(pieces):
    """For each sequence, its pieces as (offset, document, start, length), in order."""
    rows = {}
    for document, start, length, sequence, offset in zip(*(column.tolist() for column in pieces), strict=True):
        rows.setdefault(sequence, []).append((offset, document, start, length))
    return [sorted(rows[sequence]) for sequence in sorted(rows)]


def refuse_bad_packing(pieces, lengths, size):
    """Every token of every document is in exactly one place; sequences have no holes, and none is too long."""
    rows = rows_of(pieces)
    assert sorted(set(pieces.sequence.tolist())) == list(range(len(rows)))
    for row in rows:
        ends = np.cumsum([0] + [length for *_, length in row]).tolist()
        assert [offset for offset, *_ in row] == ends[:-1]
        assert ends[-1] <= size
    tokens = [(document, start + i) for row in rows for _, document, start, length in row for i in range(length)]
    assert sorted(tokens) == [(document, i) for document, length in enumerate(lengths) for i in range(length)]


def slow_best_fit(lengths, size):
    """Each piece, longest first, into the sequence with the least room that suffices; the last one touched among equals."""
    parts = [
        (min(size, length - start), document, start)
        for document, length in enumerate(lengths)
        for start in range(0, length, size)
    ]
    sequences = []  # [tokens, when it was touched last, [(document, start)]]
    for time, (length, document, start) in enumerate(sorted(parts, key=lambda part: -part[0])):
        fitting = [one for one in sequences if one[0] + length <= size]
        chosen = max(fitting, key=lambda one: (one[0], one[1]), default=None)
        if chosen is None:
            sequences.append(chosen := [0, 0, []])
        chosen[0], chosen[1] = chosen[0] + length, time
        chosen[2].append((document, start))
    return sorted(one[2] for one in sequences)


@settings(deadline=None, max_examples=300)
@given(LENGTHS, SIZES, st.integers(-(2**63), 2**63 - 1))
def test_best_fit_is_what_the_slow_packer_does(lengths, size, seed):
    pieces = best_fit(lengths, size, seed)
    refuse_bad_packing(pieces, lengths, size)
    rows = [[(document, start) for _, document, start, _ in row] for row in rows_of(pieces)]
    assert sorted(rows) == slow_best_fit(lengths.tolist(), size)


@settings(deadline=None)
@given(LENGTHS, SIZES)
def test_best_fit_cuts_only_what_is_longer_than_a_sequence_and_as_little_as_can_be(lengths, size):
    counts = np.bincount(best_fit(lengths, size, 0).document, minlength=len(lengths))
    assert counts.tolist() == [-(-length // size) for length in lengths.tolist()]


@settings(deadline=None)
@given(LENGTHS, SIZES)
def test_concatenation_is_one_run_of_tokens_cut_anywhere(lengths, size):
    pieces = concatenate(lengths, size)
    refuse_bad_packing(pieces, lengths, size)
    flat = [(document, i) for document, length in enumerate(lengths) for i in range(length)]
    found = [(document, start + i) for row in rows_of(pieces) for _, document, start, length in row for i in range(length)]
    assert found == flat
    assert len(rows_of(pieces)) == -(-len(flat) // size)


def test_sequences_are_shuffled_by_the_seed_and_by_nothing_else():
    lengths = np.random.default_rng(3).integers(1, 900, 2000)
    one, same, other = (best_fit(lengths, 256, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(*pair) for pair in zip(one, same, strict=True))
    assert np.array_equal(one.offset, other.offset)
    assert np.mean(one.sequence == other.sequence) < 0.01
    longest_first = one.sequence[np.argsort(-one.length, kind="stable")][:200]
    assert abs(np.corrcoef(longest_first, np.arange(200))[0, 1]) < 0.25


@pytest.mark.parametrize("pack", [lambda lengths: best_fit(lengths, 8, 0), lambda lengths: concatenate(lengths, 8)])
def test_no_document_is_no_sequence(pack):
    assert all(len(column) == 0 for column in pack(np.zeros(0, np.int64)))
    assert all(len(column) == 0 for column in pack(np.zeros(3, np.int64)))
