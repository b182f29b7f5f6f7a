"""What each rule of a proposal of time slots costs: the plan with it beside the plan without it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.i18n import formats, text
from workbench.plans.history import called
from workbench.plans.slots import words
from workbench.plans.slots.fit import fitted_slots
from workbench.plans.slots.proposal import SlotProposal, SlotWish, planned, propose_slots
from workbench.plans.slots.rules import ALL

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

NEAR = 1e-6
"""Share of the response from which a rule costs something."""


@dataclass(frozen=True, eq=False)
class SlotCosts:
    """The answer of `slot_costs`.

    Attributes:
        proposal: The proposal with all rules.
        table: One row a rule, the dearest first: `kind` (`forbid`, `require`, `daily_cap`, `explore`,
            `windows`), `group` (`*`: all), `amount` (hours, money or a share), `cost` (conversions a week),
            `money` (the same by what one is worth).
    """

    proposal: SlotProposal
    table: pd.DataFrame

    def sentences(self, lang: str = "en", names: Mapping[str, str] | None = None) -> list[str]:
        """Each rule in words."""
        return [self._said(row, lang, names or {}) for row in self.table.to_dict("records")]

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The table as CSV that no spreadsheet runs."""
        return exports.csv(self.table.assign(**self.proposal.basis.columns()), path)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`."""
        return {"rows": self.table.to_dict("records")}

    def _said(self, row: Mapping[Any, Any], lang: str, names: Mapping[str, str]) -> str:
        found, kind = self.proposal, row["kind"]
        whom = text("slots.everyone", lang) if row["group"] == ALL else called(row["group"], names)
        amount = {
            "daily_cap": words.money(row["amount"], found, lang),
            "explore": formats.percent(row["amount"], lang, 0),
            "windows": formats.number(row["amount"], lang),
        }.get(kind) or words.hours_words(int(row["amount"]), lang)
        rule = text(f"slots.rule_{kind}", lang, group=whom, amount=amount)
        if not row["cost"] > 0:
            return text("slots.rule_free", lang, rule=rule)
        cost, worth = words.outcome(row["cost"], found, lang), words.money(row["money"], found, lang)
        return text("slots.rule_costs", lang, rule=rule, cost=cost, money=worth)


def slot_costs(
    store: Store, by: str | Sequence[str] = ("channel",), where: Any = None, **asked: Any
) -> SlotCosts:
    """What forbidden and required hours, caps, the floor of learning and windows cost a week.

    Each rule is left out once, and the hours are planned again; what windows cost is told against free hours.

    Args:
        store: The workspace.
        by, where, asked: As `propose_slots` takes them.

    Raises:
        QuestionError: as `propose_slots` does.
    """
    import pandas as pd

    found = propose_slots(store, by, where, **{**asked, "draws": False})
    fit = fitted_slots(store, by, where)
    rows = []
    for kind, group, amount, free in _without(found.asked):
        lost = planned(fit, free).total_response - found.plan.total_response
        cost = lost if lost > NEAR * found.plan.total_response else 0.0
        rows.append((kind, group, float(amount), cost, cost * found.each))
    lost = max(found.schedule.lost, 0.0)
    windows = found.schedule.rules.windows or 0
    rows.append(("windows", ALL, float(windows), lost, lost * found.each))
    table = pd.DataFrame(rows, columns=["kind", "group", "amount", "cost", "money"])
    table = table.sort_values("cost", ascending=False, kind="stable").reset_index(drop=True)
    return SlotCosts(found, table)


def _without(asked: SlotWish) -> Iterator[tuple[str, str, float, SlotWish]]:
    """(kind, group, amount, the wish without it) of every rule."""
    for kind in ("forbid", "require"):
        rules = getattr(asked, kind)
        for group, hours in rules.items():
            rest = {name: own for name, own in rules.items() if name != group}
            free = replace(asked, forbid=rest) if kind == "forbid" else replace(asked, require=rest)
            yield kind, group, len(hours), free
    if asked.daily_cap is not None:
        yield "daily_cap", ALL, asked.daily_cap, replace(asked, daily_cap=None)
    if asked.explore > 0:
        yield "explore", ALL, asked.explore, replace(asked, explore=0.0)
