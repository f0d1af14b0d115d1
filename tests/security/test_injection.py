"""Values that would be SQL, paths or code if they were pasted into it, through every argument that takes one."""

import json

import pytest
from brickyard.conditions import condition
from brickyard.config import load_config
from brickyard.errors import ConfigError
from brickyard.queries import create_views, find_release, run_query
from brickyard.rerun import _matching
from brickyard.statements import load_query
from brickyard.storage import Warehouse
from brickyard.views import show_release

from tests import corpus
from tests.tiny import records_of

PAYLOADS = (
    "'", "''", '"', "`", "``", "\\", "\\'", "' OR '1'='1", "' OR 1=1 --", "'; DROP TABLE brickyard.records; --", "'/*",
    "*/ OR 1=1", "x' UNION SELECT text FROM brickyard.records --", "`; DROP DATABASE brickyard CASCADE; --", "${env:PATH}",
    "${system:user.home}", "${hivevar:x}", ":id", ":name", "?", "{x}", "%s", "\u2019 OR \u20191\u2019=\u20191", "\uff07 OR 1=1",
    "\x00", "\n; SELECT 1", "$(touch canary)", "`touch canary`", "../../../etc/passwd",
    "reflect('java.lang.System', 'exit', 1)", "\u202e' OR 1=1", "a" * 10_000,
)  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(spark, released):
    return Warehouse(spark, str(released.warehouse))


def test_an_argument_of_a_query_is_a_value(spark, warehouse):
    """All payloads as one column: each comes back as it went in, and no record has such an id."""
    create_views(warehouse, find_release(warehouse))
    for start in range(0, len(PAYLOADS), 8):
        some = {f"p{i}": payload for i, payload in enumerate(PAYLOADS[start : start + 8])}
        query = "SELECT " + ", ".join(f":{name} AS {name}" for name in some)
        assert run_query(spark, query, some).collect()[0].asDict() == some
    statement, names = load_query("sql/why_dropped.sql", {"id": "x"})
    for payload in PAYLOADS[7:11]:
        assert run_query(spark, statement, dict.fromkeys(names, payload)).isEmpty()
    assert spark.catalog.tableExists("brickyard.records")


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_release_that_does_not_exist_is_a_sentence(warehouse, payload):
    with pytest.raises(ConfigError, match="no release"):
        find_release(warehouse, payload)


def test_ids_to_take_down_are_values(spark):
    records = records_of(spark, ["one", "two"])
    assert _matching(records, list(PAYLOADS), list(PAYLOADS), None).count() == 0


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_a_setting_is_a_value(payload):
    try:
        config = load_config(None, [f"input.source={json.dumps(payload)}", "warehouse=w"], {})
    except ConfigError:
        return
    assert config.input.source == payload


@pytest.mark.parametrize("name", ["a`b", "a``; DROP", "a'b", 'a"b', "a b;c", "${env.PATH}", "-- x"])
def test_the_path_of_a_warehouse_is_a_name_in_its_views(spark, released, tmp_path, name):
    (tmp_path / name).symlink_to(released.warehouse)
    warehouse = Warehouse(spark, str(tmp_path / name))
    release = find_release(Warehouse(spark, str(released.warehouse)))
    drop, create, *shown = show_release(warehouse.path, release)
    for statement in (drop, create, next(one for one in shown if ".records (" in one)):
        spark.sql(statement)
    assert spark.table("brickyard.records").count() == len(corpus.read_bytes(released.folder).records)


CONDITIONS = {
    "another table": "record_id IN (SELECT record_id FROM brickyard.records)",
    "a file": "uri = (SELECT first(value) FROM text.`/etc/passwd`)",
    "exists": "EXISTS (SELECT 1 FROM csv.`/etc/passwd`)",
    "deep inside": "upper(concat(uri, coalesce((SELECT 'x'), 'y'))) = 'X' OR NOT (1 = 2)",
    "Java": "reflect('java.lang.System', 'getProperty', 'user.home') = uri",
    "Java by another name": "java_method('java.lang.System', 'getProperty', 'user.home') = uri",
    "Java, qualified": "`system`.builtin.`REFLECT`('java.lang.Runtime', 'getRuntime') IS NULL",
    "Java in a lambda": "exists(array(1), x -> reflect('java.lang.System', 'exit', 1) IS NULL)",
    "two statements": "1 = 1; DROP TABLE brickyard.records",
    "brackets that do not match": "1 = 1) OR (1 = 1",
    "a comment": "1 = 1 --",
    "a statement": "DROP TABLE brickyard.records",
    "a setting": "SET spark.sql.variable.substitute=true",
    "nothing": " ",
    "an aggregate": "count(*) > 0",
    "a window": "row_number() OVER (ORDER BY uri) = 1",
    "no column": "nothing = 1",
    "the environment": "uri = '${env:PATH}' AND nothing = 1",
    "a parameter": "uri = :name",
    "a table function": "explode(array(1)) = 1",
}


@pytest.mark.parametrize("kind", [kind for kind in CONDITIONS if kind != "a comment"])
def test_a_condition_is_nothing_but_a_condition(spark, kind):
    with pytest.raises(ConfigError):
        _matching(records_of(spark, ["one"]), [], [], CONDITIONS[kind])


def test_a_condition_on_columns_is_taken(spark):
    records = records_of(spark, ["one", "two"])
    assert _matching(records, [], [], "text LIKE 'o%' AND length(text) BETWEEN 1 AND 5 OR uri IS NULL").count() == 1
    assert _matching(records, [], [], CONDITIONS["a comment"]).count() == 2  # what follows it is nothing
    assert records.where(condition(spark, "uri = '${env:PATH}'")).count() == 0


def test_text_in_a_query_does_not_reach_the_environment(spark):
    assert spark.sql("SELECT '${env:PATH}' AS path").first().path == "${env:PATH}"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("input.paths", "s3://KEY:canary@bucket/in"), ("input.paths", "file://me:canary@host/etc/passwd"),
        ("input.root", "s3a://KEY:canary@bucket/in"), ("warehouse", "s3://canary@bucket/w"),
        ("spark.hadoop.fs.s3a.proxy", "http://me:canary@proxy:80"), ("tokenise.tokenizer", "file:https://a:canary@b/t.json"),
    ],
)  # fmt: skip
def test_a_password_in_a_uri_is_refused_and_not_repeated(key, value):
    with pytest.raises(ConfigError, match="a uri with a user or password in it") as caught:
        load_config(None, [f"{key}={json.dumps(value)}"], {})
    assert "canary" not in str(caught.value)
    assert key in str(caught.value)


def test_an_at_sign_in_a_name_is_no_password():
    config = load_config(None, ["input.paths=s3://bucket/me@home/a", "warehouse=w"], {})
    assert config.input.paths == ("s3a://bucket/me@home/a",)
