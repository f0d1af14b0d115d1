import re

from brickyard.report.differences import EQUAL_WORDS, MOST_WORDS, word_differences
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = st.lists(st.sampled_from(["a", "b", "c", "<b>", "d\n", " e"]), max_size=30).map(" ".join)


@given(WORDS, WORDS)
@settings(deadline=None, max_examples=200)
def test_the_pieces_hold_both_texts_whole(left: str, right: str) -> None:
    pieces = word_differences(left, right)
    for side, text in ((1, left), (2, right)):
        assert "".join(piece[side] for piece in pieces) == (text if text.strip() else "")
    assert all(one.split() == other.split() for kind, one, other in pieces if kind == "same")
    assert all(one.split() != other.split() for kind, one, other in pieces if kind == "changed")


def test_a_changed_word_is_marked_alone() -> None:
    assert word_differences("one two three", "one 2 three") == [
        ("same", "one ", "one "), ("changed", "two ", "2 "), ("same", "three", "three"),
    ]  # fmt: skip


def test_long_equal_runs_are_cut_in_the_middle() -> None:
    words = " ".join(f"w{number}" for number in range(100))
    same, skipped, end, changed = word_differences(f"{words} x", f"{words} y")
    assert len(same[1].split()) == len(end[1].split()) == EQUAL_WORDS
    assert skipped == ("skipped", str(100 - 2 * EQUAL_WORDS), "")
    assert changed == ("changed", "x", "y")


def test_no_more_than_so_many_words_are_compared() -> None:
    pieces = word_differences("x " * 5000, "y " * 5000)
    assert pieces == [("changed", "x " * MOST_WORDS, "y " * MOST_WORDS)]
    assert re.findall("x", pieces[0][1]) == ["x"] * MOST_WORDS
