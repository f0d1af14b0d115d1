"""What our own sources must not do, read from the sources."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCES = sorted([*(ROOT / "pipelines").rglob("*.py"), *(ROOT / "jobs").rglob("*.py"), *(ROOT / "infra").rglob("*.py")])
SCRIPTS = sorted(path for path in (ROOT / "infra").rglob("*") if path.is_file() and "locks" not in path.parts)
PICKLES = {"pickle", "cPickle", "_pickle", "cloudpickle", "dill", "joblib", "shelve", "marshal", "jsonpickle"}
LOADS = {"json", "tomllib", "static", "onnx", "sentence_transformers", "hashed", "word2vec", "columns"}
"""What `.load` may be called on: two formats that hold no code, and our own modules."""

MADE_SQL = {("queries.py", "create_views"), ("queries.py", "run_query"), ("serving.py", "_show"), ("serving.py", "_drop")}
"""Where a statement may be something else than a literal: views of our own tables, and what the user of `sql` wrote."""


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in SOURCES:
        yield path, ast.parse(path.read_text())


def calls(tree: ast.AST, method: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node


def pickles_in(tree: ast.Module) -> set[str]:
    names = (alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names)
    modules = (node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    imported = {name.split(".")[0] for name in [*names, *modules]} & PICKLES
    loads = {ast.unparse(call.func.value) for call in calls(tree, "load")} - LOADS
    allowed = [
        word for call in ast.walk(tree) if isinstance(call, ast.Call) for word in call.keywords if word.arg == "allow_pickle"
    ]
    return imported | loads | {"allow_pickle" for word in allowed if ast.unparse(word.value) != "False"}


def made_sql_in(path: Path, tree: ast.Module) -> set[tuple[str, str]]:
    """(file, function) of each `.sql(...)` whose statement is no literal, or that formats one by keywords."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {
        (path.name, function.name)
        for function in functions
        for call in calls(function, "sql")
        if not (call.args and isinstance(call.args[0], ast.Constant)) or {word.arg for word in call.keywords} - {"args"}
    }


def test_nothing_is_loaded_by_pickle():
    assert {path.name: found for path, tree in trees() if (found := pickles_in(tree))} == {}


@pytest.mark.parametrize(
    "code", ["import pickle", "from joblib import load", "np.load(path)", "np.lib.format.read_array(f, allow_pickle=True)",
             "torch.load(path)", "PipelineModel.load(path)", "KMeansModel.load(sc, path)"],
)  # fmt: skip
def test_the_rule_on_pickles_bites(code):
    assert pickles_in(ast.parse(code))


def test_statements_are_literals_but_for_a_closed_list():
    assert {one for path, tree in trees() for one in made_sql_in(path, tree)} == MADE_SQL


@pytest.mark.parametrize("call", ['spark.sql(f"SELECT {x}")', 'spark.sql("SELECT " + x)', 'spark.sql("SELECT {x}", x=x)'])
def test_the_rule_on_statements_bites(call):
    assert made_sql_in(Path("a.py"), ast.parse(f"def f(x):\n    {call}")) == {("a.py", "f")}


def test_no_archive_is_ever_extracted():
    """tar's filters were by-passed three times; members of archives are not read at all, gzip and zstd have none."""
    for path, tree in trees():
        names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names}
        assert not names & {"tarfile", "zipfile", "unpack_archive"}, path
        assert not list(calls(tree, "unpack_archive")), path


def test_nothing_of_ours_starts_a_history_server_or_writes_its_logs():
    """3.5.3 runs code from a crafted event log (CVE-2025-54920)."""
    for path in [*SCRIPTS, *SOURCES, ROOT / "Makefile", ROOT / ".ci" / "run"]:
        text = path.read_text()
        assert not re.search(r"start-history-server|HistoryServer|spark\.history\.|18080", text), path
        assert not re.search(r"(?m)^\s*spark\.eventLog\.enabled\s+true", text), path


def test_the_jars_are_those_that_the_table_of_advisories_is_about():
    """SECURITY.md: lz4-java is there, Avro cannot be read, Hadoop's unTar is mended."""
    names = {path.name for path in (Path(pyspark.__file__).parent / "jars").iterdir()}
    assert not [name for name in names if name.startswith(("parquet-avro", "spark-avro"))]
    assert {"lz4-java-1.8.0.jar", "hadoop-client-api-3.3.4.jar", "hadoop-client-runtime-3.3.4.jar"} <= names


def test_a_setting_stands_once_in_the_defaults():
    lines = (ROOT / "infra" / "spark-defaults.conf").read_text().splitlines()
    names = [line.split()[0] for line in lines if line.strip() and not line.startswith("#")]
    assert len(names) == len(set(names))
    assert (ROOT / "infra" / "spark-defaults.conf").resolve() == ROOT / "pipelines" / "brickyard" / "spark-defaults.conf"
