"""What the menu of downloads gives: every answer as CSV and XLSX, every chart as PNG and SVG, the report."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.i18n import text
from workbench.tables.controls import button
from workbench.tables.html import Html, join, tag
from workbench.widgets.scene import File, Scene
from workbench.widgets.traits import StateError

if TYPE_CHECKING:
    from workbench.charts import Chart
    from workbench.widgets.panel import Panel

CSV, HTML, SVG = "text/csv;charset=utf-8", "text/html;charset=utf-8", "image/svg+xml"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALL, REPORT = "all", "report"
LONGEST_NAME = 100
"""Letters of a file's name before its ending."""
_RESERVED = '<>:"/\\|?*%'
"""Signs that a system keeps for itself in names of files."""
WIDTH = 960
"""Pixels that the picture of a chart is wide; a PNG has twice as many."""
REPORTS = "workbench.reports.single"
"""Who makes a page that needs nothing but itself: a room above this one, so it is found when asked."""


def sheet(scene: Scene) -> Html:
    """What the menu opens; the page itself adds the charts that it shows."""
    tables = [name for name, found in scene.found.items() if hasattr(found, "to_csv")]
    lines = [_line(scene, scene.say(f"csv_{name}"), name, ("csv", "xlsx")) for name in tables]
    lines += [
        tag("li", button(scene.say(f"file_{name}"), "download", name, class_="wb-link"))
        for name in scene.files
    ]
    whole = [_line(scene, scene.shell("download_all"), ALL, ("xlsx",))] if len(tables) > 1 else []
    report = _line(scene, scene.shell("download_report"), REPORT, ("html",))
    return join(
        bool(lines) and tag("p", scene.shell("download_tables"), class_="wb-minor"),
        bool(lines) and tag("ul", *lines, *whole, class_="wb-plain wb-takes"),
        tag("p", scene.shell("download_charts"), class_="wb-minor", hidden=True),
        tag("ul", class_="wb-plain wb-takes", data_pictures="png svg", data_words=scene.shell("take")),
        tag("p", scene.shell("download_page"), class_="wb-minor"),
        tag("ul", report, class_="wb-plain wb-takes"),
    )


def file(panel: Panel, key: str) -> File:
    """The file that a page asks for, such as `kpis.csv` (or `kpis`), `all.xlsx`, `trend.png`, `report.html`.

    Raises:
        StateError: for a name or form that the panel does not have now.
        WorkbenchError: what the question of the answer raised.
    """
    name, _, form = key.partition(".")
    make = {"": _csv, "csv": _csv, "xlsx": _xlsx, "png": _picture, "svg": _picture, "html": _page}.get(form)
    if make is None or (form == "html" and name != REPORT):
        raise StateError(text("shell.not_understood", panel.state.lang))
    return make(panel, name, form)


def plain_name(name: str) -> str:
    """A file's name that every system takes and that looks like what it is: names of people may be in it.

    Args:
        name: The name, with its ending.
    """
    stem, dot, ending = name.rpartition(".")
    signs = "".join(sign if sign.isprintable() and sign not in _RESERVED else "_" for sign in stem)
    return f"{signs[:LONGEST_NAME].strip(' .') or '_'}{dot}{ending}"


def _line(scene: Scene, words: str, name: str, forms: tuple[str, ...]) -> Html:
    """One thing, and a button for each of its forms."""
    buttons = [
        button(form.upper(), "download", f"{name}.{form}", class_="wb-btn wb-form",
               aria_label=scene.shell("take", name=words, form=form.upper()))
        for form in forms
    ]  # fmt: skip
    return tag("li", tag("span", words), *buttons)


def _csv(panel: Panel, name: str, _form: str) -> File:
    answer = _answer(panel, name)
    stem = f"{panel.id}-{name}-{_time_of(answer, panel.store.version)}"
    return File(f"{stem}.csv", CSV, answer.to_csv(), len(exports.table_of(answer.to_csv)))


def _xlsx(panel: Panel, name: str, _form: str) -> File:
    """One answer as a sheet, or all of them, with the rows and columns of their CSV."""
    names = _tables(panel) if name == ALL else [name]
    if not names:
        raise StateError(text("shell.not_understood", panel.state.lang))
    sheets = {_words(panel, item): exports.table_of(_answer(panel, item).to_csv) for item in names}
    last = _time_of(_answer(panel, names[0]), panel.store.version)
    return File(f"{panel.id}-{name}-{last}.xlsx", XLSX, exports.xlsx(sheets), exports.rows(sheets))


def _picture(panel: Panel, name: str, form: str) -> File:
    """A chart on a light card, as wide as a page."""
    charts: dict[str, Chart] = {}
    for region in panel.draw(live=not panel.withholds).values():
        charts |= region.charts
    if name not in charts:
        raise StateError(text("shell.not_understood", panel.state.lang))
    chart = charts[name]
    content = chart.to_png(width=WIDTH) if form == "png" else chart.to_svg(width=WIDTH).encode()
    stem = f"{panel.id}-{name}-v{panel.store.version}"
    return File(f"{stem}.{form}", SVG if form == "svg" else "image/png", content, len(chart.data))


def _page(panel: Panel, _name: str, _form: str) -> File:
    content = import_module(REPORTS).page(panel)
    return File(f"{panel.id}-v{panel.store.version}.html", HTML, content, 0)


def _tables(panel: Panel) -> list[str]:
    """The answers that are tables, of those that the page shows by now."""
    return [name for name, found in panel.answered().items() if hasattr(found, "to_csv")]


def _answer(panel: Panel, name: str) -> Any:
    found = panel.answer(name)
    if not hasattr(found, "to_csv"):
        raise StateError(text("shell.not_understood", panel.state.lang))
    return found


def _words(panel: Panel, name: str) -> str:
    return text(f"{panel.id}.csv_{name}", panel.state.lang)


def _time_of(answer: Any, version: int) -> str:
    """The days of an answer, or the data version of one without days."""
    period = getattr(answer, "period", None)
    return f"{period.start}_{period.end}" if period else f"v{version}"
