"""Who makes the money: what each segment and each part of the customers will bring."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers.calibration import places
from workbench.customers.clv import fitted
from workbench.customers.held import held
from workbench.customers.orders import Orders, read
from workbench.errors import QuestionError, unknown
from workbench.privacy.cells import suppress
from workbench.segments.answer import Segmentation
from workbench.segments.cells import SEGMENTS
from workbench.segments.rfm import rfm
from workbench.segments.rules.face import as_rule, listed
from workbench.segments.worth_answer import BANDS, FIFTHS, Worth

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.customers import ClvModel

LEAST = 50
"""Customers that a published cell has at least."""

DRAWS = 200
MOST_DRAWN = 50_000
"""Customers whose futures are drawn; of more a part stands for all, and intervals come out a little wide."""

ENDS = (0.025, 0.975)
STEPS = 100
"""Points of the curve of who makes the money."""


@right_kinds
def worth(
    orders: Any,
    as_of: dt.date | str | None = None,
    horizon_days: int = 365,
    segment: Any = None,
    timezone: str | None = None,
    currency: str | None = None,
    seed: int = 0,
) -> Worth:
    """Answer what customers will bring, by segment and from the best to the last.

    BG/NBD and Gamma-Gamma foresee each customer (`customers.fit_clv`, fitted on everybody), RFM names the
    segments. Values are revenue. Cells of fewer than 50 customers are hidden, and with them what would give
    them away.

    Args:
        orders: A store, or a table with `customer_id, order_time, amount`.
        as_of: Last day that counts; that of a store's last order where it is not given.
        horizon_days: Days after it.
        segment: Only its customers: an RFM segment, such as `champions`; of a store also a rule, or a saved
            segment's name, as it is on that day.
        timezone: Zone of times that name none, and of the days.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        seed: Of the random numbers.

    Returns:
        `.table` (one row a segment), `.curve` (who makes the money), `.chances` (money so far × probability
        to order again), `.total` with its 95% interval, `.sentence(lang)`.

    Raises:
        InputError: for columns that are missing or of the wrong kind.
        QuestionError: for too short a history, an unknown segment or one of fewer than 50 customers,
            times without a zone, or several currencies without a choice.
    """
    asked = read(orders, _day(orders, as_of), timezone, currency)
    only = _chosen(orders, segment, asked.as_of)
    model = fitted(asked)
    named = rfm(orders, asked.as_of, timezone, currency=asked.currency)
    return _answer(asked, model, named, int(horizon_days), only, seed)


@dataclass(frozen=True)
class _Only:
    """Whose customers alone are shown: an RFM segment, or the members of a rule."""

    name: str
    members: frozenset[Any] | None = None

    def among(self, table: pd.DataFrame) -> np.ndarray:
        """Of each row whether it is shown."""
        one_of = (
            table["segment"] == self.name if self.members is None else table["customer_id"].isin(self.members)
        )
        found: np.ndarray = one_of.to_numpy()
        return found


def _chosen(orders: Any, segment: Any, day: dt.date) -> _Only | None:
    """What `segment` means; a rule is asked of the store as it was on that day."""
    from workbench.data import Store

    if segment is None:
        return None
    if isinstance(segment, str) and segment in SEGMENTS:
        return _Only(segment)
    if not isinstance(orders, Store):
        raise unknown("segment", segment, SEGMENTS)
    if isinstance(segment, str) and not segment.lstrip().startswith("{"):
        known = [rule.name for rule in listed(orders)]
        if segment not in known and not any(rule.id == segment for rule in listed(orders)):
            raise unknown("segment", segment, [*SEGMENTS, *known])
    rule = as_rule(orders, segment)
    ids = rule.members(orders, day).table["customer_id"]
    return _Only(rule.name or rule.sentence("en"), frozenset(ids))


def _answer(
    asked: Orders, model: ClvModel, named: Segmentation, horizon: int, only: _Only | None, seed: int
) -> Worth:
    table = model.expect(horizon).merge(named.table, on="customer_id", how="left", validate="one_to_one")
    code = table["segment"].cat.codes.to_numpy()
    kept = only.among(table) if only else None
    drawn = _drawn(model, code, horizon, seed, kept if only and only.members is not None else None)
    table = table if kept is None else table[kept]
    if len(table) < LEAST:
        raise QuestionError(
            f"Only {len(table)} customers: results of fewer than {LEAST} persons are not shown.",
            "Choose another segment, or widen its rule.",
        )
    people = _placed(table)
    shown = table["segment"].cat.codes.unique()
    low, high = _ends(drawn[shown].sum(axis=0))
    return Worth(
        table=_segments(table, drawn),
        curve=_curve(table["clv"].to_numpy()),
        chances=_chances(people),
        people=people,
        total=float(table["clv"].sum()),
        low=float(low),
        high=float(high),
        customers=len(table),
        orders_again=float(table["p_order"].mean()),
        segment=only.name if only else None,
        horizon_days=horizon,
        as_of=asked.as_of,
        currency=asked.currency,
        remarks=model.remarks + model.foresight(horizon),
        thresholds=named.thresholds,
        data_version=asked.data_version,
    )


def _day(orders: Any, as_of: dt.date | str | None) -> dt.date | str:
    from workbench.data import Store

    day = as_of or (held(orders).last if isinstance(orders, Store) else None)
    if day is None:
        raise QuestionError("Up to which day is not said.", "Give a date, or YYYY-MM-DD.")
    return day


def _drawn(
    model: ClvModel, code: np.ndarray, horizon: int, seed: int, shown: np.ndarray | None
) -> np.ndarray:
    """Revenue of each segment in each future, of the customers that are shown; (segments, draws)."""
    import numpy as np

    if shown is None and len(code) <= MOST_DRAWN:
        return model.totals(horizon, code, len(SEGMENTS), DRAWS, seed)
    rows = np.arange(len(code)) if shown is None else np.flatnonzero(shown)
    kept = np.sort(np.random.default_rng([seed, 7]).permutation(rows)[:MOST_DRAWN])
    some = model.totals(horizon, code[kept], len(SEGMENTS), DRAWS, seed, kept)
    whole, part = (np.bincount(codes, minlength=len(SEGMENTS)) for codes in (code[rows], code[kept]))
    return some * (whole / np.maximum(part, 1))[:, None]


def _ends(values: np.ndarray) -> np.ndarray:
    import numpy as np

    found: np.ndarray = np.quantile(values, ENDS, axis=-1)
    return found


def _segments(table: pd.DataFrame, drawn: np.ndarray) -> pd.DataFrame:
    """One row a segment, the most valuable first; small ones hidden."""

    groups = table.groupby("segment", observed=True)
    found = groups.agg(
        customers=("clv", "size"),
        value=("clv", "sum"),
        value_each=("clv", "mean"),
        p_order=("p_order", "mean"),
        so_far=("monetary", "sum"),
    ).reset_index()
    at = [SEGMENTS.index(name) for name in found["segment"]]
    low, high = _ends(drawn[at])
    total = found["value"].sum()
    found = found.assign(
        segment=found["segment"].astype(str),
        value_low=low,
        value_high=high,
        share=found["customers"] / len(table),
        value_share=found["value"] / total if total > 0 else float("nan"),
    )
    rates = ["value_each", "p_order", "so_far", "value_low", "value_high", "share", "value_share"]
    left = suppress(found, "segment", "customers", ("value",), LEAST, outcomes=(), rates=rates).table
    ordered: pd.DataFrame = left.sort_values("value", ascending=False, na_position="last", ignore_index=True)
    return ordered


def _curve(value: np.ndarray) -> pd.DataFrame:
    """Shares of customers, the best first, and of the value they bring; a step is 50 customers or more."""
    import numpy as np
    import pandas as pd

    best = np.sort(value)[::-1]
    steps = max(1, min(STEPS, len(best) // LEAST))
    at = np.linspace(0, len(best), steps + 1).round().astype(int)
    sums = np.concatenate([[0.0], np.cumsum(best)])[at]
    return pd.DataFrame({"customers": at / len(best), "value": sums / max(sums[-1], 1e-12)})


def _placed(table: pd.DataFrame) -> pd.DataFrame:
    """Each customer's value, fifth by money so far and band of the probability to order again."""
    import numpy as np

    fifth = places(table["monetary"].to_numpy(), FIFTHS)
    band = np.minimum((table["p_order"].to_numpy() * BANDS).astype(int), BANDS - 1)
    return table[["customer_id", "clv"]].assign(fifth=fifth, band=band)


def _chances(table: pd.DataFrame) -> pd.DataFrame:
    """Customers and value by money so far and probability to order again; small cells hidden."""
    import pandas as pd

    cells = pd.MultiIndex.from_product([range(FIFTHS), range(BANDS)], names=["fifth", "band"])
    groups = table.groupby(["fifth", "band"])["clv"].agg(["size", "sum"])
    found = groups.reindex(cells, fill_value=0).reset_index()
    found = found.rename(columns={"size": "customers", "sum": "value"})
    return suppress(found, ["fifth", "band"], "customers", ("value",), LEAST, outcomes=()).table
