"""Values in statements for clients without named parameters: Spark reads back what was given, whatever it is."""

import pytest
from brickyard import session
from brickyard.statements import names_in, replace_names, spark_literal, with_literals
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs import sql

HOSTILE = ["' OR '1' = '1", "x'; DROP TABLE brickyard.records; --", "\\", "\\'", "${env:HOME}", "${system:user.dir}", "`a`",
           "a\nb\r\tc", "é", "😀", "%_", ":id", "\\u0027", "/* */", "", " ", "'" * 9, "\x1a"]  # fmt: skip


def test_spark_reads_back_what_was_given(spark):
    values = with_literals(", ".join(f":v{i}" for i in range(len(HOSTILE))), {f"v{i}": v for i, v in enumerate(HOSTILE)})
    assert list(spark.sql(f"SELECT {values}").collect()[0]) == HOSTILE


@settings(max_examples=300)
@given(st.text())
def test_a_literal_is_plain_ascii_without_anything_that_ends_it(value):
    literal = spark_literal(value)
    assert literal[0] == literal[-1] == "'"
    assert all(character.isalnum() or character in " ._\\" for character in literal[1:-1])
    assert literal.isascii()


def test_what_is_quoted_or_a_comment_is_no_parameter():
    statement = "SELECT ':a', \":b\", `:c`, x::int, :d, 'it''s :e', 'a\\':f' -- :g\nFROM t WHERE y = :h"
    assert names_in(statement) == {"d", "h"}
    assert replace_names("SELECT ':a', :a", "<{}>".format) == "SELECT ':a', <a>"


def test_a_printed_query_has_its_values(capsys, no_session, tmp_path):
    (tmp_path / "one.sql").write_text(
        "-- What?\n-- :most = 3  how many\nSELECT * FROM t WHERE id = :id LIMIT CAST(:most AS INT)\n"
    )
    assert sql.main(["--print-query", "--file", str(tmp_path / "one.sql"), "--arg", "id=it's"]) == 0
    assert capsys.readouterr().out == "SELECT * FROM t WHERE id = 'it\\u0027s' LIMIT CAST('3' AS INT);\n"


@pytest.mark.parametrize("words", [[], ["--print-query"]])
def test_nothing_to_ask_is_a_wrong_argument(words):
    with pytest.raises(SystemExit, match="2"):
        sql.main(words)


def test_values_are_for_all_that_is_asked_and_a_query_may_have_some(capsys, no_session, tmp_path):
    (tmp_path / "one.sql").write_text("SELECT :a")
    assert sql.main(["SELECT :b", "--print-query", "--file", str(tmp_path / "one.sql"), "--arg", "a=1=2", "--arg", "b="]) == 0
    assert capsys.readouterr().out == "SELECT '';\nSELECT '1\\u003d2';\n"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(["SELECT :a", "--arg", "a"], "--arg a: write NAME=VALUE"), (["SELECT :a"], "the query: give --arg a=VALUE"),
     (["SELECT 1", "--arg", "a=1"], "the query: no argument a; there are: none")],
)  # fmt: skip
def test_values_that_are_missing_or_stand_for_nothing_are_refused(capsys, no_session, words, sentence):
    assert sql.main(["--print-query", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_settings_for_another_client_lead_it_to_the_store_and_hold_no_key(capsys, no_session, monkeypatch):
    names = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ACCESS_KEY_ID": "ID", "AWS_SECRET_ACCESS_KEY": "CANARY"}
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    assert sql.main(["--print-settings", "--set", "spark.driver.memory=3g"]) == 0
    printed = capsys.readouterr().out
    settings = dict(line.split(" ", 1) for line in printed.splitlines())
    assert settings["spark.hadoop.fs.s3a.endpoint"] == "http://127.0.0.1:9"
    assert settings["spark.driver.memory"] == "3g"
    assert settings.keys() > session.default_settings().keys()
    assert "CANARY" not in printed
