"""`experiment`: randomised arms against a control, from a store or any frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workbench.compare import families, health, verdicts
from workbench.compare.analysis import Margin, Rules, analyse
from workbench.compare.cube import Cube
from workbench.compare.fetch import Plan, fetch
from workbench.compare.inference import Looks, Once
from workbench.compare.measures import Measure, better_of, measures, unit_of
from workbench.compare.quantiles import parts
from workbench.compare.result import Comparison, Remark
from workbench.compare.sequential import AlwaysValid, GroupSequential
from workbench.compare.units import ID_COLUMNS, Units, present, units
from workbench.compare.words import metric_words
from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from workbench.compare.bayes import Prior


@dataclass(frozen=True, eq=False)
class Experiment(Comparison):
    """The answer of `experiment`; `slice` analyses any part of it without touching a row.

    Attributes:
        cube: Moments of every mean and ratio by arm and dimension.
        rules: How it was judged.
        shares: Planned shares of the arms; None: equal.
        strata: Dimensions it was post-stratified by.
        clustered: Whether the randomised units are clusters.
        rollout: Units that the decision is about; None: those of the experiment.
        given: Remarks about where the units came from.
    """

    cube: Cube = field(default=None, repr=False)  # type: ignore[assignment]
    rules: Rules = field(default=None, repr=False)  # type: ignore[assignment]
    shares: Mapping[str, float] | None = None
    strata: tuple[str, ...] = ()
    clustered: bool = False
    rollout: int | None = None
    given: tuple[Remark, ...] = field(default=(), repr=False)

    def slice(
        self,
        by: str | Sequence[str] | None = None,
        where: Mapping[str, Any] | None = None,
        metrics: Sequence[str] | None = None,
        arms: Sequence[str] | None = None,
        strata: str | Sequence[str] | None = None,
    ) -> Experiment:
        """The same experiment for some units, arms or metrics, broken down anew.

        Args:
            by: Dimensions of the breakdown, of those that were fetched (`by`, `strata`, `keep`).
            where: Dimension → value or values to keep.
            metrics: Names of means and ratios; None: all (quantiles need the rows and are left out).
            arms: Arms to compare beside the control; None: all.
            strata: Dimensions to post-stratify by; None: as before.

        Raises:
            QuestionError: for a dimension, metric or arm that is not in the cube.
        """
        cube = self.cube.where(where or {})
        if arms is not None:
            for arm in arms:
                if arm not in cube.arms:
                    raise unknown("arm", arm, cube.arms)
            cube = cube.of_arms([*arms, self.rules.control])
        for name in metrics or ():
            if name not in cube.moments:
                raise unknown("metric", name, cube.moments)
        chosen = tuple(item for item in cube.measures if metrics is None or item.name in metrics)
        layers = self.strata if strata is None else _names(strata)
        shares = self.shares and {arm: share for arm, share in self.shares.items() if arm in cube.arms}
        asked = replace(self, strata=layers, shares=shares, by=_names(by))
        return _answer(asked, replace(cube, measures=chosen), {}, None)


def experiment(
    data: Any,
    metrics: Any = ("converted", "revenue"),
    variant: str = "variant",
    control: str = "A",
    covariates: Mapping[Any, Any] | Sequence[Any] | str | None = None,
    by: str | Sequence[str] | None = None,
    sequential: Looks | str | None = None,
    *,
    name: str | None = None,
    until: dt.date | str | None = None,
    days: int | None = None,
    before_days: int = 180,
    currency: str | None = None,
    unit: str | None = None,
    cluster: str | None = None,
    strata: str | Sequence[str] | None = None,
    keep: Sequence[str] = (),
    shares: Mapping[str, float] | None = None,
    margins: Mapping[str, float | Margin] | None = None,
    better: Mapping[str, str] | None = None,
    units_of: Mapping[str, str] | None = None,
    prior: Prior | None = None,
    correction: str = "holm",
    level: float = 0.95,
    planned: int | None = None,
    rollout: int | None = None,
) -> Experiment:
    """Compare the arms of an experiment with its control.

    Args:
        data: A `Store` (tables `assignments` and `transactions`), or one row a unit as a pandas, Polars or
            Arrow frame or any Ibis table.
        metrics: Columns (means, shares), pairs (numerator, denominator), `Quantile(column, q)`. From a
            store: `converted`, `orders`, `revenue`, `margin` after the assignment, each a customer.
        variant: Column of the arm.
        control: The arm that the others are compared with.
        covariates: Metric → columns from before the assignment (CUPED); a list serves every metric. From
            a store: `orders_before`, `revenue_before`.
        by: Dimensions to break the answer down by; from a store: attributes of customers.
        sequential: How often one looks: None for once at a planned size, `GroupSequential(fractions)` or
            `AlwaysValid(planned)` (also by the name `always_valid`).
        name: Which experiment of a store; None: its only one.
        until: Last day that counts, for a store; None: the last day with data.
        days: Follow-up of every unit in days, for a store; None: all there is, cut to the same for
            every arm where arms began at different times.
        before_days: Days before the assignment that the store's covariates cover.
        currency: Of a store's amounts, where it holds several.
        unit: Column that names the unit, to find duplicates; None: one called `customer_id`, `user_id`, ….
        cluster: Column of the unit that was randomised, where it holds several rows.
        strata: Dimensions to post-stratify by.
        keep: Further dimensions that `slice` may ask for.
        shares: Arm → planned share; None: equal.
        margins: Metric → largest acceptable loss (in its unit, or `Margin(0.02, relative=True)`): also
            tests non-inferiority.
        better: Metric → `higher` or `lower`, where the catalogue does not know.
        units_of: Metric → `money`, `percent`, `number`, …, where the catalogue does not know.
        prior: `Prior` of lifts for the probability to be better; None: none.
        correction: `holm`, `bh` or `none`, over all rows of the table.
        level: Confidence.
        planned: Units that the experiment was planned for: fewer is an early look.
        rollout: Units that the decision is about, for the verdict in money; None: those of the experiment.

    Returns:
        The comparison; `.slice` analyses any part of it.

    Raises:
        QuestionError: for parameters that do not fit the data: an unknown column, fewer than two arms, a
            control that does not exist, a unit in two arms or twice.
        InputError: for data that are no table of units.

    Source: Welch (1947), Fieller (1954), Deng et al. (2013, 2018); see `estimates` and `inference`.
    """
    if not 0.5 <= level < 1:
        raise QuestionError(f"{level!r} is no level of confidence.", "Give a number such as 0.95.", "level")
    asked = measures(metrics, covariates)
    dims = tuple(dict.fromkeys((*_names(by), *_names(strata), *_names(keep))))
    found = _units(data, asked, variant, dims, unit, cluster, name, until, days, before_days, currency)
    plain = tuple(item for item in asked if item.q is None)
    plan = Plan(plain, variant, dims, cluster)
    cube, sql = fetch(found, plan)
    _check_arms(cube, control, variant)
    names = {item.name: item for item in asked}
    rules = Rules(
        control,
        level,
        correction,
        _looks(sequential),
        _better(asked, better or {}),
        _margins(margins or {}, names),
        prior,
    )
    quantiles = {
        item.name: parts(found, Plan((), variant, _names(by)), item, rules) for item in asked if item.q
    }
    given = Experiment(
        table=None,  # type: ignore[arg-type]
        kind="experiment",
        method=_method(asked, rules, cluster, strata),
        by=_names(by),
        units={item.name: _unit(cube, item, {**found.units, **(units_of or {})}) for item in asked},
        better=rules.better,
        level=level,
        correction=correction,
        currency=found.currency,
        as_of=found.as_of,
        data_version=found.data_version,
        sql=sql,
        cube=cube,
        rules=rules,
        shares=shares,
        strata=_names(strata),
        clustered=bool(cluster),
        rollout=rollout,
        given=(*found.remarks, *_early(cube, planned, rules)),
    )
    return _answer(given, cube, quantiles, found.assigned)


def _answer(
    given: Experiment, cube: Cube, quantiles: Mapping[str, Any], assigned: Mapping[str, int] | None
) -> Experiment:
    """Table, checks and verdict of what is in a cube."""
    rules = given.rules
    table = analyse(cube, rules, given.by, given.strata, quantiles)
    observed = dict(assigned) if assigned else cube.sizes
    ratio = families.sample_ratio(observed, given.shares)
    said = (
        *given.given,
        *health.remarks(cube, rules.control, ratio, given.clustered),
        *_unbounded(table),
    )
    verdict = verdicts.verdict(
        table, given.by, given.units, rules.better, ratio, given.currency, rules.alpha, given.rollout
    )
    details = (
        {} if given.by else {"worth": verdicts.worth(verdicts.records(table), given.units, given.rollout)}
    )
    return replace(
        given,
        table=table,
        warnings=said,
        verdict=verdict,
        srm=ratio,
        details=details,
        cube=cube,
    )


def _names(given: str | Sequence[str] | None) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(dict.fromkeys(given or ()))


def _units(
    data: Any,
    asked: Sequence[Measure],
    variant: str,
    dims: tuple[str, ...],
    unit: str | None,
    cluster: str | None,
    name: str | None,
    until: Any,
    days: int | None,
    before_days: int,
    currency: str | None,
) -> Units:
    from workbench.store.store import Store

    needed = tuple(dict.fromkeys(column for item in asked for column in item.columns))
    if isinstance(data, Store):
        from workbench.compare import assigned

        found: Units = assigned.units(data, needed, dims, name, until, days, before_days, currency)
        return found
    there = present(data)
    identity = unit or next((column for column in ID_COLUMNS if column in there), None)
    extra = [column for column in (identity, cluster, "currency" if "currency" in there else None) if column]
    found = units(data, tuple(dict.fromkeys((*needed, variant, *dims, *extra))))
    if identity and not cluster:
        _check_units(found, identity, variant)
    if cluster:
        _check_clusters(found, cluster, variant)
    return _in_one_currency(found) if "currency" in there else found


def _check_units(found: Units, identity: str, variant: str) -> None:
    """Each unit once, in one arm."""
    table = found.table.select(identity=found.table[identity], arm=found.table[variant].cast("string"))
    each = table.group_by("identity").agg(rows=table.count(), arms=table.arm.nunique())
    total = each.agg(twice=(each.rows > 1).sum(), both=(each.arms > 1).sum())
    row = {key: value or 0 for key, value in found.run(total).to_pylist()[0].items()}
    if row["both"]:
        raise QuestionError(
            f"Overlapping assignments: {row['both']:,} values of {identity!r} are in more than one arm.",
            "Leave these units out, or compare by the unit that was randomised (cluster=…).",
        )
    if row["twice"]:
        raise QuestionError(
            f"{row['twice']:,} values of {identity!r} have more than one row.",
            f"Sum them to one row a unit, or pass cluster={identity!r} where the rows are parts of a unit.",
        )


def _check_clusters(found: Units, cluster: str, variant: str) -> None:
    table = found.table.select(cluster=found.table[cluster], arm=found.table[variant].cast("string"))
    each = table.group_by("cluster").agg(arms=table.arm.nunique())
    both = found.run(each.agg(both=(each.arms > 1).sum())).to_pylist()[0]["both"] or 0
    if both:
        raise QuestionError(
            f"Overlapping assignments: {both:,} clusters of {cluster!r} are in more than one arm.",
            "The cluster is the unit that was randomised: each belongs to one arm.",
        )


def _in_one_currency(found: Units) -> Units:
    codes = found.run(found.table.select("currency").distinct().limit(10))["currency"].to_pylist()
    known = sorted({str(code) for code in codes if code})
    if len(known) > 1:
        raise QuestionError(
            f"Unequal units: the amounts are in {', '.join(known)}.",
            "Convert them to one currency first, or keep the rows of one.",
            "column currency",
        )
    return found.with_(currency=known[0]) if known else found


def _check_arms(cube: Cube, control: str, variant: str) -> None:
    arms = cube.arms
    if len(arms) < 2:
        raise QuestionError(
            f"There is only one arm, {arms[0]!r}: nothing to compare it with."
            if arms
            else "There are no arms.",
            f"Column {variant!r} must name at least two arms.",
        )
    if control not in arms:
        raise unknown("control", control, arms, where=f"column {variant}")


def _looks(given: Looks | str | None) -> Looks:
    if given is None:
        return Once()
    if given == "always_valid":
        return AlwaysValid()
    if isinstance(given, str):
        raise QuestionError(
            f"Unknown sequential plan {given!r}.",
            "Give 'always_valid', AlwaysValid(planned=units) or GroupSequential((0.25, 0.5, …)).",
        )
    return given


def _better(asked: Sequence[Measure], given: Mapping[str, str]) -> dict[str, str]:
    found = {item.name: given.get(item.name, better_of(item)) for item in asked}
    for name, side in given.items():
        if name not in found:
            raise unknown("metric", name, found, where="better")
        if side not in ("higher", "lower"):
            raise unknown("direction", side, ("higher", "lower"), where="better")
    return found


def _margins(given: Mapping[str, float | Margin], names: Mapping[str, Measure]) -> dict[str, Margin]:
    found = {}
    for name, item in given.items():
        if name not in names:
            raise unknown("metric", name, names, where="margins")
        margin = item if isinstance(item, Margin) else Margin(float(item))
        if not margin.size > 0:
            raise QuestionError(
                f"A margin of {margin.size} allows no loss.",
                "Give the largest acceptable loss as a positive number.",
            )
        found[name] = margin
    return found


def _unit(cube: Cube, item: Measure, given: Mapping[str, str]) -> str:
    if item.name in given or (item.term[0] in given and item.term[1] is None):
        return given.get(item.name, given.get(item.term[0], "number"))
    return unit_of(item, item.q is None and health.binary(cube, item))


def _method(asked: Sequence[Measure], rules: Rules, cluster: str | None, strata: Any) -> str:
    if isinstance(rules.looks, GroupSequential):
        return "group_sequential"
    if isinstance(rules.looks, AlwaysValid):
        return "always_valid"
    if cluster:
        return "clustered"
    if any(item.covariates for item in asked):
        return "cuped"
    return "stratified" if strata else "welch"


def _early(cube: Cube, planned: int | None, rules: Rules) -> tuple[Remark, ...]:
    size = int(cube.assigned.sum())
    if planned is None or size >= 0.98 * planned or not isinstance(rules.looks, Once):
        return ()
    return (Remark.of("peeking", "warn", n=size, planned=planned),)


def _unbounded(table: pd.DataFrame) -> tuple[Remark, ...]:
    """Relative intervals without an end are said as such."""
    import numpy as np

    endless = table[np.isinf(table["lift_low"]) | np.isinf(table["lift_high"])]
    names = [metric_words(name) for name in dict.fromkeys(endless["metric"])]
    return (Remark.of("unbounded", "warn", metrics=names, rows=len(endless)),) if names else ()
