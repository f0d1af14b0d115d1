"""Two documents beside each other."""

from typing import Any

from brickyard.report.differences import word_differences

_FACTS = ("doc_id", "source", "uri", "position", "char_count", "word_count", "copies", "cut")


def side_by_side(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """What is known of two loaded texts, and the differences of their words."""
    return {"left": facts(left), "right": facts(right), "pieces": word_differences(left["text"], right["text"])}


def facts(document: dict[str, Any]) -> dict[str, Any]:
    """All but the text."""
    return {name: document[name] for name in _FACTS}
