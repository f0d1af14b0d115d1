"""The file: nothing of the corpus can run or reach the network, and it stays small."""

import base64
import hashlib
import json
from html.parser import HTMLParser

from brickyard.report.page import as_script_json

from tests.report.conftest import HOSTILE


class _Elements(HTMLParser):
    """All elements of a page, and what its scripts hold."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict]] = []
        self.scripts: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data


def elements_of(text: str) -> _Elements:
    parser = _Elements()
    parser.feed(text)
    return parser


def test_hostile_text_is_on_the_page_as_text_only(paged) -> None:
    page = paged.page.read_text()
    shown = json.dumps(paged.numbers["largest"])
    assert json.dumps(HOSTILE[:30])[1:-1] in shown  # so that there is something to fear
    assert "onerror=alert(1)" in shown
    elements = elements_of(page).elements
    assert [attributes.get("id") for tag, attributes in elements if tag == "script"] == ["numbers", None, None]
    assert not [tag for tag, _ in elements if tag in ("img", "b", "iframe", "object", "link", "form")]
    assert not [key for _, attributes in elements for key in attributes if key.startswith("on") or key == "src"]


def test_the_json_of_a_script_holds_no_markup_and_says_the_same() -> None:
    written = as_script_json({"text": HOSTILE, "half a pair": "\ud800"})
    assert not set(written) & set("<>&\u2028\ud800")
    assert json.loads(written) == {"text": HOSTILE, "half a pair": "\ud800"}


def test_the_policy_names_the_two_scripts_and_forbids_the_rest(paged) -> None:
    found = elements_of(paged.page.read_text())
    (policy,) = [one["content"] for tag, one in found.elements if tag == "meta" and "http-equiv" in one]
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in found.scripts[1:]]
    assert rules["script-src"].split() == [f"'sha256-{digest}'" for digest in digests]
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    assert {**rules, "style-src": "", "img-src": ""}.keys() == rules.keys()
    assert (rules["style-src"], rules["img-src"]) == ("'unsafe-inline'", "data:")


def test_the_numbers_are_small_beside_the_library(paged) -> None:
    assert len(as_script_json(paged.numbers)) < 400_000
