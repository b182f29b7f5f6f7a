"""`Chart`: a Vega-Lite spec, its rows and a sentence that says what is seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.charts import theme as look
from workbench.i18n import text


@dataclass(frozen=True)
class Chart:
    """A chart that any front end can draw.

    Attributes:
        spec: Vega-Lite 6 without data and height; colours are design tokens (`"$c1"`). Charts with
            equal specs differ in data only, and a browser redraws them in place.
        data: Rows of the one data source, called `data`.
        alt: What is seen, as a sentence, for those who do not see it.
        height: Pixels, axes included.
    """

    spec: dict[str, Any]
    data: list[dict[str, Any]] = field(repr=False)
    alt: str
    height: int

    def to_dict(self) -> dict[str, Any]:
        """The chart as JSON-ready values, as `mountChart` takes it."""
        return {"spec": self.spec, "data": self.data, "alt": self.alt, "height": self.height}

    def to_vegalite(self, theme: str = "light", width: int | str = 640) -> dict[str, Any]:
        """A complete Vega-Lite spec with data, colours of `theme`, and a width in pixels (or `container`)."""
        spec: dict[str, Any] = look.resolve(self.spec, theme)
        spec["data"] = {**spec["data"], "values": self.data}
        return {**spec, "width": width, "height": self.height, "description": self.alt}

    def to_altair(self, theme: str = "light") -> Any:
        """The chart as an Altair object, to be changed by hand in a notebook."""
        import altair

        return altair.Chart.from_dict(self.to_vegalite(theme))

    def to_svg(self, theme: str = "light", width: int = 640) -> str:
        """The chart drawn as SVG text, `width` pixels wide."""
        import vl_convert

        return str(vl_convert.vegalite_to_svg(self.to_vegalite(theme, width)))

    def to_png(
        self, path: str | Path | None = None, theme: str = "light", scale: float = 2, width: int = 640
    ) -> bytes:
        """The chart drawn as PNG on the card colour of `theme`; also written to `path` when given.

        Chinese text needs a CJK font on the machine that draws (for example Noto Sans CJK).
        """
        import vl_convert

        spec = self.to_vegalite(theme, width)
        spec["background"] = look.tokens(theme)["card"]
        picture = bytes(vl_convert.vegalite_to_png(spec, scale=scale))
        if path is not None:
            Path(path).write_bytes(picture)
        return picture

    def _repr_svg_(self) -> str:
        return self.to_svg()


def empty(lang: str, height: int, sentence: str = "") -> Chart:
    """A chart-shaped sentence for an answer without rows, as high as the chart would be."""
    message = sentence or text("charts.empty", lang)
    mark = {"type": "text", "color": "$ink-3", "fontSize": 13, "align": "center"}
    spec = look.base() | {
        "mark": mark | {"x": {"expr": "width / 2"}, "y": {"expr": "height / 2"}},
        "encoding": {"text": {"field": "message", "type": "nominal"}},
    }
    return Chart(spec, [{"message": message}], message, height)
