"""A panel as it is now, as a page that needs nothing but itself: what its menu of downloads gives away."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench.i18n import text
from workbench.metrics.answer import code_version
from workbench.reports import export

if TYPE_CHECKING:
    from workbench.widgets.panel import Panel


def page(panel: Panel) -> bytes:
    """The report of a panel in its present state, language and colours, as one HTML file."""
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    shown = new_output("display_data", {"text/html": panel.to_html()})
    notebook = new_notebook(cells=[new_code_cell(outputs=[shown])])
    lang, version = panel.state.lang, panel.store.version
    zone = panel.store.settings.timezone
    made = export.made(dt.datetime.now(dt.UTC), version, code_version(), lang, zone)
    title = text(f"{panel.id}.title", lang)
    return export.page(notebook, title, made, lang, panel.state.theme).encode()
