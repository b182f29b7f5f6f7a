"""What followed a decision about customers, service or a month, whose finding is no metric of the delivery.

Each is asked again as its finding was, in days since the decision beside as many before it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.errors import WorkbenchError
from workbench.findings import care, customers, pace
from workbench.findings.finding import Figure, Percent, Words, translated
from workbench.findings.thresholds import Thresholds
from workbench.metrics.kpis import kpis
from workbench.metrics.periods import Period

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.findings.decisions import Decision

DAY = dt.timedelta(days=1)
LEAST, MOST = 28, 90
"""Days of cases before which nothing is said of them, and how many count at most."""

Followed = Mapping[str, Any]
"""Fields of an outcome besides its decision."""


def kind(decision: Decision) -> str:
    """What a decision was about: the first part of its finding's id."""
    return decision.finding.partition(":")[0]


def followed(store: Store, decision: Decision) -> Followed | None:
    """What followed a decision about one of `KINDS`; None where the data cannot tell.

    Args:
        store: The store. decision: The decision.
    """
    try:
        return KINDS[kind(decision)](store, decision)
    except WorkbenchError:
        return None  # the tables that it was about are gone


def _silent(store: Store, decision: Decision) -> Followed | None:
    """Valued customers of the day of the decision who ordered nothing in the days after it."""
    from workbench.customers.cards.rows import last_day

    if "transactions" not in store.tables:
        return None
    days = (last_day(store) - decision.day).days
    what = translated("findings.outcome_of_silent")
    if days < customers.DAYS:
        return _waits(days, customers.DAYS, what)
    fewest = Thresholds().people
    before, after = (
        customers.silence(store, day, fewest) for day in (decision.day, decision.day + customers.DAYS * DAY)
    )
    if before is None or after is None:
        return None
    p, _, _ = customers.apart(after, before)
    verdict = _verdict(p, after.rate - before.rate)
    return _told(verdict, customers.DAYS, what, Percent(before.rate, 1), Percent(after.rate, 1))


def _complaints(store: Store, decision: Decision) -> Followed | None:
    """Complaints among active customers."""
    days, found = _service(store, decision)
    what = translated("findings.outcome_of_complaints")
    if found is None:
        return _waits(days, LEAST, what)
    now, before = found.complaint_rate, found.complaint_rate_before
    if now["rate"] != now["rate"] or before["rate"] != before["rate"]:
        return None
    verdict = _verdict(before.get("p_value", float("nan")), now["rate"] - before["rate"])
    return _told(verdict, days, what, Percent(before["rate"], 1), Percent(now["rate"], 1))


def _answers(store: Store, decision: Decision) -> Followed | None:
    """Hours until an answer, in the middle."""
    days, found = _service(store, decision)
    what = translated("findings.outcome_of_answers")
    if found is None:
        return _waits(days, LEAST, what)
    rows = found.times[found.times["measure"] == "answer"].to_dict("records") if len(found.times) else []
    if not rows or rows[0]["p_value"] != rows[0]["p_value"]:
        return None
    row = rows[0]
    verdict = _verdict(row["p_value"], row["median"] - row["median_before"])
    return _told(
        verdict, days, what, care.hours_in_words(row["median_before"]), care.hours_in_words(row["median"])
    )


def _service(store: Store, decision: Decision) -> tuple[int, Any]:
    """Days since the decision that count, and the report of them beside as many before; None: too few."""
    from workbench.customers import interactions
    from workbench.customers.service.ask import span

    if "interactions" not in store.tables:
        return 0, None
    day = decision.day
    days = min((span(store)[0] - day).days, MOST)
    if days < LEAST:
        return max(days, 0), None
    since, before = (f"{day + DAY}..{day + days * DAY}", f"{day - (days - 1) * DAY}..{day}")
    return days, interactions(store, since, compare=before)


def _month(store: Store, decision: Decision) -> Followed | None:
    """Where a month ended, beside what was planned."""
    first = dt.date.fromisoformat(decision.finding.rpartition(":")[2])
    last = (first.replace(day=28) + 4 * DAY).replace(day=1) - DAY
    metric, planned = decision.metric, decision.metric in pace.CHECKED
    if not planned or store.as_of is None:
        return None
    days = (store.as_of - decision.day).days
    if store.as_of < last:
        return {"verdict": "early", "days": max(days, 0), "code": "outcome_month_open"}
    answer = kpis(store, (), [metric], Period(first, last, ""), "target", dict(decision.where))
    ended, plan = (float(answer.table.iloc[0][f"{metric}{part}"]) for part in ("", "_before"))
    if not plan > 0 or ended != ended:
        return None
    shown = {
        name: Figure(value, "money", answer.currency) for name, value in (("before", plan), ("after", ended))
    }
    return {"verdict": _on_plan(metric, ended / plan - 1), "days": days, "code": "outcome_month", **shown}


def _on_plan(metric: str, off: float) -> str:
    """Whether a month ended on its plan: more revenue than planned is no miss."""
    near = Thresholds().change
    return "better" if abs(off) < near or (metric == "revenue" and off > 0) else "worse"


KINDS: Mapping[str, Callable[[Store, Decision], Followed | None]] = {
    "customers_silent": _silent,
    "complaints_up": _complaints,
    "answers_slow": _answers,
    **{f"pace_{metric}": _month for metric in pace.CHECKED},
}
"""What a decision was about → how it is asked again; less of each is better."""


def _verdict(p: float, change: float) -> str:
    """Whether less of something came than before, beyond chance."""
    if not p <= Thresholds().alarm:
        return "same"
    return "better" if change < 0 else "worse"


def _waits(days: int, needed: int, what: Words) -> Followed:
    return {"verdict": "early", "days": max(days, 0), "needed": needed, "what": what}


def _told(verdict: str, days: int, what: Words, before: Any, after: Any) -> Followed:
    return {"verdict": verdict, "days": days, "what": what, "before": before, "after": after}
