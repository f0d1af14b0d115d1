"""`brickyard report` and `brickyard try`: what they write, what they print where, and how they end."""

import json
from pathlib import Path

import pytest
from brickyard.config import load_config
from brickyard.errors import ConfigError

from jobs import main as brickyard
from jobs import report, try_folder
from tests import corpus


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """The folder from which commands are started."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_report_writes_the_page_of_the_release_where_it_is_told(shared_session, capsys, tmp_path, released):
    out = tmp_path / "new" / "page.html"
    words = [word for setting in corpus.SETTINGS for word in ("--set", setting)]
    words += ["--set", f"warehouse={released.warehouse}", "--release", released.summary.release_id, "--out", str(out)]
    assert report.main(words) == 0
    printed = capsys.readouterr()
    summary = json.loads(printed.out.splitlines()[-1])
    assert (summary["path"], summary["release_id"], summary["bytes"]) == (
        str(out),
        released.summary.release_id,
        out.stat().st_size,
    )
    assert str(out) in printed.err
    assert [path.name for path in out.parent.iterdir()] == ["page.html"]
    assert f"<title>Brickyard release {released.summary.release_id}</title>" in out.read_text()


def test_report_of_an_unknown_release_is_2_and_without_a_release_6(shared_session, capsys, tmp_path, released):
    assert report.main(["--release", "x", "--set", f"warehouse={released.warehouse}"]) == 2
    assert report.main(["--set", f"warehouse={tmp_path}"]) == 6
    assert "holds no release" in capsys.readouterr().err


def test_report_that_cannot_be_written_is_6(shared_session, capsys, tmp_path, released):
    (tmp_path / "file").write_text("")
    assert report.main(["--set", f"warehouse={released.warehouse}", "--out", f"{tmp_path}/file/page.html"]) == 6
    assert "Traceback" not in capsys.readouterr().err


def test_try_makes_a_warehouse_and_a_page_of_any_folder(shared_session, capsys, here, tmp_path):
    folder = tmp_path / "2024 [texts]"  # TOML would read the first as a number, a glob the second as a choice
    folder.mkdir()
    (folder / "a.txt").write_text("one two three four five six seven eight")
    (folder / "b.txt").write_text("one two three four five six seven eight  ")
    (folder / "c.jsonl").write_text('{"text": "something else"}\n')
    assert brickyard.main(["try", str(folder), "--set", "embed.model=off", "--set", "semantic_duplicates.mode=off"]) == 0
    printed = capsys.readouterr()
    summary = json.loads(printed.out.splitlines()[-1])
    warehouse = here / "brickyard-try" / "2024 [texts]"
    assert summary["warehouse"] == str(warehouse)
    assert Path(summary["path"]) == warehouse / "reports" / f"{summary['release_id']}.html"
    assert f"the warehouse: {warehouse}" in printed.err and f"the page: {summary['path']}" in printed.err
    text = Path(summary["path"]).read_text()
    assert '"read": 3' in text and '"kept": 2' in text and '"source": "2024 [texts]"' in text


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: None, "there is no such folder"),
        (lambda path: path.mkdir(), "the folder is empty"),
        (lambda path: (path.mkdir(), (path / ".hidden").write_text("text")), "hidden names are not read"),
        (lambda path: path.write_text("text"), "is a file; name the folder that it is in"),
    ],
    ids=["missing", "empty", "hidden", "file"],
)
def test_try_without_anything_to_read_is_3_and_makes_nothing(no_session, capsys, here, make, sentence):
    make(here / "texts")
    assert try_folder.main(["texts"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    assert sentence in printed.err and "Traceback" not in printed.err
    assert not (here / "brickyard-try").exists()


def test_try_names_the_setting_when_no_record_has_the_field(shared_session, capsys, here):
    (here / "texts").mkdir()
    (here / "texts" / "a.jsonl").write_text('{"body": "not in the field text"}\n')
    assert try_folder.main(["texts", "--set", "embed.model=off", "--set", "semantic_duplicates.mode=off"]) == 3
    assert "the text field is 'text' (input.text_field)" in capsys.readouterr().err


def test_try_on_the_current_folder_puts_the_warehouse_where_it_is_not_read(here):
    (here / "a.txt").write_text("text")
    config = load_config("preset:try", try_folder.assignments_for(str(here)), {})
    assert config.warehouse == f"{here}/.brickyard-try/here"
    assert config.input.paths == (str(here),)


def test_try_refuses_a_warehouse_among_the_texts(no_session, capsys, here):
    (here / "a.txt").write_text("text")
    assert try_folder.main([".", "--set", f"warehouse={here}/inside"]) == 2
    assert "lies in the folder that is read" in capsys.readouterr().err
    with pytest.raises(ConfigError):
        try_folder.refuse_own_warehouse(str(here), str(here))


def test_what_is_set_wins_over_what_try_begins_with(here):
    (here / "texts").mkdir()
    given = [*try_folder.assignments_for(f"{here}/texts"), f"warehouse={here}/mine", "gate.max_near_share=0.1"]
    config = load_config("preset:try", given, {})
    assert (config.warehouse, config.gate.max_near_share, config.gate.max_group_share) == (f"{here}/mine", 0.1, 1.0)
    assert config.tokenise.tokenizer == "off"
