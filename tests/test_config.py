import re
from pathlib import Path

import pytest
from brickyard.config import Config, config_digest, load_config, spark_settings
from brickyard.errors import ConfigError
from brickyard.text import tokenizer_files
from tokenizers import Tokenizer, models


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch) -> Path:
    """The current folder, which is not the one that the file is in."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def load(write_file, text: str = "", *assignments: str, **environment: str) -> Config:
    return load_config(str(write_file("a.toml", text)), assignments, environment)


def test_settings_come_from_defaults_then_file_then_environment_then_assignments(write_file) -> None:
    text = "[near_duplicates]\nngram = 2\nbands = 2\npermutations = 8"
    config = load(
        write_file,
        text,
        "near_duplicates.bands=8",
        BRICKYARD__NEAR_DUPLICATES__BANDS="4",
        BRICKYARD__NEAR_DUPLICATES__NGRAM="3",
    )
    found = config.near_duplicates
    assert (found.bands, found.ngram, found.permutations, found.min_jaccard) == (8, 3, 8, 0.7)


def test_the_last_assignment_wins(write_file) -> None:
    assert load(write_file, "", "gate.min_records=1", "gate.min_records=2").gate.min_records == 2


def test_other_environment_variables_are_nothing_to_us(write_file) -> None:
    assert load(write_file, "", HOME="/x", BRICKYARD_NEAR="1", brickyard__gate__min_records="7") == load(write_file)


@pytest.mark.parametrize(
    ("assignment", "section", "key", "value"),
    [
        ("input.source=news", "input", "source", "news"),
        ('input.source="2024"', "input", "source", "2024"),
        ("input.source=a=b", "input", "source", "a=b"),
        ("input.source=", "input", "source", ""),
        ("near_duplicates.min_jaccard=0.8", "near_duplicates", "min_jaccard", 0.8),
        (" gate.min_records = 5 ", "gate", "min_records", 5),
        ('input.csv_columns=["a","b"]', "input", "csv_columns", ("a", "b")),
        ("semantic_duplicates.clusters=12", "semantic_duplicates", "clusters", 12),
    ],
)
def test_assignments_are_toml_values_or_bare_words(write_file, assignment: str, section: str, key: str, value) -> None:
    assert getattr(getattr(load(write_file, "", assignment), section), key) == value


@pytest.mark.parametrize("name", ["100%25", "a\\\\b"])
def test_a_warehouse_whose_name_would_be_taken_for_another_is_refused(write_file, name: str) -> None:
    with pytest.raises(ConfigError, match="name another folder"):
        load(write_file, "", f"warehouse={name}")


@pytest.mark.parametrize("batch_id", ["2026-11-23", "2026-11-23T06:00:00", "06:00:00"])
def test_a_date_is_a_batch_id_like_any_other(write_file, batch_id: str) -> None:
    assert load(write_file, "", f"batch_id={batch_id}").batch_id == batch_id
    assert load(write_file, "", BRICKYARD__BATCH_ID=batch_id).batch_id == batch_id


@pytest.mark.parametrize("assignment", ["ngram", "=3", " =3"])
def test_an_assignment_without_a_key_or_value_is_an_error(write_file, assignment: str) -> None:
    with pytest.raises(ConfigError, match=r"write section\.key=value"):
        load(write_file, "", assignment)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[near_duplicates]\nmin_jacard = 1", "near_duplicates.min_jacard: unknown key; did you mean min_jaccard?"),
        ("[near_duplicate]\nngram = 1", "near_duplicate: unknown key; did you mean near_duplicates?"),
        ("[gate]\nxyz = 1", "gate.xyz: unknown key; known keys: min_records, "),
        ("[near_duplicates]\nbands = 33", "bands = 33 must divide permutations = 128"),
        ("[near_duplicates]\nmin_jaccard = 0", "near_duplicates.min_jaccard = 0: Input should be greater than 0"),
        ("[near_duplicates]\nkeep = 'shortest'", "near_duplicates.keep = 'shortest'"),
        ("[tokenise]\ntokenizer = 'train:256'", "train:257 or more"),
        ("[tokenise]\ntokenizer = 'train-unigram:256'", "train-unigram:257 or more"),
        ("[tokenise]\ntokenizer = 'train:many'", "tokenise.tokenizer = 'train:many'"),
        ("[tokenise]\ntokenizer = 'a/b/c'", "tokenise.tokenizer = 'a/b/c'"),
        ("[semantic_duplicates]\nmode = 'one_per_cluster'", "needs clusters = NUMBER"),
        ("[embed]\nmodel = 'off'", 'set semantic_duplicates.mode = "off" too'),
        ("input = 3", "input = 3"),
        ("warehouse = [", "not TOML"),
        ("# caf\udce9", "not TOML"),
    ],
)
def test_what_is_wrong_is_said_with_file_key_and_remedy(write_file, text: str, message: str) -> None:
    path = write_file("a.toml", text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ConfigError) as caught:
        load_config(str(path), (), {})
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert caught.value.exit_code == 2


def test_all_that_is_wrong_is_said_at_once(write_file) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write_file, "[gate]\nmin_records = -1\n[embed]\ndimension = 7", "input.format=xml")
    assert [key in str(caught.value) for key in ("gate.min_records", "embed.dimension", "input.format")] == [True] * 3


def test_a_missing_file_is_an_error_that_names_the_presets(elsewhere: Path) -> None:
    with pytest.raises(ConfigError, match=r"No such file.*preset:quickstart"):
        load_config("none.toml", (), {})


def test_one_per_cluster_works_with_clusters_and_opens_the_gate_unless_told_otherwise(write_file) -> None:
    text = "[semantic_duplicates]\nmode = 'one_per_cluster'\nclusters = 5\n[gate]\nmax_group_share = 0.3"
    gate = load(write_file, text).gate
    assert (gate.max_semantic_share, gate.max_group_share, gate.max_near_share) == (1.0, 0.3, 0.5)


def test_embedding_can_be_off_with_the_semantic_stage(write_file) -> None:
    config = load(write_file, "", "embed.model=off", "semantic_duplicates.mode=off")
    assert (config.embed.model, config.semantic_duplicates.mode) == ("off", "off")


PATHS = "warehouse = 'w'\n[input]\npaths = ['data/*.md', '../up', '/abs/x', 's3://bucket/key']\nroot = 'data'\n"


def test_paths_in_a_file_are_relative_to_it(write_file) -> None:
    config, home = load(write_file, PATHS + "[tokenise]\ntokenizer = 'file:t.json'"), write_file("a", "").parent
    assert config.warehouse == f"{home}/w"
    assert config.input.paths == (f"{home}/data/*.md", f"{home.parent}/up", "/abs/x", "s3a://bucket/key")
    assert (config.input.root, config.tokenise.tokenizer, config.home) == (f"{home}/data", f"file:{home}/t.json", str(home))


def test_paths_in_assignments_and_environment_are_relative_to_the_current_folder(write_file, elsewhere: Path) -> None:
    config = load(write_file, PATHS, "input.paths=b", "tokenise.tokenizer=file:t", BRICKYARD__WAREHOUSE="w2")
    assert config.warehouse == f"{elsewhere}/w2"
    assert config.input.paths == (f"{elsewhere}/b",)
    assert config.tokenise.tokenizer == f"file:{elsewhere}/t"
    assert config.input.root == str(write_file("a", "").parent / "data")


@pytest.mark.parametrize("file", ["preset:quickstart", "preset:fineweb", None])
def test_a_preset_is_at_home_in_the_current_folder(file: str | None, elsewhere: Path) -> None:
    config = load_config(file, (), {})
    assert config.home == str(elsewhere)
    assert config.warehouse.startswith(f"{elsewhere}/warehouse")


def test_home_of_a_file_named_by_its_relative_path_is_its_folder(write_file, elsewhere: Path) -> None:
    write_file("a.toml", "")
    assert load_config("../in/a.toml", (), {}).home == str(elsewhere.parent / "in")


@pytest.mark.parametrize(
    "assignment",
    ["warehouse=w", "batch_id=b", "input.paths=p", "input.root=r", "spark.sql.shuffle.partitions=7", 'spark."spark.x"=1'],
)
def test_digest_ignores_where_files_lie_and_how_spark_runs(write_file, assignment: str) -> None:
    assert config_digest(load(write_file, "", assignment)) == config_digest(load(write_file))


@pytest.mark.parametrize(
    "assignment",
    [
        "input.source=s", "input.format=csv", "input.text_field=t", "input.id_field=i", "input.max_record_bytes=9",
        "near_duplicates.ngram=4", "near_duplicates.permutations=64", "near_duplicates.bands=16",
        "near_duplicates.min_jaccard=0.8",
        "near_duplicates.keep=priority:stars", "embed.dimension=128", "semantic_duplicates.mode=threshold",
        "semantic_duplicates.eps=0.03", "semantic_duplicates.clusters=9", "tokenise.tokenizer=off", "gate.min_records=2",
    ],
)  # fmt: skip
def test_digest_changes_with_what_can_change_a_verdict(write_file, assignment: str) -> None:
    assert config_digest(load(write_file, "", assignment)) != config_digest(load(write_file))


def test_digest_is_the_same_however_a_setting_was_made(write_file) -> None:
    in_file = load(write_file, "[near_duplicates]\nngram = 4")
    assert config_digest(in_file) == config_digest(load(write_file, "", BRICKYARD__NEAR_DUPLICATES__NGRAM="4"))
    assert config_digest(load(write_file, "", "near_duplicates.ngram=5")) == config_digest(load(write_file))


def test_digest_follows_the_bytes_of_a_tokenizer_not_its_place(write_file) -> None:
    x, y = (Tokenizer(models.BPE({letter: 0}, [])).to_str() for letter in "xy")
    files = {name: write_file(name, content) for name, content in {"a": x, "b/c": x, "d": y}.items()}
    digests = {name: config_digest(load(write_file, "", f"tokenise.tokenizer=file:{path}")) for name, path in files.items()}
    assert digests["a"] == digests["b/c"] != digests["d"]


def test_digest_follows_the_content_of_a_tokenizer_on_the_hub(write_file, monkeypatch: pytest.MonkeyPatch) -> None:
    config, digests = load(write_file, "", "tokenise.tokenizer=org/name"), set()
    for letter in "xyx":
        path = write_file(letter, Tokenizer(models.BPE({letter: 0}, [])).to_str())
        monkeypatch.setattr(tokenizer_files, "_from_hub", {"org/name": str(path)}.get)
        digests.add(config_digest(config))
    assert len(digests) == 2


def test_a_tokenizer_that_is_not_there_is_an_error_of_the_configuration(write_file) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        config_digest(load(write_file, "", "tokenise.tokenizer=file:none"))


def test_spark_settings_may_be_dotted_or_quoted(write_file) -> None:
    text = '[spark]\nsql.shuffle.partitions = 7\n"spark.ui.enabled" = false\n"executor.memory" = "2g"'
    assert spark_settings(load(write_file, text)) == {
        "spark.sql.shuffle.partitions": "7",
        "spark.ui.enabled": "false",
        "spark.executor.memory": "2g",
    }


def test_a_configuration_cannot_be_changed(write_file) -> None:
    config = load(write_file)
    with pytest.raises(ValueError, match="frozen"):
        config.near_duplicates.ngram = 1


def test_what_is_gauged_changes_no_verdict(write_file) -> None:
    asked = load(write_file, "", "gauge.probe.learning_rate=3", "gauge.search.how=off", "gauge.features=tokens")
    assert asked.gauge.probe == {"learning_rate": 3}
    assert config_digest(asked) == config_digest(load(write_file))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gauge.probe]\nactivation = 'rellu'", "activation = 'rellu'; must be one of relu, leaky_relu"),
        ("[gauge.probe]\nwidth = 3", "width: unknown key; known keys: widths, activation"),
        ("[gauge.probe]\nwidths = 3", "widths = 3; must be like (16,)"),
        ("[gauge.probe]\nlearning_rate = -1", "learning_rate = -1; must be above 0"),
        ("[gauge.search]\nlearning_rate = [1, 0.1]", "a range is [LOWEST, HIGHEST]"),
        ("[gauge.search]\nlists.activation = ['tanh', 'x']", "activation = 'x'; must be one of"),
        ("[gauge.search]\nlists.l2 = [0.1]", "l2: a list holds"),
    ],
)
def test_a_probe_that_cannot_be_is_refused_before_anything_runs(write_file, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        load(write_file, text)
