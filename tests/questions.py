"""All files of `sql/`, with values that have an answer in a given release."""

from pathlib import Path

from brickyard.catalog import find_release
from brickyard.duck import connect, run_query
from brickyard.statements import load_query

FILES = sorted((Path(__file__).parent.parent / "sql").glob("*.sql"))

_VALUES = """
SELECT
  (SELECT uri FROM brickyard.records ORDER BY record_id LIMIT 1),
  (SELECT doc_id FROM brickyard.curated ORDER BY weight DESC, doc_id LIMIT 1),
  coalesce((SELECT run_id FROM brickyard.stage_metrics ORDER BY run_id LIMIT 1), 'none'),
  (SELECT word FROM (SELECT unnest(string_split(text, ' ')) AS word FROM brickyard.curated ORDER BY weight DESC, doc_id LIMIT 1)
   WHERE length(word) > 3 ORDER BY word LIMIT 1)
"""


def questions(warehouse: str) -> dict[str, tuple[str, dict[str, str]]]:
    """Name of a file -> its statement and the values of its parameters."""
    with connect(warehouse, find_release(warehouse)) as connection:
        ((uri, heaviest, run_id, word),) = run_query(connection, _VALUES, {})[1]
    given = {"why_dropped": {"id": uri}, "group_members": {"id": heaviest}, "file_records": {"uri": uri},
             "stage_times": {"run_id": run_id}, "search": {"text": word}}  # fmt: skip
    return {file.stem: load_query(str(file), given.get(file.stem, {})) for file in FILES}
