"""`incremental`: what would not have happened without the treatment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.compare.causal import checks, rows
from workbench.compare.causal.grid import Grid, grid
from workbench.compare.causal.money import Money
from workbench.compare.causal.rows import Found
from workbench.compare.causal.wish import Wish
from workbench.compare.result import COLUMNS, Comparison, Remark, Verdict
from workbench.compare.words import Figure, Lift, metric_words
from workbench.errors import InputError, unknown
from workbench.schema import NO_CURRENCY

if TYPE_CHECKING:
    import pandas as pd

METHODS = {
    "did": rows.did,
    "synthetic_control": rows.synthetic_control,
    "its": rows.its,
    "holdout": rows.holdout,
}


def incremental(
    frame: Any,
    unit: str,
    time: str,
    outcome: str,
    treated: str,
    method: str = "did",
    start: Any = None,
    spend: str | float | None = None,
    value: float | None = None,
    missing: str = "drop",
    currency: str = NO_CURRENCY,
    **wishes: Any,
) -> Comparison:
    """Estimate what a treatment added, without a random draw.

    Args:
        frame: pandas, Polars, Arrow or Ibis table, one row a unit (region, shop, customer) and time.
        unit, time, outcome: Its columns.
        treated: Column, 1 where a unit is under treatment at that time, else 0; with `start`, 1 for every
            row of a treated unit.
        method: `did`: difference in differences; units may start at different times, treated units are never
            controls. `synthetic_control`: the treated together against a weighted mean of the others.
            `its`: interrupted time series of the treated alone. `holdout`: a hold-out drawn at random.
        start: First treated time, where `treated` marks units.
        spend: Column of the spend, or the sum that the treatment cost.
        value: Worth of one unit of the outcome; 1 where the outcome is an amount.
        missing: `drop` leaves out units without all times, `zero` reads an absent row as 0.
        currency: ISO 4217 code of amounts.
        wishes: `errors` (did: `CR2`, the default, or `CR1`; its: `ar1`, the default, or `hac`), `season` and
            `slope` (its), `ridge`, `augment` and `exact` (synthetic control: penalty, bias correction,
            interval of the permutation over units), `level`.

    Returns:
        A `Comparison` of one row: `mean` is the treated's outcome a unit and time, `mean_control` what it
        would have been. `details` holds `checks` (PASS, REVIEW or FAIL), `series`, `events` (did),
        `weights` and `placebos` (synthetic control), `money` with a spend.

    Raises:
        InputError: for a frame that allows no comparison: unknown columns, no treated unit, no control,
            no time before the start, a treatment that ends, several rows a unit and time.
        QuestionError: for an unknown method or wish.
    """
    if method not in METHODS:
        raise unknown("method", method, METHODS)
    for name in wishes:
        if name not in Wish.__dataclass_fields__:
            raise unknown("argument", name, Wish.__dataclass_fields__)
    column = spend if isinstance(spend, str) else None
    made = grid(frame, unit, time, outcome, treated, start, column, missing, before=method != "holdout")
    found = METHODS[method](made, Wish(**wishes), _total(spend), value)
    return _answer(made, found, outcome, method, currency, Wish(**wishes).level)


def _total(spend: str | float | None) -> float | None:
    if isinstance(spend, str) or spend is None:
        return None
    if not spend > 0:
        raise InputError(f"spend={spend!r} is no amount.", "Give a sum above 0 or a column.")
    return float(spend)


def _answer(made: Grid, found: Found, outcome: str, method: str, currency: str, level: float) -> Comparison:
    unit = _unit(outcome)
    return Comparison(
        table=_table(found, outcome),
        kind="incremental",
        method=found.method,
        units={outcome: unit},
        warnings=(*made.remarks, *found.remarks),
        verdict=_verdict(found, outcome, unit, currency),
        correction="none",
        level=level,
        currency=currency,
        details={
            "method": method,
            "checks": found.checks,
            "start": made.times[made.first],
            "money": found.money,
            **found.details,
        },
    )


def _unit(outcome: str) -> str:
    from workbench import catalogue

    known = catalogue.builtin().get(outcome)
    return known.unit if known else "number"


def _table(found: Found, outcome: str) -> pd.DataFrame:
    import pandas as pd

    row = {
        "metric": outcome,
        "arm": "treated",
        "control": found.control,
        "n": found.n,
        "n_control": found.n_control,
        "mean": found.mean,
        "mean_control": found.mean - found.effect,
        "effect": found.effect,
        "low": found.low,
        "high": found.high,
        "lift": found.lift[0],
        "lift_low": found.lift[1],
        "lift_high": found.lift[2],
        "p_value": found.p,
        "p_adjusted": found.p,
    }
    money = vars(found.money) if found.money else {}
    kept = {name: money[name] for name in money if name != "level"}
    return pd.DataFrame([row])[list(COLUMNS)].assign(std_error=found.error, freedom=found.freedom, **kept)


def _verdict(found: Found, outcome: str, unit: str, currency: str) -> Verdict:
    """Effect, money, and what stands in the way of believing it."""
    direction = "up" if found.low > 0 else "down" if found.high < 0 else "unclear"
    effect = Figure(found.effect, unit, currency, found.low, found.high, signed=True)
    values = {"metric": metric_words(outcome), "effect": effect}
    said = Remark(f"incremental_{direction}", values, "info")
    if found.lift[0] == found.lift[0]:
        said = Remark(f"incremental_{direction}_lift", {**values, "lift": Lift(*found.lift)}, "info")
    worst = checks.worst(found.checks)
    parts = [said, *_money(found.money, currency), Remark.of(f"checks_{worst.lower()}", "info")]
    return Verdict(*parts)


def _money(money: Money | None, currency: str) -> list[Remark]:
    return [money.remark(currency)] if money else []
