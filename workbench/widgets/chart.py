"""`ChartWidget`: one chart in a notebook that is redrawn in place."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import anywidget
import traitlets

from workbench.charts import Chart
from workbench.tables.html import Html, tag
from workbench.widgets import assets
from workbench.widgets.panel import is_live

LOG = logging.getLogger("workbench.widgets")

_PARTS = {"spec": dict, "data": list, "alt": str, "height": int}

# The Vega bundle is asked for once a page, and only where the page does not bring it already.
_MODULE = """
const asked = (model) => new Promise((resolve) => {
  const hear = (message) => {
    if (message?.type !== "vega") return;
    model.off("msg:custom", hear);
    resolve(message.text);
  };
  model.on("msg:custom", hear);
  model.send({ type: "vega" });
});

export default {
  async render({ model, el }) {
    el.classList.add("wb");
    let mounted = null;
    const redraw = () => mounted?.update(model.get("chart"));
    model.on("change:chart", redraw);
    const select = (event) => model.send({ type: "select", row: event.detail });
    el.addEventListener("wb-select", select);
    const first = model.get("chart");
    mounted = await mountChart(el, first, { request: () => asked(model) });
    if (model.get("chart") !== first) redraw();
    return () => { model.off("change:chart", redraw); mounted.destroy(); };
  },
};
"""


class ChartWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """Shows a chart in JupyterLab or Voila; the same kind of chart is then redrawn in place.

    A browser cannot change it: it only asks for the Vega bundle and says which row was chosen.

    Args:
        chart: The chart to show.

    Attributes:
        chart: What is shown, as `Chart.to_dict()` gives it; assign a chart to redraw.
        selected: Row that was clicked last; observe it to follow.

    Raises:
        TraitError: for a value that is no chart.
    """

    _esm = assets.chart_js() + _MODULE
    _css = assets.tokens_css() + assets.chart_css()

    chart = traitlets.Dict().tag(sync=True)
    selected = traitlets.Dict()

    def __init__(self, chart: Chart | Mapping[str, Any]) -> None:
        super().__init__(chart=_plain(chart))
        self.on_msg(self._hear)

    def update(self, chart: Chart | Mapping[str, Any]) -> None:
        """Show another chart in the same place."""
        self.chart = _plain(chart)

    def to_html(self) -> str:
        """A fragment for a report: a picture that comes to life where the page carries the boot script."""
        shown = Chart(**self.chart)
        data = json.dumps({"chart": self.chart}, ensure_ascii=False, separators=(",", ":"))
        safe = data.replace("<", "\\u003c")
        script = Html(f'<script type="application/json" class="wb-charts">{safe}</script>')
        figure = tag("figure", Html(shown.to_svg()), data_chart="chart", aria_label=shown.alt)
        return tag("div", figure, script, class_="wb wb-panel", data_live=False)

    def set_state(self, sync_data: Any) -> None:
        """Refuse every state a browser sends."""
        LOG.warning("A page tried to set %s; refused.", ", ".join(map(str, sync_data)))

    @traitlets.validate("chart")  # type: ignore[untyped-decorator]
    def _checked(self, proposal: Any) -> dict[str, Any]:
        chart = proposal["value"]
        wrong = [name for name, kind in _PARTS.items() if not isinstance(chart.get(name), kind)]
        if wrong or set(chart) - set(_PARTS):
            raise traitlets.TraitError(
                f"This is no chart: {', '.join(wrong) or 'too many parts'}. "
                "Pass a Chart, for example workbench.charts.trend(answer)."
            )
        return dict(chart)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict):
            return
        if content.get("type") == "vega":
            self.send({"type": "vega", "text": assets.vega_bundle()})
        elif content.get("type") == "select" and isinstance(content.get("row"), dict):
            self.selected = content["row"]

    def _repr_mimebundle_(self, **options: Any) -> Any:
        if is_live():
            return super()._repr_mimebundle_(**options)
        return {"text/html": self.to_html(), "text/plain": self.chart["alt"]}


def _plain(chart: Chart | Mapping[str, Any]) -> dict[str, Any]:
    return chart.to_dict() if isinstance(chart, Chart) else dict(chart)
