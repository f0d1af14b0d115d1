"""The page in a real browser: it draws without a complaint, asks nothing of the network, and its numbers are the tables'."""

from pathlib import Path

import pytest

from tests.browser import Page, find_browser
from tests.report.conftest import HOSTILE, SOURCE

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no chromium or chrome on this machine's PATH")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory):
    page = Page(find_browser(), tmp_path_factory.mktemp("browser"))
    yield page
    page.close()


@pytest.fixture
def opened(browser, paged):
    """The page, just opened."""
    browser.open(paged.page.as_uri())
    return browser


def displayed(page: Page, name: str) -> str:
    return page.value(f"document.querySelector('[data-number=\"{name}\"]').textContent")


def table(page: Page, name: str) -> list[list[str]]:
    """The cells of a table's body."""
    rows = f"[...document.querySelector('[data-table=\"{name}\"]').tBodies[0].rows]"
    return page.value(f"{rows}.map((row) => [...row.cells].map((cell) => cell.textContent))")


def near_shown(page: Page) -> list[str]:
    return [displayed(page, f"near.{name}") for name in ("threshold", "pairs", "dropped_documents", "dropped_records")]


def near_at(paged, step: int) -> list[str]:
    """What should be shown at a step of the grid, from the release's numbers."""
    row = paged.numbers["near"]["thresholds"][step]
    return [f"{row['threshold']:.2f}", *(f"{row[name]:,}" for name in ("pairs", "dropped_documents", "dropped_records"))]


def test_it_draws_without_a_complaint_and_without_the_network(opened) -> None:
    assert opened.complaints() == []
    assert opened.requests() == []
    assert opened.value("document.querySelectorAll('.plot .main-svg').length") >= 7
    assert opened.value("document.querySelectorAll('.plot').length") == 7
    assert opened.value("[...document.querySelectorAll('.plot')].every((plot) => plot.querySelector('.main-svg'))")


def test_the_policy_is_in_force(opened) -> None:
    opened.value("var made = document.createElement('script'); made.textContent = 'window.ran = 1'; document.body.append(made)")
    opened.value("fetch('https://example.org/').catch(() => { window.refused = 1 }); 0")
    opened.wait_for("window.refused === 1")
    assert opened.value("window.ran === undefined")
    assert len(opened.complaints()) >= 2


def test_hostile_text_is_shown_and_does_nothing(opened, paged) -> None:
    assert opened.value("document.title") == f"Brickyard release {paged.release.release_id}"
    assert opened.value("document.querySelectorAll('main img, main b, main script').length") == 0
    shown = opened.value("document.getElementById('largest').textContent")
    assert HOSTILE[:60] in " ".join(shown.split())
    assert [row[0] for row in table(opened, "sources")] == [SOURCE]
    labels = opened.value("[...document.querySelectorAll('#plot-sources .ytick text')].map((one) => one.textContent)")
    assert labels == [SOURCE]


def test_displayed_numbers_are_those_of_the_tables(opened, paged) -> None:
    for reason, count in paged.sql("SELECT coalesce(reason, 'kept'), count(*) FROM decisions GROUP BY 1"):
        assert displayed(opened, f"funnel.{reason}") == f"{count:,}"
    assert displayed(opened, "funnel.quarantined") == f"{paged.sql('SELECT count(*) FROM quarantine')[0][0]:,}"
    pairs = paged.sql("SELECT count(*) FILTER (kind = 'near'), count(*) FILTER (kind = 'semantic') FROM duplicate_pairs")[0]
    assert (displayed(opened, "near.pairs"), displayed(opened, "cells.pairs")) == tuple(f"{count:,}" for count in pairs)
    cells = {f"{cell}": f"{documents:,}" for cell, documents in paged.sql("SELECT cell, documents FROM centroids")}
    assert {row[0]: row[1] for row in table(opened, "cells")} == cells
    assert [row[1:4] for row in table(opened, "near")] == [near_at(paged, step)[1:] for step in range(31)]


def test_the_plots_show_what_the_tables_beside_them_say(opened, paged) -> None:
    bins = paged.numbers["near"]["bins"]
    dropping, others, curve = opened.value("document.getElementById('plot-near').data.map((one) => [...one.y])")
    assert [a + b for a, b in zip(dropping, others, strict=True)] == [one["pairs"] for one in bins]
    assert dropping == [one["chosen_pairs"] for one in bins]
    assert curve == [row["dropped_documents"] for row in paged.numbers["near"]["thresholds"]]


def test_the_address_sets_the_threshold(browser, paged) -> None:
    browser.open(paged.page.as_uri() + "#threshold=0.85")
    assert near_shown(browser) == near_at(paged, 15)
    assert near_at(paged, 15)[1:] != near_at(paged, 0)[1:]


def test_the_keyboard_moves_the_threshold(opened, paged) -> None:
    opened.value("document.getElementById('threshold').focus()")
    for _ in range(3):
        opened.press("ArrowRight")
    assert near_shown(opened) == near_at(paged, 3)
    opened.press("End")
    assert near_shown(opened) == near_at(paged, 30)
    opened.press("ArrowLeft")
    assert near_shown(opened) == near_at(paged, 29)
    assert opened.value("document.getElementById('threshold').getAttribute('aria-valuetext')").startswith("0.99: ")


def point_at(page: Page, threshold: float) -> tuple[float, float]:
    """Where in the window the plot has this threshold, by its outer edges and the range of its axis."""
    edges = "document.querySelector('#plot-near .bglayer rect, #plot-near .nsewdrag').getBoundingClientRect()"
    page.value("document.getElementById('plot-near').scrollIntoView({block: 'center'})")
    left, top, right, bottom = page.value(f"(() => {{ const r = {edges}; return [r.left, r.top, r.right, r.bottom]; }})()")
    low, high = page.value("document.getElementById('plot-near').layout.xaxis.range")
    return left + (right - left) * (threshold - low) / (high - low), (top + bottom) / 2


def test_dragging_the_line_moves_the_threshold(opened, paged) -> None:
    opened.drag(point_at(opened, 0.7), point_at(opened, 0.83))
    assert near_shown(opened) == near_at(paged, 13)
    assert opened.value("document.getElementById('plot-near').layout.shapes[0].x0") == 0.83
    assert opened.value("document.getElementById('threshold').value") == "13"
    opened.drag(point_at(opened, 0.83), point_at(opened, 0.74))
    assert near_shown(opened) == near_at(paged, 4)
    assert opened.complaints() == []


def without_pairs(paged, folder: Path) -> Path:
    """The page of a release in which nothing is alike, and one whose pairs are incomplete."""
    from brickyard.report.page import render_page

    empty = {"stored": 0.7, "incomplete_pairs": 0, "thresholds": [], "bins": []}
    cells = {"rows": [], "others": None, "pairs": 0, "bins": []}
    numbers = {**paged.numbers, "near": empty, "largest": [], "cells": cells, "recall": [], "groups": []}
    numbers["chains"] = {"components": 0, "documents": 0, "kept": 0, "wrongly_deleted": 0, "rows": []}
    (folder / "empty.html").write_text(render_page(numbers))
    return folder / "empty.html"


def test_a_release_without_pairs_has_a_page_too(browser, paged, tmp_path) -> None:
    browser.open(without_pairs(paged, tmp_path).as_uri())
    assert browser.complaints() == []
    assert "No two documents" in browser.value("document.getElementById('near').textContent")
    assert "brickyard curate --measure-recall N" in browser.value("document.getElementById('recall').textContent")


def test_incomplete_pairs_are_said_to_be_bounds(browser, paged, tmp_path) -> None:
    from brickyard.report.page import render_page

    rows = [{**row, "certain_documents": 1} for row in paged.numbers["near"]["thresholds"]]
    numbers = {**paged.numbers, "near": {**paged.numbers["near"], "incomplete_pairs": 1234, "thresholds": rows}}
    (tmp_path / "incomplete.html").write_text(render_page(numbers))
    browser.open((tmp_path / "incomplete.html").as_uri())
    note = "document.getElementById('near-bounds').textContent"
    assert "1,234 pairs" in browser.value(note) and "are exact all the same" in browser.value(note)
    browser.value("choose(5)")
    assert "1 lie outside such groups and are exact: a lower bound" in browser.value(note)
