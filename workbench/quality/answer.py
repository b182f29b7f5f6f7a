"""The answer of a review of the data: a status, and one sentence with an action for each thing found."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, Any

from workbench.i18n import formats, text
from workbench.sources.review import STATUSES, Finding, Status

if TYPE_CHECKING:
    import pandas as pd

AREAS = ("imports", "rows", "sums", "freshness", "gaps", "duplicates", "currency", "clock")
"""What is looked at, in order."""


@dataclass(frozen=True)
class Item:
    """One thing to know.

    Attributes:
        area: One of `AREAS`.
        finding: Status, sentence and action; `told(lang)` has them in either language.
        where: File or account it is about; empty: the workspace.
        import_id: Key of the import it is about; empty where it is about none.
    """

    area: str
    finding: Finding
    where: str = ""
    import_id: str = ""

    @property
    def status(self) -> Status:
        """`PASS`, `REVIEW` or `FAIL`."""
        return self.finding.status

    def sentence(self, lang: str) -> str:
        """What is so, and where."""
        days = {
            name: formats.date(value, lang)
            for name, value in self.finding.values.items()
            if isinstance(value, dt.date)
        }
        told = replace(self.finding, values={**self.finding.values, **days}).told(lang)[0]
        return f"{self.where}{'：' if lang == 'zh' else ': '}{told}" if self.where else told

    def action(self, lang: str) -> str:
        """What to do; empty where nothing is."""
        return self.finding.told(lang)[1]


@dataclass(frozen=True)
class DataReview:
    """What a workspace's data is worth.

    Attributes:
        status: `PASS`: nothing is odd; `REVIEW`: the figures stand, look at the items; `FAIL`: do not
            report on it before the items are settled.
        items: What was found, the worst first; an area in which all is well has one `PASS`.
        as_of: Last day that has data; None for an empty workspace.
        moving_until: Day on which the last of the data is final; None where it is, or there is none.
        today: Day against which freshness was judged.
        data_version: Version of the store.
        lang: Language of `_repr_html_` and `str`.
    """

    status: Status
    items: tuple[Item, ...]
    as_of: dt.date | None
    moving_until: dt.date | None
    today: dt.date
    data_version: int
    lang: str = "en"

    def to_frame(self) -> pd.DataFrame:
        """The items: `area`, `status`, `where`, `sentence`, `action`, `import_id`."""
        import pandas as pd

        rows = [
            (item.area, item.status, item.where, *item.finding.told(self.lang), item.import_id)
            for item in self.items
        ]
        return pd.DataFrame(rows, columns=["area", "status", "where", "sentence", "action", "import_id"])

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values, sentences in both languages."""
        return {
            "status": self.status,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "moving_until": self.moving_until.isoformat() if self.moving_until else None,
            "today": self.today.isoformat(),
            "data_version": self.data_version,
            "items": [_plain(item) for item in self.items],
        }

    def __str__(self) -> str:
        return "\n".join(self.lines(self.lang))

    def headline(self, lang: str) -> str:
        """Status, freshness and version in one line."""
        return text("quality.headline", lang, status=self.status, fresh=self.fresh(lang))

    def fresh(self, lang: str) -> str:
        """How far the data reach, and until when they may still move."""
        from workbench.metrics.maturity import stamp

        if self.as_of is None and self.data_version and not self._is_empty:
            return text("quality.no_delivery", lang, version=self.data_version)
        return stamp(self.as_of, self.data_version, self.moving_until, lang)

    @property
    def _is_empty(self) -> bool:
        return any(item.finding.code == "quality.empty" for item in self.items)

    def lines(self, lang: str) -> list[str]:
        """The review as lines of plain text."""
        told = [
            f"  {item.status:6} {area(item, lang)} · {item.sentence(lang)} {item.action(lang)}"
            for item in self.items
        ]
        return [self.headline(lang), *map(str.rstrip, told)]

    def to_html(self, lang: str = "") -> str:
        """A fragment with the headline and a table of the items, in `lang` (default: the review's)."""
        lang = lang or self.lang
        rows = "".join(
            f'<tr class="{item.status.lower()}"><td><b>{item.status}</b></td>'
            f"<td>{escape(area(item, lang))}</td>"
            f"<td>{escape(item.sentence(lang))}</td><td>{escape(item.action(lang))}</td></tr>"
            for item in self.items
        )
        head = escape(self.headline(lang))
        return f'<div class="wb-review {self.status.lower()}"><p>{head}</p><table>{rows}</table></div>'

    def _repr_html_(self) -> str:
        return self.to_html()


def area(item: Item, lang: str) -> str:
    """The name of what an item is about."""
    return text(f"quality.{item.area}", lang)


def _plain(item: Item) -> dict[str, Any]:
    told = {lang: {"sentence": item.sentence(lang), "action": item.action(lang)} for lang in ("en", "zh")}
    names = {"area": item.area, "status": item.status, "where": item.where, "import_id": item.import_id}
    return {**names, "code": item.finding.code, "lines": list(item.finding.lines), **told}


def ranked(items: list[Item]) -> tuple[Item, ...]:
    """The worst first, then by area."""
    return tuple(sorted(items, key=lambda item: (-STATUSES.index(item.status), AREAS.index(item.area))))
