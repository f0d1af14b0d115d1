"""Which part of a document each line is: title, heading, paragraph, list, code or table; by rules on lines.

For Markdown, reStructuredText and plain text. The first rule that holds decides:

code        from a line that begins with ```, or with ~~~ after a blank line, to the next one that begins with as many; lines
            that are indented deeper than the line before them that ends with "::"
table       lines that begin with "|", or with "+--" or "+==" and end with "+"; a line of two or more runs of "=", and what
            follows up to a blank line; a line of cells made of dashes with "|" between them, the line above, and the lines
            below that hold a "|"
heading     "#" to "######", white space and text; a line above one of three or more equal signs of =-~^"'`#*+:_ that is at
            least as long as the text (of = and -: of any length), with that line, and the same signs above it
title       the first heading, if nothing stands before it; or the first line, if a blank line follows it, it has at most 100
            characters, does not end in one of .,;:!? and is not a list item
list        "-", "*", "+", "•", or a number or letter with "." or ")", then white space and text; the indented lines that follow
code        lines indented by four or more after a blank line or after such a line, outside a list
paragraph   every other line

Indented by four or more, a line is no heading, title, list (but inside one) or fence. A blank line belongs to what stands
before it; in front of everything, to the paragraph. Source code in a file of its own is not told from prose.
"""

import re

import numpy as np

SECTIONS = ("none", "title", "heading", "paragraph", "list", "code", "table")
"""The code of a section is its place; `none` is for padding and for tokens that stand for no text."""

_TITLE, _HEADING, _PARAGRAPH, _LIST, _CODE, _TABLE = range(1, 7)

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_RULER = re.compile(r"""([=\-~^"'`#*+:_])\1{2,}\s*$""")
_ITEM = re.compile(r"\s*(?:[-*+•]|\d{1,4}[.)]|[A-Za-z][.)])\s+\S")
_ATX = re.compile(r" {0,3}#{1,6}\s+\S")
_GRID = re.compile(r"\s*(?:\||\+(?:--|==).*\+\s*$)")
_COLUMNS = re.compile(r"\s*=+(?:\s+=+)+\s*$")
_DASHES = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)+\|?\s*$")


def line_sections(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Where each line begins, in code points (int64), and its code (uint8). Lines end with LF."""
    lines = text.split("\n")
    lengths = np.array([len(line) + 1 for line in lines], np.int64)
    return np.cumsum(lengths) - lengths, np.array(tag_lines(lines), np.uint8)


def tag_lines(lines: list[str]) -> list[int]:
    """The code of each line."""
    tags = [0] * len(lines)
    _tag_fences(lines, tags)
    _tag_literals(lines, tags)
    _tag_tables(lines, tags)
    _tag_title(lines, tags, _tag_headings(lines, tags))
    _tag_lists(lines, tags)
    _tag_indented(lines, tags)
    before = _PARAGRAPH
    for i, line in enumerate(lines):
        tags[i] = before = tags[i] or (_PARAGRAPH if line.strip() else before)
    return tags


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _tag_fences(lines: list[str], tags: list[int]) -> None:
    fence = ""
    for i, line in enumerate(lines):
        found = _FENCE.match(line)
        if found and not fence and found[1][0] == "~" and i and lines[i - 1].strip():
            found = None  # the line under a heading of reStructuredText
        if fence or found:
            tags[i] = _CODE
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence):
            fence = ""


def _tag_literals(lines: list[str], tags: list[int]) -> None:
    outer = None  # the indentation of the line that ends with "::"
    for i, line in enumerate(lines):
        if tags[i] or not line.strip():
            continue
        if outer is not None and _indent(line) > outer:
            tags[i] = _CODE
        else:
            outer = _indent(line) if line.rstrip().endswith("::") else None


def _tag_tables(lines: list[str], tags: list[int]) -> None:
    under_columns = in_cells = False
    for i, line in enumerate(lines):
        under_columns = bool(line.strip()) and (under_columns or _COLUMNS.match(line) is not None)
        if i and "|" in lines[i - 1] and _DASHES.match(line):
            in_cells, tags[i - 1] = True, tags[i - 1] or _TABLE
        in_cells = in_cells and "|" in line
        if not tags[i] and (under_columns or in_cells or _GRID.match(line)):
            tags[i] = _TABLE


def _tag_headings(lines: list[str], tags: list[int]) -> list[range]:
    """The lines of each heading, in order."""
    found = []
    for i, line in enumerate(lines):
        if tags[i] or not line.strip() or _indent(line) >= 4:
            continue
        if _ATX.match(line):
            found.append(range(i, i + 1))
        elif i + 1 < len(lines) and not tags[i + 1] and _is_underlined(line, lines[i + 1]):
            overlined = i > 0 and not tags[i - 1] and lines[i - 1].rstrip() == lines[i + 1].rstrip()
            found.append(range(i - overlined, i + 2))
        for place in found[-1] if found and i in found[-1] else ():
            tags[place] = _HEADING
    return found


def _is_underlined(line: str, below: str) -> bool:
    ruler = _RULER.match(below)
    if ruler is None or _RULER.match(line) or _ITEM.match(line):
        return False
    return ruler[1] in "=-" or len(below.rstrip()) >= len(line.rstrip())


def _tag_title(lines: list[str], tags: list[int], headings: list[range]) -> None:
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return
    if headings and headings[0].start == first:
        for i in headings[0]:
            tags[i] = _TITLE
    elif not tags[first] and first + 1 < len(lines) and not lines[first + 1].strip() and _may_be_title(lines[first]):
        tags[first] = _TITLE


def _may_be_title(line: str) -> bool:
    text = line.strip()
    return len(text) <= 100 and text[-1] not in ".,;:!?" and not _ITEM.match(line) and _indent(line) < 4


def _tag_lists(lines: list[str], tags: list[int]) -> None:
    in_list = False
    for i, line in enumerate(lines):
        if not line.strip():
            continue
        begins = _ITEM.match(line) is not None and (in_list or _indent(line) < 4)
        in_list = not tags[i] and (begins or (in_list and _indent(line) > 0))
        if in_list:
            tags[i] = _LIST


def _tag_indented(lines: list[str], tags: list[int]) -> None:
    after = True  # a blank line, or a line of such code
    for i, line in enumerate(lines):
        if not line.strip():
            after = True
        elif after and not tags[i] and _indent(line) >= 4:
            tags[i] = _CODE
        else:
            after = False
