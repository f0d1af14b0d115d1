"""The closed list of reasons: why a record was dropped, and why bytes could not become a record."""

DROP_STAGES = {
    "empty_text": "exact_duplicates",
    "exact_duplicate": "exact_duplicates",
    "near_duplicate": "near_duplicates",
    "semantic_duplicate": "semantic_duplicates",
}
"""Drop reason -> the stage that gives it."""

QUARANTINE_REASONS = {
    "bad_utf8": "the bytes are not valid in their encoding (UTF-8, or what the byte-order mark says)",
    "nul_byte": "the text holds a NUL character, plain or escaped",
    "lone_surrogate": "the JSON escapes half of a surrogate pair, which has no UTF-8 form",
    "json_malformed": "the line is not one JSON object",
    "json_too_deep": "the JSON is nested deeper than 512 levels",
    "text_missing": "the text field is absent or null",
    "text_not_string": "the text field is not a string",
    "id_missing": "`id_field` is configured and the record has no such id",
    "duplicate_id": "an earlier record has the same id and another text",
    "repeated_id": "an earlier record has the same id and the same text",
    "too_long": "the line or file is longer than `input.max_record_bytes`",
    "csv_malformed": "the row does not fit the header, or its quoting is broken",
    "truncated_stream": "the compressed stream ends early; `position` is where its last whole record ended",
    "corrupt_stream": "the compressed stream or the Parquet file is damaged from `position` on",
    "unreadable_file": "the file cannot be opened or read",
    "taken_down": "the record was taken down (`brickyard take-down`) and does not come back; neither text nor digest is kept",
    "outside_root": "the file is a link that leads out of the allowed root",
}
"""Quarantine reason -> what it means, for the README and for people who read the table."""
