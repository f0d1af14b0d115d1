import os
from pathlib import Path

import pytest
from brickyard.errors import ConfigError, InputError
from brickyard.reading import listing
from brickyard.reading.listing import InputFile, list_files
from pyarrow import fs


def names(paths: list[str], root: Path, confined: bool = False) -> list[str]:
    return [file.uri for file in list_files(tuple(f"{root}/{path}" for path in paths), str(root), confined).files]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("a.md", "b.txt", "x/c.md", "x/y/d.md", "x/y/e1.txt", "x/y/e2.txt", "x/[z].md", ".hidden.md", ".git/f.md"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        ([""], ["a.md", "b.txt", "x/[z].md", "x/c.md", "x/y/d.md", "x/y/e1.txt", "x/y/e2.txt"]),
        (["x"], ["x/[z].md", "x/c.md", "x/y/d.md", "x/y/e1.txt", "x/y/e2.txt"]),
        (["*.md"], ["a.md"]),
        (["*/*.md"], ["x/[z].md", "x/c.md"]),
        (["**/*.md"], ["a.md", "x/[z].md", "x/c.md", "x/y/d.md"]),
        (["x/**/*.md"], ["x/[z].md", "x/c.md", "x/y/d.md"]),
        (["**/y/*"], ["x/y/d.md", "x/y/e1.txt", "x/y/e2.txt"]),
        (["x/y/e?.txt"], ["x/y/e1.txt", "x/y/e2.txt"]),
        (["x/y/e[1x].txt"], ["x/y/e1.txt"]),
        (["x/y/e[!1].txt"], ["x/y/e2.txt"]),
        (["x/[z].md"], ["x/[z].md"]),  # a file of that very name, not a pattern
        (["a.md", "**/*.md", "a.md"], ["a.md", "x/[z].md", "x/c.md", "x/y/d.md"]),
        ([".hidden.md"], [".hidden.md"]),  # named outright
        (["*.nothing"], []),
        (["x/y/e[1\\].txt"], ["x/y/e1.txt"]),
    ],
)
def test_paths_folders_and_globs_name_each_file_once_in_order(tree: Path, paths: list[str], expected: list[str]) -> None:
    assert names(paths, tree) == expected


def test_hidden_names_are_passed_over_and_counted(tree: Path) -> None:
    listing = list_files((str(tree),), str(tree), False)
    assert listing.hidden == {f"{tree}/.hidden.md", f"{tree}/.git"}


@pytest.mark.parametrize("confined", [True, False])
def test_links_to_folders_are_not_followed_but_counted(tree: Path, confined: bool) -> None:
    (tree / "x" / "loop").symlink_to(tree)
    listing = list_files((f"{tree}/x/**/*.md",), str(tree), confined)
    assert [file.uri for file in listing.files] == ["x/[z].md", "x/c.md", "x/y/d.md"]
    assert listing.links_not_followed == {f"{tree}/x/loop"}


def test_a_link_to_a_file_within_the_root_is_read(tree: Path) -> None:
    (tree / "x" / "link.md").symlink_to(tree / "b.txt")
    (file,) = list_files((f"{tree}/x/link.md",), str(tree), True).files
    assert file == InputFile("x/link.md", f"{tree}/x/link.md", len("b.txt"))


@pytest.mark.parametrize("confined", [True, False])
def test_a_link_out_of_the_allowed_folder_is_refused(tree: Path, tmp_path_factory, confined: bool) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text("secret")
    (tree / "x" / "link.md").symlink_to(secret)
    found = {file.uri: file.refused for file in list_files((f"{tree}/x/*.md",), str(tree), confined).files}
    assert found == {"x/[z].md": None, "x/c.md": None, "x/link.md": "outside_root"}


def test_a_sibling_folder_whose_name_begins_like_the_root_is_outside(tmp_path: Path) -> None:
    for name in ("data/a.md", "data-secret/b.md"):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text("x")
    (tmp_path / "data" / "link.md").symlink_to(tmp_path / "data-secret" / "b.md")
    listing = list_files((f"{tmp_path}/data", f"{tmp_path}/data-secret"), f"{tmp_path}/data", True)
    refused = {Path(file.path).name: file.refused for file in listing.files}
    assert refused == {"a.md": None, "link.md": "outside_root", "b.md": "outside_root"}


def test_a_link_that_leads_nowhere_is_refused(tree: Path) -> None:
    (tree / "x" / "y" / "gone.md").symlink_to(tree / "none")
    found = {file.uri: file.refused for file in list_files((f"{tree}/**/y/*.md",), str(tree), True).files}
    assert found == {"x/y/d.md": None, "x/y/gone.md": "unreadable_file"}


def test_a_pipe_is_refused_without_being_opened(tree: Path) -> None:
    os.mkfifo(tree / "x" / "pipe.md")
    refused = [file.uri for file in list_files((f"{tree}/x/*.md",), str(tree), True).files if file.refused == "unreadable_file"]
    assert refused == ["x/pipe.md"]


def test_a_name_that_is_not_utf8_is_refused_under_a_readable_name(tree: Path) -> None:
    Path(os.fsdecode(os.fsencode(tree) + b"/x/caf\xe9.md")).write_text("x")
    found = {file.uri: file.refused for file in list_files((f"{tree}/x/c*.md",), str(tree), True).files}
    assert found == {"x/c.md": None, "x/caf\\udce9.md": "unreadable_file"}


@pytest.mark.parametrize("path", ["none", "none/*.md", "x/none.md"])
def test_a_path_that_is_not_there_is_an_error(tree: Path, path: str) -> None:
    with pytest.raises(InputError, match="there is no"):
        names([path], tree)


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_listed_is_an_error(tree: Path) -> None:
    (tree / "x" / "y").chmod(0)
    with pytest.raises(InputError, match="cannot be listed"):
        names(["x"], tree)
    (tree / "x" / "y").chmod(0o755)


def test_uris_are_relative_to_the_root_and_full_outside_it(tree: Path) -> None:
    listing = list_files((f"{tree}/x/c.md", f"{tree}/a.md"), f"{tree}/x", False)
    assert {file.uri for file in listing.files} == {"c.md", f"{tree}/a.md".lstrip("/")}


def test_two_files_with_one_uri_are_an_error(tmp_path: Path) -> None:
    outside, root = tmp_path / "a.md", tmp_path / "root"
    inside = root / str(outside).lstrip("/")
    inside.parent.mkdir(parents=True)
    for path in (outside, inside):
        path.write_text("x")
    with pytest.raises(ConfigError, match="would both be called"):
        list_files((str(outside), str(inside)), str(root), False)


def test_stores_are_listed_like_folders(tree: Path) -> None:
    listing = list_files((f"file://{tree}/x/**/*.md",), f"file://{tree}", True)
    assert [(file.uri, file.byte_length) for file in listing.files] == [("x/[z].md", 8), ("x/c.md", 6), ("x/y/d.md", 8)]


@pytest.fixture
def store(tree: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The tree as a bucket: Arrow's view of a folder stands for an object store, which is real in tests/cluster."""
    buckets = fs.SubTreeFileSystem(str(tree.parent), fs.LocalFileSystem())
    monkeypatch.setattr(listing, "open_filesystem", lambda path: (buckets, path.removeprefix("s3a://")))
    return f"s3a://{tree.name}"


@pytest.mark.parametrize("pattern", ["x", "**/*.md", "*/*.md", "x/y/e?.txt", "x/y/e[!1].txt"])
def test_a_store_has_the_uris_of_a_folder_and_hidden_names_are_not_read(tree: Path, store: str, pattern: str) -> None:
    assert [file.uri for file in list_files((f"{store}/{pattern}",), store, True).files] == names([pattern], tree)


def test_a_store_is_read_below_the_root_only(tree: Path, store: str) -> None:
    found = list_files((f"{store}/x", f"{store}/a.md"), f"{store}/x/y", True).files
    refused = {file.uri.removeprefix(f"{tree.name}/") for file in found if file.refused == "outside_root"}
    assert (refused, {file.uri for file in found if not file.refused}) == (
        {"a.md", "x/[z].md", "x/c.md"},
        {"d.md", "e1.txt", "e2.txt"},
    )
    assert [file.uri for file in list_files((f"{store}/x/c.md",), f"{store}/x/c", False).files] == [f"{tree.name}/x/c.md"]
