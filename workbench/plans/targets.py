"""The campaigns of a platform that a plan's money goes to, so that its budgets can be uploaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, unknown
from workbench.plans import uploads
from workbench.plans.history import cell_of
from workbench.plans.rows import rows_of

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.plans.keep import SavedPlan
    from workbench.plans.proposal import Proposal

RECENT = "last_28_days"
"""Days whose spend says how the campaigns of a cell share its money."""

PLATFORMS: dict[str, tuple[str, Callable[..., bytes]]] = {
    "google_ads": ("campaign", uploads.google_ads_editor),
    "meta_ads": ("campaign_id", uploads.meta_bulk),
}
"""Source → what its editor calls a campaign by, and what writes its file."""


def targets(store: Store, plan: Proposal | SavedPlan, platform: str) -> dict[str, dict[str, float]]:
    """Cell → campaign of a platform → its share of the cell's recent spend, on all platforms.

    Args:
        store: The workspace. plan: The plan. platform: `google_ads` or `meta_ads`.

    Raises:
        QuestionError: where no campaign of the platform has spent lately.
    """
    if platform not in PLATFORMS:
        raise unknown("source", platform, PLATFORMS)
    by, name = list(plan.by), PLATFORMS[platform][0]
    scope = {kind: list(values) for kind, values in plan.where.items()}
    whole = _spent(store, plan, by, scope)
    own = _spent(store, plan, [*by, name], {**scope, "source": [platform]}) if _known(store, platform) else {}
    found: dict[str, dict[str, float]] = {}
    for (cell, campaign), cost in own.items():
        if campaign and cost > 0 and (cell,) in whole:
            found.setdefault(cell, {})[campaign] = min(1.0, cost / whole[(cell,)])
    if not found:
        raise QuestionError(
            f"No campaign of {platform} has spent anything in the last 28 days of data.",
            "Import its exports with campaigns, or name them in Python: "
            f"plans.{PLATFORMS[platform][1].__name__}(plan, …).",
        )
    return found


def upload(store: Store, plan: Proposal | SavedPlan, platform: str, path: str | Path | None = None) -> bytes:
    """A plan's daily budgets for the campaigns of a platform, as its bulk editor reads them.

    Each campaign keeps its share of what its channel (and region) spent lately.

    Args:
        store: The workspace. plan: The plan. platform: `google_ads` or `meta_ads`. path: File to write, too.

    Raises:
        QuestionError: where no campaign of the platform has spent lately, or the plan keeps not its rules.
    """
    found = targets(store, plan, platform)
    cells = set(rows_of(plan)[0]["cell"])
    kept = {cell: shares for cell, shares in found.items() if cell in cells}
    return PLATFORMS[platform][1](plan, kept, partial=True, path=path)


def _known(store: Store, platform: str) -> bool:
    return platform in store.members("source")


def _spent(store: Store, plan: Any, by: list[str], where: dict[str, Any]) -> dict[tuple[str, ...], float]:
    """(cell, further dimension) → recent spend."""
    from workbench import metrics

    currency = plan.basis.currency or None
    table = metrics.kpis(store, by, ["cost"], RECENT, where=where, currency=currency).table
    table = table[table["cost"] > 0]
    cells = cell_of(table, list(plan.by))
    rest = [table[name].fillna("").astype(str) for name in by[len(plan.by) :]]
    return dict(zip(zip(cells, *rest, strict=True), table["cost"].astype(float), strict=True))
