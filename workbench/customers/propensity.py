"""Propensity to buy, to churn, to respond: calibrated probabilities of what a customer does next."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.customers import calibration as measures
from workbench.customers import contact_history, estimators, features
from workbench.customers.gains import lift_curve
from workbench.customers.held import held
from workbench.customers.propensity_model import HoldOut, PropensityModel
from workbench.customers.purchases import ORDER_KINDS, counted_rows, currency_of, day_of, is_purchase
from workbench.customers.remarks import Remark
from workbench.errors import QuestionError, unknown
from workbench.store.part import part_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

OUTCOMES = ("buy", "churn", "respond")
WINDOWS = 5
"""Most windows of the past: one to test on, one to calibrate on, the rest to learn from."""

ACTIVE = 2
"""A customer can churn who has ordered within this many horizons."""

FEWEST = 50
"""Outcomes of the rarer kind in the windows learnt from, under which a model says too little."""

FEWEST_CALIBRATION = 20
LEAST_SHOWN = 50
"""Customers of a group of the hold-out whose outcomes are shown."""

LEAK = 0.95
"""A feature that alone ranks the outcome this well nearly equals it."""


@dataclass(frozen=True, eq=False)
class _Window:
    """What was known on a day, and what came in the window after it.

    Attributes:
        origin: The day. table: Features, one row a customer or contact. happened: Outcomes, 0 or 1.
    """

    origin: dt.date
    table: pd.DataFrame
    happened: np.ndarray

    @property
    def rarer(self) -> int:
        """Outcomes of the rarer kind."""
        yes = int(self.happened.sum())
        return min(yes, len(self.happened) - yes)


@dataclass(frozen=True, eq=False)
class _Task:
    """A question with its choices settled."""

    store: Store
    outcome: str
    day: dt.date
    horizon: int
    currency: str
    attributes: tuple[str, ...]
    extra: pd.DataFrame | None
    segment: Any = None

    def on(self, day: dt.date) -> _Task:
        """The same of those who were in the segment on a day."""
        return self if self.segment is None else replace(self, store=part_of(self.store, self.segment, day))


@right_kinds
def propensity(
    store: Store,
    outcome: str = "buy",
    as_of: dt.date | str | None = None,
    horizon_days: int = 60,
    model: str = "auto",
    attributes: tuple[str, ...] = features.ATTRIBUTES,
    extra: Any = None,
    currency: str | None = None,
    seed: int = 0,
    segment: Any = None,
) -> PropensityModel:
    """Learn from windows of the past who will buy, leave or respond, and say how well that held.

    Every window's features end on its first day; its outcome begins the day after. The latest window tests,
    the one before calibrates (Platt 1999), those before teach; then all move one window on for the model that
    predicts. So no figure is from a window that was learnt from, and none looks ahead.

    Args:
        store: The store: transactions, interactions, events, feedback, consent, customers.
        outcome: `buy`: an order in the horizon, of customers with an order; `churn`: no order in it, of
            those who ordered within two horizons; `respond`: a positive reaction to a contact, by method.
        as_of: Last day that is known; that of the last order where it is not given.
        horizon_days: Length of a window.
        model: `boosting`, `logistic`, or `auto`: what foretells the calibration window better.
        attributes: Columns of `customers`. They are known as they are today, so choose what hardly changes.
        extra: Own features: a frame with `customer_id, known_on` and their columns.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        seed: Of the early stopping and of what is shuffled for the drivers.
        segment: A rule or a saved segment's name: its customers alone count, in each window those who were in
            it on its first day; None: everybody.

    Returns:
        `.predict()`, `.drivers(lang)`, `.holdout` (AUC, calibration error, Brier, lift, with intervals).

    Raises:
        InputError: for extra features without `customer_id` or `known_on`.
        QuestionError: for too short a history, too few outcomes, or a setting that does not exist.
    """
    _check(outcome, horizon_days, model)
    task = _Task(
        store,
        outcome,
        _day(store, as_of),
        int(horizon_days),
        _currency(store, currency),
        _attributes(store, attributes),
        features.checked_extra(extra),
        segment,
    )
    return _learnt(task, model, seed)


def _learnt(task: _Task, model: str, seed: int) -> PropensityModel:
    """Test on the latest window, then move all one window on."""
    windows = _windows(task)
    kind = model if model != "auto" else _better(windows, seed)
    tried = _calibrated(kind, windows[2:], windows[1], seed)
    final = _calibrated(kind, windows[1:], windows[0], seed)
    test = windows[0]
    return PropensityModel(
        outcome=task.outcome,
        as_of=task.day,
        horizon_days=task.horizon,
        kind=kind,
        windows=tuple(window.origin for window in windows),
        learnt=int(sum(len(window.happened) for window in windows[1:])),
        holdout=_held_out(*tried, test),
        remarks=_remarks(task, windows),
        data_version=task.store.version,
        seed=seed,
        estimator=final[0],
        calibration=final[1],
        tried=tried,
        test=(test.table, test.happened),
        today=_today(task),
    )


def _check(outcome: str, horizon: int, model: str) -> None:
    if outcome not in OUTCOMES:
        raise unknown("outcome", outcome, OUTCOMES)
    if model not in ("auto", *estimators.KINDS):
        raise unknown("model", model, ("auto", *estimators.KINDS))
    if not 7 <= horizon <= 730:
        raise QuestionError(f"horizon_days is {horizon!r}.", "Give 7 to 730 days.")


def _day(store: Store, as_of: dt.date | str | None) -> dt.date:
    if as_of is not None:
        return day_of(as_of)
    last = held(store).last
    if last is None:
        raise QuestionError("The store has no orders of customers yet.", "Import transactions first.")
    return last


def _currency(store: Store, asked: str | None) -> str:
    return currency_of(store, store.table("transactions"), asked)


def _attributes(store: Store, asked: tuple[str, ...]) -> tuple[str, ...]:
    known = [name for name in store.table("customers").columns if name != "customer_id"]
    for name in asked:
        if name not in known:
            raise unknown("attribute of customers", name, known)
    return tuple(asked)


def _windows(task: _Task) -> list[_Window]:
    """Windows of the past, latest first; as many as the history and the outcomes allow."""
    first = _first_day(task)
    step = dt.timedelta(days=task.horizon)
    origins = [task.day - step * (back + 1) for back in range(WINDOWS)]
    origins = [origin for origin in origins if origin >= first + step]
    if len(origins) < 3:
        raise QuestionError(
            f"Not enough history: {len(origins)} windows of {task.horizon} days with as many days before "
            f"them, and 3 are needed: to learn, to calibrate and to test.",
            "Give a shorter horizon_days, or wait for a longer history.",
        )
    windows = [_window(task, origin) for origin in origins]
    taught = sum(window.rarer for window in windows[2:])
    if taught < FEWEST or windows[1].rarer < FEWEST_CALIBRATION or windows[0].rarer < FEWEST_CALIBRATION:
        least = min(window.rarer for window in windows[:2])
        raise QuestionError(
            f"Too few outcomes for {task.outcome!r}: {taught} of the rarer kind to learn from, of which at "
            f"least {FEWEST} are needed, and {least} in the last two windows ({FEWEST_CALIBRATION} are).",
            "Give a longer horizon_days, or wait for more data.",
        )
    return windows


def _first_day(task: _Task) -> dt.date:
    name = "interactions" if task.outcome == "respond" else "transactions"
    rows = task.store.table(name)
    found: dt.date | None = task.store.query(rows.aggregate(day=rows.local_date.min()))["day"][0].as_py()
    if found is None:
        raise QuestionError(f"The store has no {name}.", f"Import {name} first.")
    return found


def _window(task: _Task, origin: dt.date) -> _Window:
    task = task.on(origin)
    until = origin + dt.timedelta(days=task.horizon)
    known = _known(task, origin)
    if task.outcome == "respond":
        made = contact_history.looked_back(contact_history.outbound(task.store, until))
        made = made[made["local_date"].map(lambda day: day > origin)]
        return _Window(origin, _of_contacts(task, made, known), made["positive"].to_numpy())
    came = known.index.isin(_buyers(task, origin, until))
    return _Window(origin, known, (~came if task.outcome == "churn" else came).astype(float))


def _known(task: _Task, day: dt.date) -> pd.DataFrame:
    """Features of the customers in question on a day."""
    found = features.of_customers(task.store, day, task.currency, task.attributes)
    if task.extra is not None:
        found = found.join(features.extra_at(task.extra, day), rsuffix="_extra")
    if task.outcome == "churn":
        found = found[found["recency_days"] < ACTIVE * task.horizon]
    return found


def _of_contacts(task: _Task, contacts: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Features of contacts: the contact's own history, and what was known of the customer.

    Who had not ordered yet has attributes, too.
    """
    spare = [name for name in (*contact_history.NAMES, *task.attributes) if name in known]
    whole = contacts[["customer_id", *contact_history.NAMES]].set_index("customer_id")
    whole = whole.join(known.drop(columns=spare))
    return whole.join(features.attributes_of(task.store, task.attributes)) if task.attributes else whole


def _buyers(task: _Task, origin: dt.date, until: dt.date) -> Any:
    rows = counted_rows(task.store.table("transactions"), until, ORDER_KINDS)
    bought = rows.filter(rows.local_date > origin, is_purchase(rows, ORDER_KINDS))
    return task.store.query(bought.select("customer_id").distinct())["customer_id"].to_pylist()


def _today(task: _Task) -> pd.DataFrame:
    """What is known on the last day, for the prediction."""
    task = task.on(task.day)
    known = _known(task, task.day)
    if task.outcome != "respond":
        return known
    made = contact_history.outbound(task.store, task.day)
    return _of_contacts(task, contact_history.next_contact(made, known.index, task.day), known)


def _pooled(windows: list[_Window]) -> tuple[pd.DataFrame, np.ndarray]:
    import numpy as np
    import pandas as pd

    table = pd.concat([window.table for window in windows])
    return table, np.concatenate([window.happened for window in windows])


def _calibrated(
    kind: str, taught: list[_Window], window: _Window, seed: int
) -> tuple[estimators.Estimator, measures.Recalibration]:
    """A model learnt from some windows and calibrated on a later one."""
    table, happened = _pooled(taught)
    model = estimators.fit(kind, table, happened, seed)
    return model, measures.learn(model.score(window.table), window.happened)


def _better(windows: list[_Window], seed: int) -> str:
    """The kind whose calibrated probabilities foretell the calibration window better (log loss)."""
    import numpy as np

    def loss(kind: str) -> float:
        model, moved = _calibrated(kind, windows[2:], windows[1], seed)
        p = moved.apply(model.score(windows[1].table))
        y = windows[1].happened
        return float(-(y * np.log(p) + (1 - y) * np.log1p(-p)).mean())

    return min(estimators.KINDS, key=loss)


def _held_out(model: estimators.Estimator, moved: measures.Recalibration, test: _Window) -> HoldOut:
    """How the calibrated model did in a window that it never saw."""
    import numpy as np

    raw, happened = model.score(test.table), test.happened
    p, share = moved.apply(raw), float(happened.mean())
    curve, curve_raw = (measures.reliability(told, happened) for told in (p, raw))
    usual, limit = measures.noise(curve)
    squares = (p - happened) ** 2
    half = 1.959964 * float(squares.std(ddof=1) / np.sqrt(len(squares)))
    figures = {
        "n": len(p),
        "share": share,
        "ece": measures.error(curve),
        "ece_raw": measures.error(curve_raw),
        "ece_noise": usual,
        "ece_limit": limit,
        "brier": float(squares.mean()),
        "brier_low": float(squares.mean()) - half,
        "brier_high": float(squares.mean()) + half,
        "brier_base": share * (1 - share),
    }
    figures |= dict(zip(("auc", "auc_low", "auc_high"), measures.ranking(p, happened), strict=True))
    return HoldOut(figures, curve, curve_raw, _lift(p, happened), lift_curve(p, happened))


def _lift(p: np.ndarray, happened: np.ndarray) -> pd.DataFrame:
    """By tenth of the score, best first: foretold, came (95% Wilson), lift over everybody, share captured.

    A small hold-out has fewer groups, so that none is of fewer persons than may be shown.
    """
    import numpy as np
    import pandas as pd

    order = np.argsort(-p, kind="stable")
    groups = max(1, min(measures.BINS, len(order) // LEAST_SHOWN))
    parts = np.array_split(order, groups)
    n = np.array([len(rows) for rows in parts])
    came = np.array([happened[rows].mean() for rows in parts])
    low, high = measures.wilson(came, n)
    columns = {"decile": np.arange(1, len(n) + 1), "n": n, "came": came, "low": low, "high": high}
    base = happened.mean()
    ratios = {f"lift{end}": v / base for end, v in (("", came), ("_low", low), ("_high", high))}
    captured = np.cumsum(came * n) / happened.sum()
    foretold = np.array([p[rows].mean() for rows in parts])
    return pd.DataFrame(columns | {"foretold": foretold} | ratios | {"captured": captured})


def _remarks(task: _Task, windows: list[_Window]) -> tuple[Remark, ...]:
    table, happened = _pooled(windows[2:])
    found = [
        Remark.of("today_only", name=name) for name in task.attributes if name not in features.ATTRIBUTES
    ]
    found += [Remark.of("leak", name=str(name)) for name in table if _alone(table[name], happened) > LEAK]
    if len(windows) < 4:
        found.append(Remark.of("few_windows", count=len(windows)))
    return tuple(found)


def _alone(column: pd.Series, happened: np.ndarray) -> float:
    """How well a feature alone ranks the outcome, either way round (AUC); names by their own share."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        numbers = column.astype(float)
        values = numbers.fillna(numbers.min() - 1 if numbers.notna().any() else 0.0).to_numpy()
    else:
        names = column.astype(str).to_numpy()
        values = pd.Series(happened).groupby(names).transform("mean").to_numpy()
    area = measures.ranking(values, happened)[0]
    return max(area, 1 - area) if np.isfinite(area) else 0.5
