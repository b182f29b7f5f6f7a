"""`experiment`: randomised arms against a control, from a store or any frame."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from workbench.compare import families, health, verdicts
from workbench.compare.admission import admitted, arm_named, check_arms
from workbench.compare.analysis import EXTRA, MARGIN, Rules, analysed, left_out
from workbench.compare.cube import Cube
from workbench.compare.fetch import Plan, fetch
from workbench.compare.inference import Looks, Once
from workbench.compare.measures import Measure, measures, unit_of
from workbench.compare.options import Options, named, options, rules
from workbench.compare.quantiles import parts
from workbench.compare.result import COLUMNS, Comparison, Remark
from workbench.compare.sequential import AlwaysValid, GroupSequential
from workbench.compare.units import Units
from workbench.compare.words import Share, metric_words
from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    pass


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
        layers = self.strata if strata is None else named(strata)
        shares = self.shares and {arm: share for arm, share in self.shares.items() if arm in cube.arms}
        asked = replace(self, strata=layers, shares=shares, by=named(by))
        return _answer(asked, replace(cube, measures=chosen), {}, None)


def experiment(
    data: Any,
    metrics: Any = None,
    variant: str = "variant",
    control: str = "A",
    covariates: Mapping[Any, Any] | Sequence[Any] | str | None = None,
    by: str | Sequence[str] | None = None,
    sequential: Looks | str | Sequence[float] | None = None,
    **more: Any,
) -> Experiment:
    """Compare the arms of an experiment with its control.

    Args:
        data: A `Store` (tables `assignments` and `transactions`), or one row a unit as a pandas, Polars or
            Arrow frame or any Ibis table.
        metrics: Columns (means, shares), pairs (numerator, denominator), `Quantile(column, q)`. From a
            store: `converted`, `orders`, `revenue`, `margin` after the assignment, each a customer;
            None: the first and the third of these.
        variant: Column of the arm.
        control: The arm that the others are compared with, as a name, number or truth value.
        covariates: Metric → columns from before the assignment (CUPED); a list serves every metric. From
            a store: `orders_before`, `revenue_before`, `converted_before`.
        by: Dimensions to break the answer down by; from a store: attributes of customers.
        sequential: How often one looks: None for once at a planned size, `GroupSequential(fractions)` (or
            its fractions), `AlwaysValid(planned)` (or `always_valid`).
        more: `name`, `until`, `days`, `before_days`, `currency`, `segment` of a store; `unit`, `cluster`,
            `strata`, `keep`, `shares`, `margins`, `better`, `units`, `prior`, `correction`, `level`,
            `planned`, `rollout`: as `Options` says.

    Returns:
        The comparison; `.slice` analyses any part of it.

    Raises:
        QuestionError: for parameters that do not fit the data: an unknown column, fewer than two arms, a
            control that does not exist, a unit in two arms or twice.
        InputError: for data that are no table of units.

    Source: Welch (1947), Fieller (1954), Deng et al. (2013, 2018); see `estimates` and `inference`.
    """
    made = options(more)
    asked = measures(_outcomes(data, metrics), covariates)
    _check_names(asked, variant, named(by))
    judged = rules(asked, str(control), sequential, made)
    dims = tuple(dict.fromkeys((*named(by), *named(made.strata), *named(made.keep))))
    found = admitted(data, asked, variant, dims, made)
    cube, sql = fetch(
        found, Plan(tuple(item for item in asked if item.q is None), variant, dims, made.cluster)
    )
    judged = replace(judged, control=check_arms(cube, control, variant))
    made = replace(made, shares=_shares(made.shares, cube.arms))
    quantiles = [item for item in asked if item.q]
    ranked = {
        item.name: parts(found, Plan((), variant, named(by), made.cluster), item, judged, cube.arms)
        for item in quantiles
    }
    return _answer(_given(asked, judged, made, found, cube, sql, named(by)), cube, ranked, found.assigned)


def _shares(given: Mapping[Any, float] | None, arms: Sequence[str]) -> dict[str, float] | None:
    """Planned shares by the names that the arms have."""
    if given is None:
        return None
    return {arm_named(arm, arms) or str(arm): share for arm, share in given.items()}


def _check_names(asked: Sequence[Measure], variant: str, by: Sequence[str]) -> None:
    """A breakdown stands beside the table's own columns; a covariate is from before its metric.

    Raises:
        QuestionError: for a breakdown named like one of them or by the arms, or a metric explained by itself.
    """
    for name in by:
        if name == variant:
            raise QuestionError(
                f"{name!r} names the arms: every segment would hold one.", "Leave it out.", "by"
            )
        if name in (*COLUMNS, *EXTRA, *MARGIN):
            raise QuestionError(
                f"A breakdown by {name!r} would hide the answer's own column {name!r}.",
                "Rename the column first.",
                "by",
            )
    for item in asked:
        if item.term in item.covariates:
            raise QuestionError(
                f"{item.name!r} is given as its own covariate, which would explain every effect away.",
                "Name columns from before the assignment.",
                "covariates",
            )


def _outcomes(data: Any, metrics: Any) -> Any:
    from workbench.store.store import Store

    return ["converted", "revenue"] if metrics is None and isinstance(data, Store) else metrics


def _given(
    asked: Sequence[Measure],
    judged: Rules,
    made: Options,
    found: Units,
    cube: Cube,
    sql: str,
    by: tuple[str, ...],
) -> Experiment:
    """Everything about an experiment but its numbers."""
    return Experiment(
        table=None,  # type: ignore[arg-type]
        kind="experiment",
        method=_method(asked, judged, made),
        by=by,
        units={item.name: _unit(cube, item, {**found.units, **made.units}) for item in asked},
        better=judged.better,
        level=judged.level,
        correction=judged.correction,
        currency=found.currency,
        as_of=found.as_of,
        data_version=found.data_version,
        sql=sql,
        cube=cube,
        rules=judged,
        shares=made.shares,
        strata=named(made.strata),
        clustered=bool(made.cluster),
        rollout=made.rollout,
        given=(*found.remarks, *_early(cube, made.planned, judged)),
    )


def _answer(
    given: Experiment, cube: Cube, quantiles: Mapping[str, Any], assigned: Mapping[str, int] | None
) -> Experiment:
    """Table, checks and verdict of what is in a cube."""
    import pandas as pd

    judged = given.rules
    columns = analysed(cube, judged, given.by, given.strata, quantiles)
    rows = verdicts.records(columns)
    observed = dict(assigned) if assigned else cube.sizes
    ratio = families.sample_ratio(observed, given.shares)
    said = (
        *given.given,
        *health.remarks(cube, judged.control, ratio, given.clustered),
        *_unbounded(rows),
        *_left_out(cube, given),
    )
    verdict = verdicts.verdict(
        rows, given.by, given.units, judged.better, ratio, given.currency, judged.alpha, given.rollout
    )
    details = {} if given.by else {"worth": verdicts.worth(rows, given.units, judged.better, given.rollout)}
    return replace(
        given,
        table=pd.DataFrame(columns),
        warnings=said,
        verdict=verdict,
        srm=ratio,
        details=details,
        cube=cube,
    )


def _unit(cube: Cube, item: Measure, given: Mapping[str, str]) -> str:
    if item.name in given or (item.term[0] in given and item.term[1] is None):
        return given.get(item.name, given.get(item.term[0], "number"))
    return unit_of(item, item.q is None and health.binary(cube, item))


def _method(asked: Sequence[Measure], judged: Rules, made: Options) -> str:
    if isinstance(judged.looks, GroupSequential):
        return "group_sequential"
    if isinstance(judged.looks, AlwaysValid):
        return "always_valid"
    if made.cluster:
        return "clustered"
    if any(item.covariates for item in asked):
        return "cuped"
    return "stratified" if made.strata else "welch"


def _early(cube: Cube, planned: int | None, judged: Rules) -> tuple[Remark, ...]:
    size = int(cube.assigned.sum())
    if planned is None or size >= 0.98 * planned or not isinstance(judged.looks, Once):
        return ()
    return (Remark.of("peeking", "warn", n=size, planned=planned),)


def _unbounded(rows: Sequence[Mapping[str, Any]]) -> tuple[Remark, ...]:
    """Relative intervals without an end are said as such."""
    endless = [row["metric"] for row in rows if math.isinf(row["lift_low"]) or math.isinf(row["lift_high"])]
    names = [metric_words(name) for name in dict.fromkeys(endless)]
    return (Remark.of("unbounded", "warn", metrics=names, rows=len(endless)),) if names else ()


def _left_out(cube: Cube, given: Experiment) -> tuple[Remark, ...]:
    """Strata that cannot be compared are said, for the answer is no longer about everybody."""
    if not given.strata:
        return ()
    lost = {item.name: left_out(cube, item, given.by, given.strata) for item in cube.measures}
    total = max(int(cube.rows.sum()), 1)
    return tuple(
        Remark.of("strata_left_out", metric=metric_words(name), count=count, share=Share(count / total))
        for name, count in lost.items()
        if count
    )
