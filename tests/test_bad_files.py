"""More than forty kinds of bad files, ten of each, among good ones: each has its reason, and no byte is lost."""

from collections import Counter, defaultdict

import pytest
from brickyard.batch import list_batch, new_files, reading_of
from brickyard.config import load_config
from brickyard.data_files import read_data_files
from brickyard.stages.read import read_files
from brickyard.tables import FILES, RECORDS, SIGNATURES, TOMBSTONES

from tests import bad_files
from tests.tiny import frame_of

SEEDS = 10


@pytest.fixture(scope="module")
def read(spark, tmp_path_factory):
    """Uri -> what must come of it; records and refusals, as (uri, reason or None, byte_length)."""
    folder = tmp_path_factory.mktemp("bad")
    wanted = dict(bad_files.write(folder, kind, seed) for kind in bad_files.KINDS for seed in range(SEEDS))
    config = load_config(None, [f"input.root={folder}", f"input.paths={folder}", f"warehouse={folder}/.w"], {})
    batch = list_batch(spark, config)
    nothing = {table.name: frame_of(spark, table, []) for table in (RECORDS, SIGNATURES, TOMBSTONES, FILES)}
    files, records_folder = new_files(batch, nothing["files"]), f"{folder}/.w/records"
    result = read_files(
        nothing["records"], nothing["signatures"], nothing["tombstones"], files, reading_of(config), config.near_duplicates,
        batch.batch_id, False, False, records_folder,
    )  # fmt: skip
    written = read_data_files(spark, records_folder, result.frames[0], RECORDS.schema)
    records = [(row.uri, None, row.byte_length) for row in written.select("uri", "byte_length").collect()]
    refused = [tuple(row) for row in result.frames[1].select("uri", "reason", "byte_length").collect()]
    return folder, wanted, [*records, *refused]


def test_each_file_gives_its_records_and_its_reasons(read):
    _, wanted, found = read
    outcomes = defaultdict(Counter)
    for uri, reason, _ in found:
        outcomes[uri][reason or "record"] += 1
    expected = {uri: Counter({"record": bad.records, **bad.reasons}) for uri, bad in wanted.items()}
    assert len(bad_files.KINDS) >= 40
    assert len(wanted) == len(bad_files.KINDS) * SEEDS
    assert {uri: (+outcomes[uri], +expected[uri]) for uri in expected if +outcomes[uri] != +expected[uri]} == {}


def test_every_byte_of_plain_lines_is_in_a_record_in_quarantine_blank_or_a_newline(read):
    folder, wanted, found = read
    held = Counter()
    for uri, _, size in found:
        held[uri] += size
    for uri, bad in wanted.items():
        if bad.lines:
            content = (folder / uri).read_bytes()
            newline = "\n".encode({1: "utf-8", 2: "utf-16-le" if content[0] == 0xFF else "utf-16-be"}[bad.lines])
            blank = sum(len(line) for line in content.split(newline) if not line.strip()) if bad.lines == 1 else 0
            assert held[uri] + content.count(newline) * bad.lines + blank == len(content), uri
