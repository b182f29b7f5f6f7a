"""`attribute` and `compare_models`: one query, then arrays of the size of the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import signature
from typing import Any

from workbench.attribution import cells as cells_
from workbench.attribution import counted, counts, memory, routes, tables, tallies, ways
from workbench.attribution.answer import FEWEST_OUTCOMES, OTHER, Attribution
from workbench.attribution.build import Origin, answer, check
from workbench.attribution.comparing import Models
from workbench.attribution.counted import Paths
from workbench.attribution.credit import credit, weights
from workbench.attribution.models import Rules, pick
from workbench.attribution.notes import Note
from workbench.attribution.routes import FEWEST_PEOPLE, PathTable
from workbench.attribution.source import Source
from workbench.attribution.tracks import Tracks, fetch
from workbench.errors import QuestionError, unknown
from workbench.metrics.answer import code_version
from workbench.store.part import part_of

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
    segment: Any = None,
) -> Attribution:
    """Share own conversions among the channels that were touched before them.

    Args:
        touches: A Store; or a pandas, Polars, Arrow or Ibis table, one row a touch: `customer_id`, `time`,
            the column `by`, and without `conversions` also `converted` (0 or 1) and, if known, `value`;
            or counted paths (`from_paths`).
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
        segment: Of a Store, a rule or a saved segment's name: its customers alone count; None: everybody.

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
    allowed = [name for name in signature(attribute).parameters if name not in ("touches", "model")]
    asked = {**_options(options, allowed), "window_days": window_days}
    names = (models,) if isinstance(models, str) else models
    return Models(_answers(touches, names, asked))


def _answers(touches: Any, names: Sequence[str] | None, asked: Mapping[str, Any]) -> tuple[Attribution, ...]:
    """One answer a model, from one query."""
    same = ("window_days", "order", "half_life_days", "ends", "direct", "direct_channel")
    rules = Rules(pick(names), **{name: asked[name] for name in same})
    origin = _counted(touches, rules) if isinstance(touches, Paths) else _fetched(touches, asked, rules)
    check(origin.cells, origin.source)
    days = weights(origin.cells.audit.clusters, _count(asked["draws"]), int(asked["seed"]))
    with_direct = rules.direct == "own"
    return tuple(
        answer(origin, model, credit(origin.cells, model, days, with_direct)) for model in rules.models
    )


def paths(
    touches: Any,
    window_days: float = 30,
    *,
    top: int = 20,
    least_people: int = FEWEST_PEOPLE,
    **options: Any,
) -> PathTable:
    """The most common journeys, with what they brought.

    Repeats of a channel in a row are taken as one; of more than six channels the first five and the last are
    named. Paths that too few people took are added up, because they would speak of single persons.

    Args:
        touches: As for `attribute`, but for counted paths.
        window_days: As for `attribute`.
        top: Paths shown.
        least_people: People that a path of its own has at least; 10 or more.
        options: `conversions`, `by`, `timezone`, `columns`, `period`, `goal`, `segment` of `attribute`.

    Raises:
        QuestionError: for parameters that do not fit.
        InputError: for a table that cannot be read as touches.
    """
    asked = _options(options, ("conversions", "by", "timezone", "columns", "period", "goal", "segment"))
    rules = Rules(pick(["last"]), window_days)
    if isinstance(least_people, bool) or not isinstance(least_people, int) or least_people < FEWEST_OUTCOMES:
        raise QuestionError(
            f"least_people={least_people!r} would show single persons.", f"Use {FEWEST_OUTCOMES} or more."
        )
    source, tracks = _source(touches, asked, rules)
    if tracks is None:
        answered = source.ask(routes.question(source, rules.window_days))
    else:
        answered = ways.answer(tracks, source, rules.window_days)
    found = answered.to_pandas().assign(path=[routes.written(row) for row in answered.to_pylist()])
    table = routes.folded(found, top, least_people)
    named = table[["path", "people", "journeys", "conversions", "rate", "value"]]
    return PathTable(
        table=named if source.valued else named.assign(value=float("nan")),
        by=source.by,
        hidden=len(found) - int((table.path != OTHER).sum()),
        least_people=least_people,
        currency=source.currency,
        period=source.period,
        data_version=source.data_version,
        code_version=code_version(),
        notes=(*source.notes, Note.of("own")),
    )


def _options(options: Mapping[str, Any], allowed: Sequence[str]) -> dict[str, Any]:
    """Parameters of `attribute`, with their defaults."""
    known = {name: item.default for name, item in signature(attribute).parameters.items()}
    for name in options:
        if name not in allowed:
            raise unknown("parameter", name, allowed)
    return {**known, **options}


def _fetched(touches: Any, asked: Mapping[str, Any], rules: Rules) -> Origin:
    source, tracks = _source(touches, asked, rules)

    def written() -> str:
        return source.sql(counts.question(source, rules))

    if tracks is None:
        return Origin(source, rules, cells_.of(source.ask(counts.question(source, rules)), rules), written)
    return Origin(source, rules, cells_.of(tallies.answer(tracks, source, rules), rules), written)


def _counted(touches: Paths, rules: Rules) -> Origin:
    source = Source(
        dict, _nothing, _nothing, "channel", bare=False, valued=touches.worth is not None, unit="journeys"
    )
    return Origin(source, rules, counted.cells(touches, rules), str)


def _nothing(_expression: Any) -> Any:
    """Counted paths are asked nothing."""
    return None


def _source(touches: Any, asked: Mapping[str, Any], rules: Rules) -> tuple[Source, Tracks | None]:
    """Where the events are, and, if they fit into memory, the events in order."""
    from workbench.data import Store

    touches = part_of(touches, asked["segment"])
    if isinstance(touches, Store):
        return memory.of_store(touches, asked["by"], rules.window_days, asked["period"], asked["goal"])
    if isinstance(touches, Paths):
        raise QuestionError("Counted paths are already a table of paths.", "Give touches.")
    if asked["period"] != "all":
        raise QuestionError(
            f"period={asked['period']!r} is for a Store; a table answers with all its rows.",
            "Leave out the rows of other days.",
        )
    source = tables.source(touches, asked["conversions"], asked["by"], asked["timezone"], asked["columns"])
    return source, fetch(source)


def _count(draws: Any) -> int:
    if isinstance(draws, bool) or not isinstance(draws, int) or not 0 <= draws <= MOST_DRAWS:
        raise QuestionError(f"draws={draws!r} is no number of draws.", f"Use 0 to {MOST_DRAWS:,}.")
    return draws
