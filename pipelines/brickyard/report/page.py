"""The page: one HTML file that holds its numbers, its code and its plots' library, and asks the network for nothing."""

import base64
import hashlib
import html
import json
import re
from importlib.resources import files

from plotly.offline import get_plotlyjs

from brickyard.report.numbers import Numbers


def render_page(numbers: Numbers) -> str:
    """The file's text, for the report of a release."""
    title = f"Brickyard release {numbers['release']['release_id']}"
    return assemble(title, numbers, read_asset(__package__, "page.js"))


def assemble(title: str, numbers: object, program: str) -> str:
    """A page that draws `numbers` by `program`, which follows what all pages have in common.

    Scripts run by their digest only, so that nothing in a text could ever run as one.
    """
    library, program = _unix_lines(get_plotlyjs()), _unix_lines(read_asset(__package__, "common.js") + program)
    parts = {
        "title": html.escape(title),
        "policy": content_policy(library, program),
        "style": read_asset(__package__, "page.css"),
        "numbers": as_script_json(numbers),
        "library": library,
        "program": program,
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda place: parts[place[1]], read_asset(__package__, "page.html"))


def content_policy(*scripts: str) -> str:
    """Forbid everything but these scripts, styles of the page's own, and images within it."""
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    nothing = "default-src 'none'; base-uri 'none'; form-action 'none'"
    return f"{nothing}; script-src {allowed}; style-src 'unsafe-inline'; img-src data:"


def as_script_json(value: object) -> str:
    """JSON that cannot end the element it stands in: no `<`, `>` or `&`, and nothing but ASCII."""
    text = json.dumps(value, allow_nan=False, ensure_ascii=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def read_asset(package: str, name: str) -> str:
    """A file that lies beside a package's modules."""
    return files(package).joinpath(name).read_text(encoding="utf-8")


def _unix_lines(script: str) -> str:
    """As a browser reads it before it takes the digest."""
    return script.replace("\r\n", "\n").replace("\r", "\n")
