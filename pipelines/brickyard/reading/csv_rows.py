"""CSV: a row is a record, its position the number of the row below the header, from 0."""

import csv
from collections.abc import Iterator

from brickyard.reading.decoding import decode
from brickyard.reading.fields import Fields, as_text, take_fields
from brickyard.reading.rows import BadText, Blank, Record, Refused, refuse


class _Feed:
    """Decoded lines for the csv module; remembers the bytes behind the row under way."""

    def __init__(self, lines: Iterator[tuple[int, bytes | Refused]], mark: int, encoding: str, limit: int) -> None:
        self.lines, self.mark, self.encoding, self.limit = lines, mark, encoding, limit
        self.raw: list[bytes] = []
        self.newline = "\n".encode(encoding)
        self.length = -len(self.newline)
        self.refused: Refused | None = None

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        position, line = next(self.lines)
        if isinstance(line, Refused):
            self.refused = line
            raise csv.Error(line.reason)
        line = line if position else line[self.mark :]
        self.raw.append(line)
        self.length += len(self.newline) + len(line)
        if self.length > self.limit:
            raise csv.Error("too_long")
        return line.decode(self.encoding, "backslashreplace") + "\n"  # never fails; a whole row is decoded strictly

    def take(self) -> bytes:
        data = self.newline.join(self.raw)
        self.raw, self.length = [], -len(self.newline)
        return data


def parse_csv(
    lines: Iterator[tuple[int, bytes | Refused]],
    fields: Fields,
    delimiter: str,
    header: tuple[str, ...] | None,
    limit: int,
    encoding: str = "utf-8",
    mark: int = 0,
) -> Iterator[Record | Refused | Blank]:
    """A record, a note or a blank for each row; without `header`, the first row names the columns."""
    csv.field_size_limit(4 * limit)  # in characters, four for a byte that does not decode; the feed holds to the limit
    feed = _Feed(lines, mark, encoding, limit)
    number = 0
    for row, data, problem in _rows(feed, delimiter):
        if header is None and problem is None and row:
            header = tuple(row)
        elif problem is None and not row:
            yield Blank(number)
        else:
            yield _row(number, row, data, problem, header or (), fields, encoding)
            number += 1


def _rows(feed: _Feed, delimiter: str) -> Iterator[tuple[list[str], bytes, Refused | str | None]]:
    """(row, its bytes, what is wrong); after a broken row reading goes on with the next line."""
    reader = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            refused, feed.refused = feed.refused, None
            if feed.raw:
                yield [], feed.take(), "too_long" if str(error) == "too_long" and refused is None else "csv_malformed"
            if refused is not None:
                yield [], b"", refused
            reader = csv.reader(feed, delimiter=delimiter, strict=True)
            continue
        yield row, feed.take(), None


def _row(
    number: int,
    row: list[str],
    data: bytes,
    problem: Refused | str | None,
    header: tuple[str, ...],
    fields: Fields,
    encoding: str,
) -> Record | Refused:
    if isinstance(problem, Refused):
        return problem._replace(position=number)
    try:
        if problem or len(row) != len(header):
            raise BadText(problem or "csv_malformed")
        decode(data, encoding)
        text, external_id, label, rest = take_fields(dict(zip(header, row, strict=True)), fields)
        return Record(number, len(data), text, external_id, label, as_text(rest) if rest else None)
    except BadText as bad:
        return refuse(number, data, bad.reason)
