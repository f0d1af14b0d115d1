"""Which part of a document each line is: title, heading, paragraph, list, code or table; by rules on lines.

Rules for Markdown, reStructuredText and plain text, in this order; the first that holds decides:

code        from a line that begins with ``` or ~~~ (after at most three spaces) to the one that begins with as many; lines
            that are indented deeper than a line before that ends with "::"; lines indented by four spaces or a tab after a
            blank line (or after such a line), outside a list
table       lines that begin with "|" or with "+-" or "+="; a line of two or more runs of "=" and what follows it up to the
            next blank line; a line of cells with "|" above or below a rule of dashes and "|", and its neighbours with "|"
heading     "# text" with one to six "#"; a line, not indented, above a line of three or more equal signs of
            =-~^"'`#*+:_ that is at least as long (for = and - any three); that line too, and the same line above the heading
title       the first heading, if only blank lines stand before it; or else the first line of the text, if it has at most 100
            characters, does not end in one of . , ; : ! ? and a blank line follows
list        "- ", "* ", "+ ", "• ", "1. ", "1) ", "a. ", "a) " and text; and the indented lines that follow
paragraph   every other line

A blank line belongs to what stands before it, in front of everything to the paragraph.
"""

import re

import numpy as np

SECTIONS = ("none", "title", "heading", "paragraph", "list", "code", "table")
"""The code of a section is its place; `none` is for padding and for tokens that stand for no text."""

_TITLE, _HEADING, _PARAGRAPH, _LIST, _CODE, _TABLE = range(1, 7)

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r"""([=\-~^"'`#*+:_])\1{2,}\s*$""")
_MARK = re.compile(r"\s*(?:[-*+•]|\d{1,4}[.)]|[A-Za-z][.)])\s+\S")
_ATX = re.compile(r" {0,3}#{1,6}\s+\S")
_GRID = re.compile(r"\s*(?:\||\+[-=]{2,}.*\+\s*$)")
_RULE = re.compile(r"\s*={2,}(?:\s+={2,})+\s*$")
_PIPES = re.compile(r"\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)+\|?\s*$")


def line_sections(text: str) -> tuple[np.ndarray, np.ndarray]:
    """Where each line begins, in code points (int64), and its code (uint8). Lines end with LF."""
    lines = text.split("\n")
    lengths = np.array([len(line) + 1 for line in lines], np.int64)
    return np.cumsum(lengths) - lengths, np.array(tag_lines(lines), np.uint8)


def tag_lines(lines: list[str]) -> list[int]:
    """The code of each line."""
    tags = [0] * len(lines)
    for rule in (_tag_fences, _tag_literals, _tag_tables, _tag_headings, _tag_lists_and_indented):
        rule(lines, tags)
    _tag_title(lines, tags)
    before = _PARAGRAPH
    for i, line in enumerate(lines):
        tags[i] = tags[i] or (_PARAGRAPH if line.strip() else before)
        before = tags[i]
    return tags


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _tag_fences(lines: list[str], tags: list[int]) -> None:
    fence = ""
    for i, line in enumerate(lines):
        found = _FENCE.match(line)
        if fence or found:
            tags[i] = _CODE
        if found and not fence:
            fence = found[1]
        elif found and found[1].startswith(fence):
            fence = ""


def _tag_literals(lines: list[str], tags: list[int]) -> None:
    """Blocks after "::" (reStructuredText)."""
    outer = -1  # the indentation of the line that ends with "::"
    for i, line in enumerate(lines):
        if not line.strip() or tags[i]:
            continue
        if outer >= 0 and _indent(line) > outer:
            tags[i] = _CODE
        else:
            outer = _indent(line) if line.rstrip().endswith("::") else -1


def _tag_tables(lines: list[str], tags: list[int]) -> None:
    simple = False
    for i, line in enumerate(lines):
        simple = bool(line.strip()) and (simple or _RULE.match(line) is not None)
        if not tags[i] and (simple or _GRID.match(line)):
            tags[i] = _TABLE
    for i, line in enumerate(lines):
        if _PIPES.match(line) and i and "|" in lines[i - 1]:
            _spread(lines, tags, i)


def _spread(lines: list[str], tags: list[int], rule: int) -> None:
    """The header above a rule of a Markdown table, the rule, and the rows below."""
    end = rule
    while end < len(lines) and "|" in lines[end]:
        end += 1
    for i in range(rule - 1, end):
        tags[i] = tags[i] or _TABLE


def _tag_headings(lines: list[str], tags: list[int]) -> None:
    for i, line in enumerate(lines):
        if tags[i] or not line.strip():
            continue
        if _ATX.match(line):
            tags[i] = _HEADING
        elif i + 1 < len(lines) and not tags[i + 1] and _is_underlined(line, lines[i + 1]):
            tags[i] = tags[i + 1] = _HEADING
            if i and not tags[i - 1] and lines[i - 1].rstrip() == lines[i + 1].rstrip():
                tags[i - 1] = _HEADING


def _is_underlined(line: str, below: str) -> bool:
    found = _UNDERLINE.match(below)
    if not found or _UNDERLINE.match(line) or _MARK.match(line):
        return False
    overlined = line[0] == " " and line.strip()
    return bool(found[1] in "=-" or len(below.rstrip()) >= len(line.rstrip())) and (line[0] not in " \t" or bool(overlined))


def _tag_lists_and_indented(lines: list[str], tags: list[int]) -> None:
    in_list = blank = False
    for i, line in enumerate(lines):
        if not line.strip():
            blank = True
            continue
        indented = _indent(line) > 0
        if not tags[i] and _MARK.match(line) and (in_list or _indent(line) < 4):
            tags[i], in_list = _LIST, True
        elif not tags[i] and in_list and indented:
            tags[i] = _LIST
        else:
            in_list = False
            deep = _indent(line) >= 4
            after = i == 0 or blank or tags[i - 1] == _CODE
            tags[i] = tags[i] or (_CODE if deep and after else 0)
        blank = False


def _tag_title(lines: list[str], tags: list[int]) -> None:
    first = next((i for i, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return
    if tags[first] == _HEADING:
        end = first
        while end < len(lines) and tags[end] == _HEADING and lines[end].strip() and end < first + 3:
            tags[end] = _TITLE
            end += 1
    elif not tags[first] and first + 1 < len(lines) and not lines[first + 1].strip():
        line = lines[first].strip()
        if len(line) <= 100 and line[-1] not in ".,;:!?":
            tags[first] = _TITLE
