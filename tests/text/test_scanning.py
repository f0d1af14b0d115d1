import pyarrow as pa
import pytest
from brickyard.text.normalise import normalise
from brickyard.text.scanning import HAS_NUL, NOT_ASCII, NOT_NORMAL, scan
from brickyard.text.words import utf8_of
from hypothesis import given, settings
from hypothesis import strategies as st

TEXTS = st.text(st.sampled_from([*map(chr, range(0x80)), "\n", "\n", " ", "a", "a", "\xe9", "\x85"]), max_size=80)


def bits(text: str) -> int:
    return int(scan(*utf8_of(pa.array([text])))[0])


@given(st.lists(TEXTS, max_size=6))
@settings(deadline=None, max_examples=300)
def test_bits_of_a_batch_are_what_python_says_of_each_text(texts: list[str]) -> None:
    found = scan(*utf8_of(pa.array(texts, pa.string())))
    assert [not bit & NOT_ASCII for bit in found] == [text.isascii() for text in texts]
    assert [bool(bit & HAS_NUL) for bit in found] == ["\0" in text for text in texts]
    for bit, text in zip(found, texts, strict=True):
        if text.isascii():
            assert bool(bit & NOT_NORMAL) == (normalise(text) != text)


@pytest.mark.parametrize("last", map(chr, range(0x80)))
def test_every_ascii_character_at_the_end_of_a_line_and_of_a_text(last: str) -> None:
    for text in (f"a{last}\nb", f"a\nb{last}", last, f"{'x' * 70}{last}\n{'y' * 70}"):
        assert bool(bits(text) & NOT_NORMAL) == (normalise(text) != text)


def test_a_text_knows_nothing_of_its_neighbours() -> None:
    assert scan(*utf8_of(pa.array(["a ", "\nb", "", "\n", "c"]))).tolist() == [NOT_NORMAL, 0, 0, NOT_NORMAL, 0]
