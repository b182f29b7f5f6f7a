"""`attribute` and `compare_models`: one query, then arrays of the size of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

from workbench.attribution import cells as cells_
from workbench.attribution import counts, stores, tables
from workbench.attribution.answer import Attribution
from workbench.attribution.build import Origin, answer, check
from workbench.attribution.comparing import Models
from workbench.attribution.credit import credit, weights
from workbench.attribution.models import Rules, pick
from workbench.attribution.source import Source
from workbench.errors import QuestionError, unknown

DRAWS, MOST_DRAWS = 400, 10_000
SEED = 20240229


def attribute(
    touches: Any,
    model: str = "markov",
    window_days: float = 30,
    *,
    conversions: Any = None,
    by: str = "channel",
    timezone: str | None = None,
    columns: Mapping[str, str] | None = None,
    period: str = "all",
    goal: str = "order",
    order: int = 1,
    half_life_days: float = 7,
    ends: tuple[float, float] = (0.4, 0.4),
    direct: str = "own",
    direct_channel: str = "",
    draws: int = DRAWS,
    seed: int = SEED,
) -> Attribution:
    """Share own conversions among the channels that were touched before them.

    Args:
        touches: A Store; or a pandas, Polars, Arrow or Ibis table, one row a touch: `customer_id`, `time`,
            the column `by`, and without `conversions` also `converted` (0 or 1) and, if known, `value`.
        model: `markov` (removal effect), `shapley`, `last`, `first`, `linear`, `position`, `time_decay`.
        window_days: Days before a conversion in which a touch counts; a longer gap ends a journey.
        conversions: One row a conversion: `customer_id`, `time` and, if known, `value`.
        by: What gets credit: a column of the touches; of a Store `channel`, `campaign`, `creative`,
            `region` or `device`.
        timezone: Zone of times that name none.
        columns: What a column is called here, for example `{"converted": "conversion"}`.
        period: Of a Store, the days in which conversions, and touches that led to none, count.
        goal: Of a Store, what a conversion is: `order` or `lead`.
        order: Touches that a state of the Markov chain remembers, 1 to 3.
        half_life_days: Days after which a touch weighs half (time decay).
        ends: Credit of the first and of the last touch (position).
        direct: Conversions without a touch: `own` row or `leave_out`.
        direct_channel: Channel whose touches count only where a journey has no other.
        draws: Draws of the days for the 95% intervals; 0: none.
        seed: Seed of the draws.

    Returns:
        The answer; its rows add up to the conversions and their value.

    Raises:
        QuestionError: for parameters that do not fit, or no conversions.
        InputError: for a table that cannot be read as touches.
    """
    asked = {name: value for name, value in locals().items() if name not in ("touches", "model")}
    return _answers(touches, (model,), asked)[0]


def compare_models(
    touches: Any, models: str | Sequence[str] | None = None, window_days: float = 30, **options: Any
) -> Models:
    """Ask several models the same, side by side, with one query.

    Args:
        touches: As for `attribute`.
        models: Ids of models; None: all.
        window_days: As for `attribute`.
        options: Every other parameter of `attribute`.

    Returns:
        The answers side by side, and where they differ.

    Raises:
        QuestionError: for parameters that do not fit, or no conversions.
        InputError: for a table that cannot be read as touches.
    """
    known = {name: item.default for name, item in signature(attribute).parameters.items()}
    for name in options:
        if name not in known or name == "model":
            raise unknown("parameter", name, set(known) - {"model", "touches"})
    asked = {**known, "window_days": window_days, **options}
    names = (models,) if isinstance(models, str) else models
    return Models(_answers(touches, names, asked))


def _answers(touches: Any, names: Sequence[str] | None, asked: Mapping[str, Any]) -> tuple[Attribution, ...]:
    """One answer a model, from one query."""
    same = ("window_days", "order", "half_life_days", "ends", "direct", "direct_channel")
    rules = Rules(pick(names), **{name: asked[name] for name in same})
    source = _source(touches, asked, rules)
    question = counts.question(source.events, rules, source.since)
    found = cells_.of(source.ask(question), rules)
    check(found, source)
    days = weights(found.audit.clusters, _count(asked["draws"]), int(asked["seed"]))
    origin = Origin(source, rules, found, source.sql(question))
    return tuple(answer(origin, model, credit(found, model, days, rules.direct == "own")) for model in rules.models)


def _source(touches: Any, asked: Mapping[str, Any], rules: Rules) -> Source:
    from workbench.data import Store

    if isinstance(touches, Store):
        return stores.source(touches, asked["by"], rules.window_days, asked["period"], asked["goal"])
    if isinstance(touches, Source):
        return touches
    if asked["period"] != "all":
        raise QuestionError(
            f"period={asked['period']!r} is for a Store; a table answers with all its rows.",
            "Leave out the rows of other days.",
        )
    return tables.source(touches, asked["conversions"], asked["by"], asked["timezone"], asked["columns"])


def _count(draws: Any) -> int:
    if isinstance(draws, bool) or not isinstance(draws, int) or not 0 <= draws <= MOST_DRAWS:
        raise QuestionError(f"draws={draws!r} is no number of draws.", f"Use 0 to {MOST_DRAWS:,}.")
    return draws
