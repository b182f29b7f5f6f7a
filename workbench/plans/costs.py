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
from workbench.plans.proposal import NEAR, Proposal, propose
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
        table: One row a rule, the dearest first: `kind` (`held`, `floors`, `caps`), `channel`, `amount`,
            `cost` (of the aim: responses, money in `min_cost`, value in `target_roas`), `binds`.
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
        return exports.csv(self.table, path)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`."""
        return {"rows": self.table.to_dict("records")}

    def _said(self, row: Mapping[Any, Any], lang: str, names: Mapping[str, str]) -> str:
        channel = names.get(row["channel"], row["channel"])
        rule = text(
            f"plans.rule_{row['kind']}",
            lang,
            channel=channel,
            amount=amount_of("cost", row["amount"], self.proposal, lang),
        )
        if not row["binds"]:
            return text("plans.rule_free", lang, rule=rule)
        what = "cost" if self.proposal.plan.mode == "min_cost" else self.proposal.outcome
        return text(
            "plans.rule_costs", lang, rule=rule, cost=amount_of(what, row["cost"], self.proposal, lang)
        )


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
    columns = ["kind", "channel", "amount", "cost", "binds"]
    table = pd.DataFrame(rows, columns=columns).sort_values("cost", ascending=False, kind="stable")
    return RuleCosts(found, table.reset_index(drop=True))


def _row(fit: Fitted, found: Proposal, kind: str, channel: str, amount: float) -> tuple[Any, ...]:
    free = found.asked.without(kind, channel)
    try:
        plan = steered(fit.curves, free, None, lambda: fit.draws)
    except QuestionError:  # the others alone make no plan
        return kind, channel, amount, 0.0, False
    sign = AIM.get(found.plan.mode, 1.0)
    cost = max(0.0, sign * (_aim(plan.objective, plan, free) - _aim(found.plan.objective, found.plan, free)))
    binds = cost > max(NEAR, 2 * found.plan.gap) * max(1e-12, abs(found.plan.objective))
    return kind, channel, amount, cost if binds else 0.0, bool(binds)


def _aim(objective: float, plan: Any, asked: Steering) -> float:
    """What a plan is for: the responses in a risk-averse plan, too, as those are what is shown."""
    return objective if asked.risk is None else float(plan.total_response)
