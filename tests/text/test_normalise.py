import hashlib
import unicodedata

import pytest
from brickyard.text.normalise import document_id, normalise, record_id
from hypothesis import given, settings
from hypothesis import strategies as st

MESSY = st.text(st.one_of(st.sampled_from(" \t\r\n\x0b\x1c\x85\xa0\u2000\u2028e\u0301\u212b"), st.characters(codec="utf-8")))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("e\u0301", "\xe9"),
        ("\u212b", "\xc5"),
        ("one\r\ntwo\rthree\n", "one\ntwo\nthree"),
        ("one \t\n  two\xa0\n\n", "one\n  two"),
        ("a\r\r\nb", "a\n\nb"),
        (" \n\t\r\n ", ""),
        ("  leading stays", "  leading stays"),
    ],
)
def test_normal_form_of_known_texts(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(MESSY)
@settings(deadline=None, max_examples=200)
def test_normalising_twice_changes_nothing_more(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(MESSY)
@settings(deadline=None, max_examples=200)
def test_normal_form_is_composed_with_bare_line_ends(text: str) -> None:
    normal = normalise(text)
    assert unicodedata.is_normalized("NFC", normal)
    assert "\r" not in normal
    assert all(line == line.rstrip() for line in normal.split("\n"))
    assert normal == normal.rstrip()


@given(MESSY)
@settings(deadline=None, max_examples=200)
def test_normalising_loses_white_space_only(text: str) -> None:
    assert "".join(normalise(text).split()) == "".join(unicodedata.normalize("NFC", text).split())


@given(MESSY)
@settings(deadline=None, max_examples=100)
def test_line_ends_and_composition_do_not_change_the_document(text: str) -> None:
    unix = text.replace("\r", "\n")
    for variant in (unix.replace("\n", "\r\n"), unix.replace("\n", "\r"), unicodedata.normalize("NFD", unix), unix + " \n"):
        assert document_id(normalise(variant)) == document_id(normalise(unix))


def test_document_id_is_the_first_half_of_sha256() -> None:
    assert document_id("na\xefve") == hashlib.sha256("na\xefve".encode()).hexdigest()[:32]


def test_record_id_is_made_of_source_uri_and_position() -> None:
    assert record_id("news", "a/b.jsonl", 120) == hashlib.sha256(b"news\0a/b.jsonl\x00120").hexdigest()[:32]


def test_record_id_of_a_record_with_its_own_id_ignores_where_it_was_read() -> None:
    expected = hashlib.sha256(b"news\x0042").hexdigest()[:32]
    assert record_id("news", "a", 0, "42") == record_id("news", "b", 9, "42") == expected


def test_record_ids_do_not_depend_on_where_one_part_ends_and_the_next_begins() -> None:
    assert len({record_id("ab", "c", 1), record_id("a", "bc", 1), record_id("ab", "c1", 1), record_id("ab", "c", 11)}) == 4
