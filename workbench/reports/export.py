"""An executed notebook becomes one HTML file that needs nothing but itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import workbench
from workbench import i18n
from workbench.widgets import assets
from workbench.widgets.figures import MIME

if TYPE_CHECKING:
    from nbformat import NotebookNode

TEMPLATES = Path(__file__).with_name("template")
MAIL_LIMIT_MB = 3.0
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'"
)
"""No address of any network is allowed; what is inline and what is inlined may run."""
_BOOT = "workbenchBoot();\n"
_LOADERS = {"src", "srcset", "data", "poster", "background", "action", "formaction"}
_LOADING_LINKS = {"stylesheet", "preload", "modulepreload", "icon", "manifest", "prefetch"}
_OUTSIDE = re.compile(r"^\s*(?:https?:|wss?:|//)", re.IGNORECASE)
_OUTSIDE_CSS = re.compile(r"(?:url\(|@import)\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Check:
    """One check of a finished page.

    Attributes:
        name: `size`, `external`, `charts`, `error` or `data`.
        passed: Whether it is as it should be.
        value: What was measured: bytes, a count, or the data version.
        sentence: What is wrong, in the report's language; empty when it passed.
    """

    name: str
    passed: bool
    value: int
    sentence: str = ""


def page(
    notebook: NotebookNode,
    title: str,
    made: str,
    lang: str,
    theme: str = "auto",
    moved: Sequence[str] = (),
    css: str = "",
    top: str = "",
) -> str:
    """Render an executed notebook as one self-contained HTML file.

    Args:
        notebook: Executed; `text/html` outputs are taken as they are, code is left out.
        title: Of the page.
        made: Footer: when it was made and from which data.
        lang: `en` or `zh`.
        theme: `auto`, `light` or `dark`.
        moved: Sentences on figures that an earlier report said otherwise.
        css: Further style, after the page's own.
        top: Markup above the report, such as a logo.
    """
    words = {
        "html_lang": "zh-CN" if lang == "zh" else lang,
        "theme": theme,
        "policy": POLICY,
        "generator": f"ad-crm-workbench {workbench.__version__}",
        "title": title,
        "made": made,
        "figures": MIME,
        "moved_title": i18n.text("reports.moved_title", lang),
        "moved": moved,
        "needs_script": i18n.text("reports.needs_script", lang),
        "css": assets.css() + (TEMPLATES / "report.css").read_text(encoding="utf-8") + css,
        "top": top,
        "scripts": _scripts(notebook),
    }
    html, _ = _exporter().from_notebook_node(notebook, {"workbench": words})
    return str(html)


@cache
def _exporter() -> Any:
    """The exporter, with its template compiled once; one a report would pile up in memory."""
    from nbconvert.exporters import TemplateExporter

    return TemplateExporter(
        template_name="workbench",
        file_extension=".html",
        output_mimetype="text/html",
        extra_template_basedirs=[str(TEMPLATES)],
    )


def checks(html: str, lang: str) -> tuple[Check, ...]:
    """What a finished page must keep: small, alone, with its charts and without an error."""
    reader = _Reader()
    reader.feed(html)
    outside, size = reader.outside, len(html.encode())
    mega = f"{size / 1e6:.1f}"
    return (
        _check("size", size <= MAIL_LIMIT_MB * 1e6, size, lang, size=mega, limit=MAIL_LIMIT_MB),
        _check("external", not outside, len(outside), lang, count=len(outside), first=(*outside, "")[0]),
        _check("charts", bool(reader.charts or not reader.panels), reader.charts, lang),
        _check("error", not reader.errors, reader.errors, lang),
    )


def _check(name: str, passed: bool, value: int, lang: str, **values: object) -> Check:
    return Check(name, passed, value, "" if passed else i18n.text(f"reports.check_{name}", lang, **values))


def _scripts(notebook: NotebookNode) -> list[str]:
    html = "".join(
        output.data.get("text/html", "")
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        if "data" in output
    )
    boot = [assets.chart_js() + assets.panel_js()] if "wb-panel" in html else []
    vega = [assets.vega_bundle()] if "data-chart" in html else []
    last = [assets.paper_js(), _BOOT] if boot else [assets.paper_js()]
    return [script.replace("</script", "<\\/script") for script in (*vega, *boot, *last)]


class _Reader(HTMLParser):
    """Counts panels with charts, charts and error regions; collects addresses that a page would load."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.outside: list[str] = []
        self.panels = self.charts = self.errors = 0
        self._style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = given.get("class", "").split()
        self.panels += "wb-panel" in classes and "data-plain" not in given
        self.charts += "data-chart" in given
        self.errors += "wb-broken" in classes
        self._style = tag == "style"
        self._collect(given.get("style", ""))
        for name, value in given.items():
            loads = name in _LOADERS or (name == "href" and _loads(tag, given))
            if loads and _OUTSIDE.match(value):
                self.outside.append(value.strip())

    def handle_data(self, data: str) -> None:
        if self._style:
            self._collect(data)

    def handle_endtag(self, _tag: str) -> None:
        self._style = False

    def _collect(self, css: str) -> None:
        self.outside += _OUTSIDE_CSS.findall(css)


def _loads(tag: str, given: dict[str, str]) -> bool:
    rel = set(given.get("rel", "").lower().split())
    return tag in ("base", "image", "use") or (tag == "link" and bool(rel & _LOADING_LINKS))


def made(moment: dt.datetime, version: int, code: str, lang: str, zone: str = "") -> str:
    """The footer's sentence: when, from which data version and by which code.

    Args:
        moment: When, with its zone.
        version: Of the data.
        code: Version of the code.
        lang: `en` or `zh`.
        zone: Time zone that the moment is told in (IANA name); empty: UTC.
    """
    from babel.dates import format_datetime

    local = moment.astimezone(ZoneInfo(zone or "UTC"))
    when = f"{format_datetime(local, 'medium', locale=i18n.LOCALES[lang])} {zone or 'UTC'}"
    return i18n.text("reports.made", lang, when=when, version=version, code=code)
