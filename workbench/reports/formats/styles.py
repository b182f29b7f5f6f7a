"""Looks of a workbook: one format for each kind of cell and number, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from workbench.i18n import formats
from workbench.reports.formats.graphs import Graph
from workbench.reports.formats.look import Look

_FONTS = {"en": "Arial", "zh": "Microsoft YaHei"}
_QUIET, _RULE = "#667080", "#e3e6eb"
_STATUS = {"good": "#0a7a52", "bad": "#b3261e", "warn": "#8a5a00", "info": "#4d5663"}
_SERIES = ("#cf4a12", "#009e73", "#a8538b")
"""Colours of the second and further series; the first has the house's own."""
_MOST_DECIMALS = 4
_LINES = 340
"""Pixels of a chart of lines."""
_TIMES = {"hours": {"en": " h", "zh": " 小时"}, "minutes": {"en": " min", "zh": " 分钟"}}


@dataclass(frozen=True)
class Styles:
    """Formats of one workbook, each made once."""

    book: Any
    look: Look
    lang: str
    made: dict[tuple[str, bool], Any] = field(default_factory=dict)

    def of(self, kind: str, quoted: bool = False) -> Any:
        """The format of a kind of text; a `quoted` one stays a text when somebody edits the cell."""
        return self._made(kind, self._looks().get(kind, {}), quoted)

    def number(self, unit: str, currency: str, decimals: int, bold: bool = False, left: bool = False) -> Any:
        """The format of numbers of a unit, with as many decimals as the page shows."""
        code = self.code(unit, currency, decimals)
        looks = {"num_format": code, "bold": bold, "align": "left" if left else "right", "indent": 1}
        return self._made(f"{code}{bold}{left}", looks)

    def code(self, unit: str, currency: str, decimals: int) -> str:
        """Excel's own code of a number: its sign, its decimals, its unit."""
        places = "." + "0" * min(decimals, _MOST_DECIMALS) if decimals else ""
        if unit == "money":
            sign = formats.symbol(currency, self.lang).strip().replace('"', "")
            return f'"{sign}"#,##0{places};-"{sign}"#,##0{places}' if sign else f"#,##0{places}"
        if unit == "percent":
            return f"0{places}%"
        if unit == "change":
            return f"+0{places}%;-0{places}%;0{places}%"
        if unit == "points":
            words = "个百分点" if self.lang == "zh" else " pp"
            return f'+0{places}"{words}";-0{places}"{words}";0{places}"{words}"'
        if unit in _TIMES:
            return f'#,##0{places or ".0"}"{_TIMES[unit][self.lang]}"'
        return f"#,##0{places}"

    def series(self, graph: Graph, at: int) -> dict[str, Any]:
        """The look of one series of a chart."""
        colour = (self.look.accent, *_SERIES)[graph.columns.index(at)]
        if graph.kind == "line":
            return {"line": {"color": colour, "width": 2.25}}
        return {
            "fill": {"color": colour},
            "border": {"none": True},
            "gap": 60,
            "data_labels": {"value": True, "font": {"size": 9, "color": _QUIET}},
        }

    def frame(self, chart: Any, graph: Graph, title: str) -> None:
        """The chart around its series: quiet axes in the unit of its numbers, the largest member on top."""
        code = self.code(graph.unit, graph.currency, graph.decimals)
        font = {"name": _FONTS[self.lang], "size": 9, "color": _QUIET}
        name = {"name": _FONTS[self.lang], "size": 12, "color": self.look.ink}
        rules = {"visible": graph.kind == "line", "line": {"color": _RULE}}
        values = {"num_format": code, "num_font": font, "line": {"none": True}, "major_gridlines": rules}
        members = {"num_font": font, "line": {"color": _RULE}}
        chart.set_title({"name": title, "name_font": name, "overlay": False})
        if graph.kind == "line":
            chart.set_x_axis({**members, "date_axis": True, "num_format": self._day})
            chart.set_y_axis(values)
        else:
            chart.set_y_axis({**members, "reverse": True})
            chart.set_x_axis({**values, "visible": False})
        chart.set_legend({"position": "bottom", "font": font} if len(graph.columns) > 1 else {"none": True})
        chart.set_size({"width": 620, "height": _LINES if graph.kind == "line" else _bars(graph)})

    @property
    def _day(self) -> str:
        return 'yyyy"年"m"月"d"日"' if self.lang == "zh" else "d mmm yyyy"

    def _made(self, name: str, looks: dict[str, Any], quoted: bool = False) -> Any:
        if (name, quoted) not in self.made:
            base = {
                "font_name": _FONTS[self.lang],
                "font_size": 10,
                "font_color": self.look.ink,
                "valign": "top",
            }
            self.made[name, quoted] = self.book.add_format({**base, **looks, "quote_prefix": quoted})
        return self.made[name, quoted]

    def _looks(self) -> dict[str, dict[str, Any]]:
        head = {"bold": True, "font_color": "#ffffff", "bg_color": self.look.accent, "text_wrap": True}
        head["valign"] = "vcenter"
        return {
            "title": {"bold": True, "font_size": 20},
            "heading": {"bold": True, "font_size": 13, "font_color": self.look.accent},
            "quiet": {"font_color": _QUIET, "font_size": 9},
            "head": head,
            "head_beside": {**head, "align": "left", "indent": 1},
            "head_right": {**head, "align": "right", "indent": 1},
            "beside": {"align": "left", "indent": 1},  # without a side programs leave the indent out
            "wrapped": {"text_wrap": True, "align": "left", "indent": 1},
            "bold": {"bold": True, "text_wrap": True},
            "right": {"align": "right", "indent": 1},
            "date": {"num_format": self._day, "align": "left"},
            **{
                name: {
                    "bold": True,
                    "align": "right",
                    "indent": 1,
                    "text_wrap": True,
                    "font_color": colour,
                }
                for name, colour in _STATUS.items()
            },
        }


def _bars(graph: Graph) -> int:
    """Pixels of a chart of bars: many are thinner, so that a printed page takes them beside their table."""
    rows = len(graph.rows)
    return 110 + min(26 * rows * len(graph.columns), max(380, 16 * rows))
