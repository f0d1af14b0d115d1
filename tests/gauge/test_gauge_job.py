"""`brickyard gauge`: what it writes, what a second run leaves, how it ends; and its page in a browser."""

import json
import shutil
from contextlib import redirect_stdout
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from brickyard.gauge import measure, plan
from brickyard.gauge.axes import AXES, HEAT_MAPS
from brickyard.lock import warehouse_lock
from brickyard.tables import CURATED, GAUGE_FIGURES, GAUGE_FINDINGS, GAUGE_POINTS, RELEASES

from jobs import gauge, sql
from tests import corpus
from tests.browser import Page, find_browser
from tests.sessions import share_session


@pytest.fixture(scope="module")
def warehouse(released, tmp_path_factory) -> Path:
    """The small release, in a warehouse that may be written to."""
    return Path(shutil.copytree(released.warehouse, tmp_path_factory.mktemp("gauged") / "warehouse"))


@pytest.fixture(scope="module")
def gauged(spark, warehouse):
    """The summary of a run on the small release."""
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(StringIO()) as told:
        share_session(spark, patch)
        assert gauge.main(["--set", f"warehouse={warehouse}"]) == 0
    return json.loads(told.getvalue().splitlines()[-1])


@pytest.fixture
def other(released, tmp_path) -> Path:
    """The small release in a warehouse of the test's own."""
    return Path(shutil.copytree(released.warehouse, tmp_path / "warehouse"))


def numbers_of(page: Path) -> dict:
    """The numbers that a page holds."""
    start = '<script type="application/json" id="numbers">'
    return json.loads(page.read_text().split(start)[1].split("</script>")[0])


def test_every_number_of_the_page_is_a_row_of_a_table(gauged, warehouse):
    shown = numbers_of(Path(gauged["path"]))
    for name, table in (("figures", GAUGE_FIGURES), ("points", GAUGE_POINTS), ("findings", GAUGE_FINDINGS)):
        stored = corpus.rows(warehouse, table)
        assert sorted(map(json.dumps, shown[name])) == sorted(map(json.dumps, stored))
    assert gauged["figures"] == len(shown["figures"])
    assert {row["release_id"] for row in shown["figures"]} == {gauged["release_id"]}


def test_every_plot_has_its_axes(gauged):
    plots = {point["plot"] for point in numbers_of(Path(gauged["path"]))["points"]}
    assert [plot for plot in plots - set(HEAT_MAPS) if not any(plot.startswith(name) for name in AXES)] == []


def test_every_figure_has_a_value_or_a_reason(gauged, warehouse):
    for row in corpus.rows(warehouse, GAUGE_FIGURES):
        assert (row["value"] is None) == bool(row["refusal"]), row
        assert row["value"] is None or row["valid"], row


def test_a_second_run_gives_the_same_rows_and_no_more(shared_session, capsys, gauged, warehouse):
    before = corpus.rows(warehouse, GAUGE_FIGURES), corpus.rows(warehouse, GAUGE_POINTS)
    assert gauge.main(["--set", f"warehouse={warehouse}"]) == 0
    assert (corpus.rows(warehouse, GAUGE_FIGURES), corpus.rows(warehouse, GAUGE_POINTS)) == before
    assert len(corpus.rows(warehouse, RELEASES)) == 1


def test_an_unknown_release_or_column_is_2_and_no_release_6(shared_session, capsys, tmp_path, other):
    assert gauge.main(["--set", f"warehouse={other}", "--release", "x"]) == 2
    assert gauge.main(["--set", f"warehouse={other}", "--label-column", "colour"]) == 2
    assert gauge.main(["--set", f"warehouse={other}", "--label-column", "label"]) == 2  # named, and not there
    assert "--label-column colour: no curated document has it" in capsys.readouterr().err
    assert gauge.main(["--set", f"warehouse={tmp_path}"]) == 6


def test_a_page_may_lie_in_the_folder_of_the_caller_and_a_sample_of_none_is_2(
    shared_session, capsys, other, tmp_path, monkeypatch
):
    monkeypatch.setattr(measure, "SECTIONS", plan.SECTIONS[:1])
    monkeypatch.chdir(tmp_path)
    assert gauge.main(["--set", f"warehouse={other}", "--out", "page.html"]) == 0
    assert numbers_of(tmp_path / "page.html")["figures"]
    with pytest.raises(SystemExit, match="2"):
        gauge.main(["--set", f"warehouse={other}", "--sample", "0"])
    assert "'0' is not a number of 1 or more" in capsys.readouterr().err


def test_a_section_that_fails_costs_no_other(shared_session, capsys, other, monkeypatch):
    broken = replace(plan.SECTIONS[1], measure=lambda material, choices: 1 / 0)
    monkeypatch.setattr(measure, "SECTIONS", (plan.SECTIONS[0], broken))
    assert gauge.main(["--set", f"warehouse={other}"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["failed"] == [broken.name]
    found = {row["section"]: row["refusal"] for row in corpus.rows(other, GAUGE_FIGURES)}
    assert found[broken.name] == "A fault of ours: ZeroDivisionError: division by zero"
    assert plan.SECTIONS[0].name in found


def test_it_waits_for_a_run_that_holds_the_warehouse(shared_session, capsys, other, monkeypatch):
    monkeypatch.setattr(measure, "SECTIONS", plan.SECTIONS[:1])
    held = warehouse_lock(str(other), "another")
    held.__enter__()
    monkeypatch.setattr(measure, "sleep", lambda seconds: held.__exit__(None, None, None))
    assert gauge.main(["--set", f"warehouse={other}"]) == 0
    assert "waiting, to write the tables" in capsys.readouterr().err
    with warehouse_lock(str(other), "another"):
        monkeypatch.setattr(measure, "PATIENCE", 0.0)
        assert gauge.main(["--set", f"warehouse={other}"]) == 5


def test_sql_shows_the_figures_by_both_engines(shared_session, capsys, gauged, warehouse):
    query = "SELECT value FROM brickyard.gauge_figures WHERE name = 'documents' AND subject = ''"
    for engine in ("spark", "duckdb"):
        words = [query, "--set", f"warehouse={warehouse}", "--engine", engine, "--format", "json"]
        assert sql.main(words) == 0
        assert json.loads(capsys.readouterr().out) == {"value": len(corpus.released_rows(warehouse, CURATED))}


@pytest.mark.skipif(find_browser() is None, reason="no chromium or chrome on this machine's PATH")
def test_the_page_draws_without_a_complaint_and_shows_the_figures(gauged, tmp_path):
    browser = Page(find_browser(), tmp_path)
    try:
        browser.open(Path(gauged["path"]).as_uri())
        assert browser.complaints() == []
        assert browser.requests() == []
        rows = "[...document.querySelector('[data-table=\"figures-text\"]').tBodies[0].rows]"
        cells = browser.value(f"{rows}.map((row) => [...row.cells].map((cell) => cell.textContent))")
        shown = numbers_of(Path(gauged["path"]))
        documents = next(row for row in shown["figures"] if row["name"] == "documents" and row["subject"] == "")
        assert ["documents", "", f"{documents['value']:,.0f}"] in [row[:3] for row in cells]
        given = [row for row in shown["figures"] if row["section"] == "text" and row["value"] is not None]
        assert len(cells) == len(given)
        assert browser.value("document.querySelectorAll('.plot .main-svg').length") > 0
    finally:
        browser.close()
