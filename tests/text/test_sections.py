"""Sections of lines: documents whose lines say what they are, and what must hold of every text."""

import pytest
from brickyard.text.sections import SECTIONS, line_sections, tag_lines
from hypothesis import given
from hypothesis import strategies as st

MARKDOWN = """\
title      | # Brickyard
title      |
paragraph  | Raw text in, bricks out; a # sign inside.
paragraph  | A second line
heading    | ## Start
list       | - one
list       |   more of one
list       |
list       |   1. inner
list       |
paragraph  | Not indented: a paragraph.
code       | ```python
code       | # not a heading
code       |
code       | - not a list
code       | ```
table      | name | size
table      | --- | ---:
table      | a | 1
paragraph  | a paragraph without cells
table      | | x | y |
table      | |---|---|
table      | | 1 | 2 |
table      |
code       |     indented = code
code       |
code       |     more
heading    | Setext
heading    | ---
paragraph  | the end."""

RESTRUCTURED = """\
title      | =======
title      |  PEP 8
title      | =======
title      |
paragraph  | Some text that shows it::
paragraph  |
code       |   import this
code       |
code       |   - not a list
code       |
paragraph  | and goes on.
paragraph  |
heading    | Part
heading    | ~~~~
table      | +---+---+
table      | | a | b |
table      | +===+===+
table      |
table      | =====  =====
table      | left   right
table      | =====  =====
table      |
paragraph  | Too long for its line
paragraph  | ~~~~
list       | a) letters too
list       | * and stars"""

PLAIN = """\
paragraph  |
title      | The title of a story
title      |
paragraph  | It begins here. It has no markup
paragraph  | at all."""

SENTENCE = """\
paragraph  | A first line that is a sentence.
paragraph  |
paragraph  | The next."""


@pytest.mark.parametrize("marked", [MARKDOWN, RESTRUCTURED, PLAIN, SENTENCE], ids=["md", "rst", "plain", "sentence"])
def test_each_line_is_what_it_says(marked):
    pairs = [line.split(" | " if " | " in line else " |", 1) for line in marked.split("\n")]
    wanted = [name.strip() for name, _ in pairs]
    found = [SECTIONS[code] for code in tag_lines([line for _, line in pairs])]
    assert list(zip(found, (line for _, line in pairs), strict=True)) == list(
        zip(wanted, (line for _, line in pairs), strict=True)
    )


@given(st.text(alphabet="#=-~`|+: \n\tab1.*)", max_size=200))
def test_every_line_has_a_section_and_blank_lines_that_of_the_line_before(text):
    starts, codes = line_sections(text)
    lines = text.split("\n")
    assert starts.tolist() == [sum(len(line) + 1 for line in lines[:i]) for i in range(len(lines))]
    assert 0 not in codes
    assert all(codes[i] == codes[i - 1] for i in range(1, len(lines)) if not lines[i].strip() and codes[i - 1] != 5)


def test_an_open_fence_lasts_to_the_end_and_a_shorter_one_does_not_close_it():
    assert tag_lines(["````", "a", "```", "b"]) == [5, 5, 5, 5]
    assert tag_lines(["~~~", "a", "~~~~", "b"]) == [5, 5, 5, 3]
    assert tag_lines([]) == []
