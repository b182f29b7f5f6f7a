"""What an experiment can be told beyond its metrics, and checks of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any

from workbench.compare.analysis import Margin, Rules
from workbench.compare.bayes import Prior
from workbench.compare.inference import Looks, Once
from workbench.compare.measures import Measure, better_of
from workbench.compare.sequential import AlwaysValid, GroupSequential
from workbench.errors import QuestionError, unknown


@dataclass(frozen=True)
class Options:
    """Keyword options of `experiment`.

    Attributes:
        name: Which experiment of a store; None: its only one.
        until: Last day that counts, of a store; None: the last day with data.
        days: Follow-up of every unit in days, of a store; None: all there is, cut to the same for
            every arm where arms began at different times.
        before_days: Days before the assignment that the store's covariates cover.
        currency: Of a store's amounts, where it holds several.
        segment: Of a store, a rule or a saved segment's name: its customers alone are compared, as they were
            on the day before the first assignment; None: everybody.
        unit: Column that names the unit, to find duplicates; None: one called `customer_id`, ….
        cluster: Column of the unit that was randomised, where it holds several rows.
        strata: Dimensions to post-stratify by.
        keep: Further dimensions that `slice` may ask for.
        shares: Arm → planned share; None: equal.
        margins: Metric → largest acceptable loss, in its unit or as `Margin(0.02, relative=True)`.
        better: Metric → `higher` or `lower`, where the catalogue does not know.
        units: Metric → `money`, `percent`, `number`, …, where the catalogue does not know.
        prior: Prior of lifts for the probability to be better; None: none.
        correction: `holm`, `bh` or `none`, over all rows of the table.
        level: Confidence.
        planned: Units that the experiment was planned for: fewer is an early look.
        rollout: Units that the decision is about, for the verdict in money; None: the experiment's.
    """

    name: str | None = None
    until: dt.date | str | None = None
    days: int | None = None
    before_days: int = 180
    currency: str | None = None
    segment: Any = None
    unit: str | None = None
    cluster: str | None = None
    strata: str | Sequence[str] | None = None
    keep: str | Sequence[str] = ()
    shares: Mapping[str, float] | None = None
    margins: Mapping[str, float | Margin] = field(default_factory=dict)
    better: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    prior: Prior | None = None
    correction: str = "holm"
    level: float = 0.95
    planned: int | None = None
    rollout: int | None = None


def options(given: Mapping[str, Any]) -> Options:
    """The options of a question.

    Raises:
        QuestionError: for an unknown one, or a level that is none.
    """
    allowed = [item.name for item in fields(Options)]
    for name in given:
        if name not in allowed:
            raise unknown("option", name, allowed, where="experiment")
    made = Options(**{name: value for name, value in given.items() if value is not None})
    if not _is_number(made.level) or not 0.5 <= made.level < 1:
        raise QuestionError(
            f"{made.level!r} is no level of confidence.", "Give a number such as 0.95.", "level"
        )
    for name in ("planned", "rollout"):
        size = getattr(made, name)
        if size is not None and not (_is_number(size) and size > 0):
            raise QuestionError(f"{name}={size!r} is no number of units.", "Give a number above 0.", name)
    if made.prior is not None and not isinstance(made.prior, Prior):
        raise QuestionError(f"{made.prior!r} is no prior.", "Give wb.compare.Prior(sd=0.1).", "prior")
    return made


def _is_number(given: object) -> bool:
    return isinstance(given, Real) and not isinstance(given, bool)


def rules(
    asked: Sequence[Measure], control: str, sequential: Looks | str | Sequence[float] | None, made: Options
) -> Rules:
    """How a comparison is judged.

    Raises:
        QuestionError: for a plan of looks, direction or margin that does not fit.
    """
    names = [item.name for item in asked]
    return Rules(
        control,
        made.level,
        made.correction,
        _looks(sequential),
        _better(asked, made.better),
        _margins(made.margins, names),
        made.prior,
    )


def named(given: str | Sequence[str] | None) -> tuple[str, ...]:
    """Names, each once.

    Raises:
        QuestionError: for what is no name.
    """
    found = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else given
    for name in found:
        if name is not None and not isinstance(name, str):
            raise QuestionError(f"{name!r} is no name of a column.", "Name columns by their text.")
    return tuple(name for name in dict.fromkeys(found) if name is not None)


def _looks(given: Looks | str | Sequence[float] | None) -> Looks:
    if given is None:
        return Once()
    if given == "always_valid":
        return AlwaysValid()
    if isinstance(given, str):  # a sequence too, but no fractions
        raise QuestionError(
            f"Unknown sequential plan {given!r}.",
            "Give 'always_valid', AlwaysValid(planned=units) or GroupSequential((0.25, 0.5, …)).",
        )
    if isinstance(given, int | float):
        given = (float(given),)
    return given if isinstance(given, Looks) else GroupSequential(tuple(given))


def _better(asked: Sequence[Measure], given: Mapping[str, str]) -> dict[str, str]:
    found = {item.name: given.get(item.name, better_of(item)) for item in asked}
    for name, side in given.items():
        if name not in found:
            raise unknown("metric", name, found, where="better")
        if side not in ("higher", "lower"):
            raise unknown("direction", side, ("higher", "lower"), where="better")
    return found


def _margins(given: Mapping[str, float | Margin], names: Sequence[str]) -> dict[str, Margin]:
    found = {}
    for name, item in given.items():
        if name not in names:
            raise unknown("metric", name, names, where="margins")
        margin = item if isinstance(item, Margin) else Margin(item)
        if not _is_number(margin.size) or not margin.size > 0:
            raise QuestionError(
                f"A margin of {margin.size!r} allows no loss.",
                "Give the largest acceptable loss as a positive number.",
            )
        found[name] = margin
    return found
