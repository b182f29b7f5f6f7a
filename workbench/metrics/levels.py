"""Says where a report other than the usual one answers, because only it knows a dimension."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.i18n import text
from workbench.metrics.dimensions import UNKNOWN
from workbench.metrics.notes import Note
from workbench.store.levels import ACCOUNT, Part, Switch

if TYPE_CHECKING:
    from workbench.metrics.question import Question


@dataclass(frozen=True)
class Dimension:
    """A roll-up column as a word."""

    name: str

    def shown(self, lang: str) -> str:
        """The word."""
        return text(f"levels.dim_{self.name}", lang)


@dataclass(frozen=True)
class Report:
    """One report of a platform: its grain, breakdown and scope."""

    source: str
    part: Part

    def shown(self, lang: str) -> str:
        """The report in words."""
        return text("levels.report", lang, source=self.source, level=Level(self.part).shown(lang))


@dataclass(frozen=True)
class Level:
    """Grain, breakdown and scope of a report."""

    part: Part

    def shown(self, lang: str) -> str:
        """The level in words."""
        grain, breakdown, scope = self.part
        level = text(f"levels.grain_{grain}", lang)
        if breakdown:
            level = text("levels.broken_down", lang, level=level, breakdown=breakdown)
        return text("levels.scoped", lang, level=level, scope=scope) if scope else level


def notes(question: Question, columns: Sequence[str]) -> tuple[Note, ...]:
    """A note that names the reports which answer instead of the preferred ones.

    Args:
        question: The question.
        columns: Roll-up columns that it needs.
    """
    met = [switch for switch in question.store.switches(columns) if _meets(question, switch)]
    if not met:
        return ()
    reports = sorted({(switch.source, part) for switch in met for part in switch.parts})
    known = [Dimension(name) for name in dict.fromkeys(columns) if name not in ACCOUNT]
    return (Note.of("levels", dimensions=known, reports=[Report(*report) for report in reports]),)


def _meets(question: Question, switch: Switch) -> bool:
    """Whether a switch has days, a source and an account of the question."""
    days = any(switch.first <= window.end and switch.last >= window.start for window in question.windows)
    accounts = {UNKNOWN if account is None else account for account in switch.accounts}
    where = question.where
    return (
        days
        and switch.source in where.get("source", (switch.source,))
        and bool(accounts & set(where.get("account", accounts)))
    )
