"""The public functions on any DataFrame, against the definitions; and the README's example, run as it stands."""

import random
import re
from pathlib import Path

import brickyard
import pytest

from tests.tiny import choose_greedily, edit, jaccard_of, normal_form, random_text, shingles_of

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture(scope="module")
def texts():
    """Texts, edited copies of them, an exact copy that differs in white space at the end, and one that is missing."""
    source = random.Random(7)
    originals = [random_text(source, 60) for _ in range(12)]
    edited = [edit(source, words, edits) for words in originals for edits in (1, 2, 4)]
    return [*(" ".join(words) for words in originals + edited), " ".join(originals[0]) + " \n", None]


@pytest.fixture(scope="module")
def documents(spark, texts):
    return spark.createDataFrame(list(enumerate(texts, 100)), "number long, body string")


def rows_of(found):
    """id -> (kept, representative, similarity); fails if an id has two rows."""
    rows = found.select("id", "kept", "representative", "similarity").collect()
    assert len({row.id for row in rows}) == len(rows)
    return {row.id: (row.kept, row.representative, row.similarity) for row in rows}


def test_exact_duplicates_are_those_of_equal_normal_form_and_the_smallest_id_stands(documents, texts):
    expected = {}
    for number, text in enumerate(texts, 100):
        same = [
            n for n, other in enumerate(texts, 100) if None not in (text, other) and normal_form(other) == normal_form(text)
        ]
        first = min(same, key=str, default=number)
        expected[number] = (first == number, first, None if first == number else 1.0)
    assert rows_of(brickyard.exact_duplicates(documents, id="number", text="body")) == expected
    assert sum(not kept for kept, _, _ in expected.values()) > 0


def test_an_id_that_occurs_twice_is_named(spark):
    rows = [(7, "one and the same text of some words"), (7, "one and the same text of some words")]
    with pytest.raises(Exception, match="the id 7 occurs more than once"):
        brickyard.near_duplicates(spark.createDataFrame(rows, "id int, text string")).collect()


def test_near_duplicates_are_those_of_the_definition(documents, texts):
    found = brickyard.near_duplicates(documents, id="number", text="body", min_jaccard=0.6, ngram=3, bands=128)
    sets = {str(n): shingles_of(text, 3) for n, text in enumerate(texts, 100) if text is not None}
    ordered = sorted(sets, key=lambda n: (-len(normal_form(texts[int(n) - 100])), n))
    similar = {
        frozenset((a, b)): similarity
        for a in sets
        for b in sets
        if a < b and (similarity := jaccard_of(sets[a], sets[b])) >= 0.6
    }
    choice = choose_greedily(ordered, similar)
    expected = {n: (True, n, None) for n in range(100, 100 + len(texts))}
    for later, earlier in choice.representative.items():
        expected[int(later)] = (False, int(earlier), pytest.approx(similar[frozenset((later, earlier))], abs=1e-9))
    assert rows_of(found) == expected
    assert len(choice.representative) > 12


def test_semantic_duplicates_name_a_kept_row_at_least_as_similar_as_asked(documents, texts):
    rows = rows_of(brickyard.semantic_duplicates(documents, id="number", text="body", eps=0.3))
    dropped = {number: row for number, row in rows.items() if not row[0]}
    assert set(rows) == set(range(100, 100 + len(texts)))
    assert len(dropped) > 12
    assert all(rows[representative][0] and similarity >= 0.7 for _, representative, similarity in dropped.values())
    assert all(row == (True, number, None) for number, row in rows.items() if row[0])


def test_ids_may_be_strings_and_columns_have_default_names(spark):
    documents = spark.createDataFrame(
        [("b", "one two three"), ("a", "one two three "), ("c", "four")], "id string, text string"
    )
    assert rows_of(brickyard.exact_duplicates(documents)) == {
        "a": (True, "a", None), "b": (False, "a", 1.0), "c": (True, "c", None),
    }  # fmt: skip


def test_the_example_in_the_readme_prints_what_it_says(shared_session, spark, capsys):
    (example,) = (
        block for block in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL) if "import brickyard" in block
    )
    names: dict = {}
    exec(example, names)  # noqa: S102 - the README's own words
    assert rows_of(names["found"]) == {1: (False, 2, 1.0), 2: (True, 2, None), 3: (True, 3, None)}
    assert "representative" in capsys.readouterr().out
