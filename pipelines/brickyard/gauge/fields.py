"""Fields that records bring along: `metadata` holds them as JSON."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def filled(column: Column) -> Column:
    """The column, null where it is blank: files without nulls have empty cells."""
    return F.when(F.trim(column) != "", column)


def field_of(metadata: Column, name: str) -> Column:
    """A field of `records.metadata` as a string, null if it is not there; a dot steps into an object, as in input fields."""
    fields = F.from_json(metadata, "map<string,string>")
    found = fields[name]
    if "." not in name:
        return found
    first, rest = name.split(".", 1)
    return F.coalesce(found, field_of(fields[first], rest))
