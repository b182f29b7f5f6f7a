"""What is measured: means, ratios, quantiles, and the columns whose sums each of them needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import QuestionError

Term = tuple[str, str | None]
"""(column, None) is a mean; (numerator, denominator) a ratio of means."""

PERCENT = frozenset({"converted", "conversion", "visit", "visited", "retained", "churned"})

LOWER = frozenset(
    {"cost", "costs", "churned", "churn", "refunds", "refunded", "returns", "returned", "complaints"}
    | {"unsubscribed", "unsubscribes", "bounced", "bounces"}
)
"""Names that say by themselves that less is better."""


@dataclass(frozen=True)
class Quantile:
    """A quantile of a column, as a metric.

    Attributes:
        name: Column.
        q: Which quantile, between 0 and 1; a half is the median.
    """

    name: str
    q: float = 0.5


@dataclass(frozen=True)
class Measure:
    """One metric of a comparison, and the covariates from before it that make it sharper.

    Attributes:
        name: As in `Comparison.table`.
        term: What is measured; a mean is a ratio without denominator.
        covariates: Means or ratios from before the units were assigned.
        q: Which quantile; None for means and ratios.
    """

    name: str
    term: Term
    covariates: tuple[Term, ...] = ()
    q: float | None = None

    @property
    def terms(self) -> tuple[Term, ...]:
        """What is measured, then the covariates."""
        return (self.term, *self.covariates)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns whose sums and products are needed, each once."""
        return tuple(dict.fromkeys(name for term in self.terms for name in term if name))

    @property
    def is_mean(self) -> bool:
        """Whether it is a plain mean."""
        return self.q is None and self.term[1] is None


def measures(metrics: Any, covariates: Mapping[Any, Any] | Sequence[Any] | str | None) -> tuple[Measure, ...]:
    """The measures of a question.

    Args:
        metrics: Column names, (numerator, denominator) pairs, `Quantile`s, or one of these.
        covariates: Metric → columns or pairs from before; a list serves every metric.

    Raises:
        QuestionError: for what is no metric, or covariates of a metric that is not asked for.
    """
    pair = isinstance(metrics, tuple) and len(metrics) == 2 and all(isinstance(m, str) for m in metrics)
    asked = [metrics] if pair or isinstance(metrics, str | Quantile) else list(metrics or ())
    if not asked:
        raise QuestionError("No metric is named.", "Name columns, for example metrics=['revenue'].")
    plain = [_measure(item) for item in asked]
    known = {item.name for item in plain}
    given = _covariates(covariates, known)
    return tuple(
        dict.fromkeys(
            Measure(item.name, item.term, () if item.q else given.get(item.name, ()), item.q)
            for item in plain
        )
    )


def _measure(item: Any) -> Measure:
    if isinstance(item, Quantile):
        if not 0 < item.q < 1:
            raise QuestionError(f"{item.q!r} is no quantile.", "Give a number between 0 and 1.", item.name)
        return Measure(f"{item.name} q{item.q * 100:g}", (item.name, None), q=item.q)
    term = _term(item)
    return Measure(_named(term), term)


def _term(item: Any) -> Term:
    if isinstance(item, str) and item:
        return item, None
    pair = isinstance(item, tuple | list) and len(item) == 2 and all(isinstance(name, str) for name in item)
    if not pair or item[0] == item[1]:
        raise QuestionError(
            f"{item!r} is no metric.",
            "Name a column, a pair (numerator, denominator), or a Quantile(column, q).",
        )
    return item[0], item[1]


def _named(term: Term) -> str:
    return term[0] if term[1] is None else f"{term[0]}/{term[1]}"


def _covariates(given: Any, known: set[str]) -> dict[str, tuple[Term, ...]]:
    if not given:
        return {}
    if not isinstance(given, Mapping):
        return dict.fromkeys(known, _terms(given))
    found = {
        _named(_term(key)) if not isinstance(key, str) else key: _terms(items) for key, items in given.items()
    }
    if strange := sorted(set(found) - known):
        raise QuestionError(
            f"Covariates are given for {strange[0]!r}, which is not among the metrics.",
            f"Metrics: {', '.join(sorted(known))}.",
        )
    return found


def _terms(items: Any) -> tuple[Term, ...]:
    listed = [items] if isinstance(items, str | tuple) else list(items)
    return tuple(dict.fromkeys(_term(item) for item in listed))


def unit_of(measure: Measure, binary: bool) -> str:
    """Unit of a measure: of the catalogue's metric of the same name or formula, else by its values."""
    from workbench import catalogue

    entries = catalogue.builtin()
    top, bottom = measure.term
    same = next((m for m in entries.values() if (m.numerator, m.denominator) == (top, bottom or "")), None)
    if measure.is_mean and (binary or top in PERCENT):
        return "percent"
    if same is not None and same.scale == 1 and (bottom or same.unit == "money"):
        return same.unit
    money = {"spend", "sales", "margin", "revenue", "amount", "profit", "cost"}
    return "money" if measure.term[0] in money and not bottom else "number"


def better_of(measure: Measure) -> str:
    """Which direction is better, as the catalogue or its name says; `higher` where neither does."""
    from workbench import catalogue

    top, bottom = measure.term
    named = "lower" if top in LOWER else "higher"
    for entry in catalogue.builtin().values():
        if (entry.numerator, entry.denominator) == (top, bottom or ""):
            return named if entry.better == "neither" else entry.better
    return named
