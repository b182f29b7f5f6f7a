"""A schedule: windows of the week, campaign by campaign, and what they bring."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.i18n import formats, text
from workbench.schedules.rules import Rules
from workbench.solvers.forms import Floats
from workbench.solvers.plan import figure, plain

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Window:
    """Hours of a weekday in which a campaign spends at one level.

    Attributes:
        campaign: The values that name the campaign.
        weekday: 0 is Monday.
        start_hour: First hour, on the account's clock. end_hour: The hour at which it ends; 24 is midnight.
        spend: Currency units a week.
        multiplier: Of the bid, or of the campaign's level; 1 is the campaign's own.
    """

    campaign: tuple[Any, ...]
    weekday: int
    start_hour: float
    end_hour: float
    spend: float
    multiplier: float


@dataclass(frozen=True, eq=False)
class Schedule:
    """The answer of `schedules.compress`.

    Attributes:
        by: Columns that name a campaign.
        windows: In order of campaign, weekday and hour.
        rules: What the platform takes.
        response: What the windows bring a week. planned: What the plan would, hour by hour.
        budget: Currency units a week.
        hours: Spend of each hour, shape (campaigns, 168). names: The campaigns.
    """

    by: tuple[str, ...]
    windows: tuple[Window, ...]
    rules: Rules
    response: float
    planned: float
    budget: float
    hours: Floats = field(repr=False)
    names: tuple[tuple[Any, ...], ...] = field(repr=False)

    @property
    def lost(self) -> float:
        """Response a week that the windows lose against the plan."""
        return self.planned - self.response

    @property
    def lost_share(self) -> float:
        """The same as a share of the plan's response."""
        return self.lost / self.planned if self.planned else 0.0

    def to_frame(self) -> pd.DataFrame:
        """One row a window: `by`, `weekday`, `start_hour`, `end_hour`, `spend`, `multiplier`."""
        import pandas as pd

        columns = [*self.by, "weekday", "start_hour", "end_hour", "spend", "multiplier"]
        rows = [
            (*item.campaign, item.weekday, item.start_hour, item.end_hour, item.spend, item.multiplier)
            for item in self.windows
        ]
        return pd.DataFrame(rows, columns=columns)

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The windows as CSV that no spreadsheet runs; also written to `path` when given."""
        return exports.csv(self.to_frame(), path)

    def to_xlsx(self, path: str | Path | None = None) -> bytes:
        """A workbook: the windows, the spend of each hour, and what the schedule says of itself."""
        import pandas as pd

        about = {name: getattr(self, name) for name in ("budget", "response", "planned", "lost_share")}
        about |= {
            "platform": self.rules.name,
            "sentence": self.sentence(),
            "sentence_zh": self.sentence("zh"),
        }
        hours = pd.DataFrame(
            [(*name, hour, float(own[hour])) for name, own in zip(self.names, self.hours, strict=True)
             for hour in range(len(own))],
            columns=[*self.by, "hour_of_week", "spend"],
        )  # fmt: skip
        said = pd.DataFrame(list(about.items()), columns=["what", "value"])
        return exports.xlsx({"windows": self.to_frame(), "hours": hours, "about": said}, path)

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain values."""
        rows = self.to_frame().to_dict("records")
        found = {
            name: getattr(self, name) for name in ("response", "planned", "lost", "lost_share", "budget")
        }
        return {"windows": plain(rows), "rules": plain(asdict(self.rules)), **plain(found)}

    def sentence(self, lang: str = "en") -> str:
        """How many windows, and what they lose."""
        return text(
            "schedules.result",
            lang,
            windows=len(self.windows),
            lost=figure(max(self.lost, 0.0), lang),
            share=formats.percent(max(self.lost_share, 0.0), lang, 2),
        )

    def _repr_html_(self) -> str:
        table = self.to_frame().to_html(index=False, max_rows=20)
        return f'<div class="wb-plan"><p>{escape(self.sentence())}</p>{table}</div>'
