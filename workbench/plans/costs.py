"""What each rule of a proposal costs: the plan with it beside the plan without it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.errors import QuestionError
from workbench.i18n import text
from workbench.plans.fits import Fitted, fitted
from workbench.plans.history import JOINT, called
from workbench.plans.proposal import NEAR, Proposal, propose
from workbench.plans.regional import PER
from workbench.plans.steer import Steering, steered
from workbench.plans.words import amount_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

AIM = {"min_cost": -1.0}
"""Sign of an objective that is better when it is smaller."""


@dataclass(frozen=True, eq=False)
class RuleCosts:
    """The answer of `rule_costs`.

    Attributes:
        proposal: The proposal with all rules.
        table: One row a rule, the dearest first: `kind` (`held`, `floors`, `caps`), `channel` (or cell),
            `amount`, `cost` (of the aim: responses, money in `min_cost`, value in `target_roas`), `binds`,
            `per_step` (the rule's shadow price: responses that 1,000 more there bring, the total kept; below
            0 where 1,000 less bring them; 0 where it does not bind or the mode has no budget).
    """

    proposal: Proposal
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
        channel = called(row["channel"], names)
        rule = text(
            f"plans.rule_{row['kind']}",
            lang,
            channel=channel,
            amount=amount_of("cost", row["amount"], self.proposal, lang),
        )
        if not row["binds"]:
            return text("plans.rule_free", lang, rule=rule)
        what = "cost" if self.proposal.plan.mode == "min_cost" else self.proposal.outcome
        cost = amount_of(what, row["cost"], self.proposal, lang)
        said = text("plans.rule_costs", lang, rule=rule, cost=cost)
        return said + ("" if lang == "zh" else " ") + self._worth(row, lang) if row["per_step"] else said

    def _worth(self, row: Mapping[Any, Any], lang: str) -> str:
        """The shadow price of a rule: what 1,000 more or less there would bring."""
        brings = amount_of(self.proposal.outcome, abs(row["per_step"]), self.proposal, lang)
        step = amount_of("cost", float(PER), self.proposal, lang)
        key = "rule_more" if row["per_step"] > 0 else "rule_less"
        return text(f"plans.{key}", lang, step=step, brings=brings)


def rule_costs(
    store: Store, by: str | Sequence[str] = ("channel",), where: Any = None, **asked: Any
) -> RuleCosts:
    """What each held channel, floor and cap costs a week: the same plan without it, solved again.

    Args:
        store: The workspace.
        by, where, asked: As `propose` takes them.

    Raises:
        QuestionError: as `propose` does.
    """
    import pandas as pd

    found = propose(store, by, where, **{**asked, "draws": False})
    fit = fitted(store, by, where, found.outcome)
    rows = [_row(fit, found, *rule) for rule in found.asked.rules()]
    columns = ["kind", "channel", "amount", "cost", "binds", "per_step"]
    table = pd.DataFrame(rows, columns=columns).sort_values("cost", ascending=False, kind="stable")
    return RuleCosts(found, table.reset_index(drop=True))


def _row(fit: Fitted, found: Proposal, kind: str, channel: str, amount: float) -> tuple[Any, ...]:
    free = found.asked.without(kind, channel)
    try:
        plan = steered(fit.curves, free, None, lambda: fit.draws)
    except QuestionError:  # the others alone make no plan
        return kind, channel, amount, 0.0, False, 0.0
    sign = AIM.get(found.plan.mode, 1.0)
    cost = max(0.0, sign * (_aim(plan.objective, plan, free) - _aim(found.plan.objective, found.plan, free)))
    binds = cost > max(NEAR, 2 * found.plan.gap) * max(1e-12, abs(found.plan.objective))
    worth = PER * _price(found, channel) if binds else 0.0
    return kind, channel, amount, cost if binds else 0.0, bool(binds), worth


def _price(found: Proposal, name: str) -> float:
    """Responses that one more unit at a channel or cell brings beyond what it brings elsewhere."""
    prices = found.plan.shadow_prices
    if found.plan.mode != "max_response" or found.asked.risk is not None:
        return 0.0
    cells = found.steered.set_index("cell")["marginal"]
    if name not in cells.index:
        return float(prices.get(f"group:{name}", 0.0))
    channel = name.partition(JOINT)[0]
    return float(cells[name]) - prices.get("budget", 0.0) - prices.get(f"group:{channel}", 0.0)


def _aim(objective: float, plan: Any, asked: Steering) -> float:
    """What a plan is for: the responses in a risk-averse plan, too, as those are what is shown."""
    return objective if asked.risk is None else float(plan.total_response)
