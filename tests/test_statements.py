"""Values in statements for clients without named parameters: Spark reads back what was given, whatever it is."""

import pytest
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
