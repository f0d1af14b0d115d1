"""The gauge's page: one HTML file whose every number is a row of the `gauge_*` tables."""

from collections.abc import Mapping

from brickyard.gauge.axes import AXES, HEAT_MAPS
from brickyard.gauge.plan import SECTIONS
from brickyard.releases import Release
from brickyard.report.page import assemble, read_asset
from brickyard.tables import GAUGE_FIGURES, GAUGE_FINDINGS, GAUGE_POINTS, Table


def render_page(release: Release, rows: Mapping[Table, list[tuple]]) -> str:
    """The file's text, from the rows as the tables hold them."""
    numbers = {
        "release": {"release_id": release.release_id, "published_at": f"{release.published_at:%Y-%m-%d %H:%M} UTC",
                    "code_version": release.code_version},
        "sections": [{"name": one.name, "title": one.title, "question": one.question} for one in SECTIONS],
        "axes": AXES,
        "heat_maps": HEAT_MAPS,
        **{name: _named(table, rows[table]) for name, table in _SHOWN.items()},
    }  # fmt: skip
    return assemble(f"Brickyard gauge of release {release.release_id}", numbers, read_asset(__package__, "page.js"))


_SHOWN = {"figures": GAUGE_FIGURES, "points": GAUGE_POINTS, "findings": GAUGE_FINDINGS}


def _named(table: Table, rows: list[tuple]) -> list[dict]:
    return [dict(zip(table.schema.names, row, strict=True)) for row in rows]
