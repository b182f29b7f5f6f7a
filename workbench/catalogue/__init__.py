"""The metric catalogue: one entry a metric, read from `metrics.toml` and a workspace's `metrics/`.

A metric is a linear expression of facts, or a quotient of two: a ratio is always a ratio of sums.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal

from workbench.errors import QuestionError, SettingsError, unknown
from workbench.schema import DELIVERY_FACTS, ROLLUP_OUTCOMES

FACTS: dict[str, str] = {
    column.name.removesuffix("_micros"): column.name for column in (*DELIVERY_FACTS, *ROLLUP_OUTCOMES)
} | {"reach": "reach", "reached_impressions": "reached_impressions"}
"""Names that formulas may use → column of the roll-up (money without `_micros`)."""

MONEY_FACTS = frozenset(name for name, column in FACTS.items() if column.endswith("_micros"))
PARAMETERS = ("margin",)
UNITS = ("count", "percent", "money", "multiple", "days")

Linear = Mapping[str, float]
"""Fact → coefficient; the empty name is the constant term's fact and is not allowed."""


@dataclass(frozen=True)
class Metric:
    """One entry of the catalogue.

    Attributes:
        id: Identifier in code, columns and links.
        numerator: Linear expression of facts, for example `revenue - cost`.
        denominator: Linear expression, or empty for a sum.
        scale: Factor on the quotient (1000 for CPM).
        unit: `count`, `percent` (a rate shown in %), `money`, `multiple` (a quotient) or `days`.
        better: `higher`, `lower` or `neither`.
        en, zh, short_en, short_zh: Names; the short ones fit on a card or axis.
        about_en, about_zh: One sentence for the tooltip.
        answered_by: Question that answers it where `metrics.kpis` cannot; empty otherwise.
        without_margin: Numerator used while the workspace knows no margin; the label says so.
        group: `delivery`, `cost` or `outcome`: its place in menus.
        source: Who defines it so.
    """

    id: str
    en: str
    zh: str
    unit: str
    better: Literal["higher", "lower", "neither"]
    group: str
    numerator: str = ""
    denominator: str = ""
    scale: float = 1.0
    short_en: str = ""
    short_zh: str = ""
    about_en: str = ""
    about_zh: str = ""
    answered_by: str = ""
    without_margin: str = ""
    source: str = ""

    @property
    def is_ratio(self) -> bool:
        """Whether it is a quotient of two sums."""
        return bool(self.denominator)

    def label(self, lang: str, short: bool = False) -> str:
        """Name in `lang`, the short one when asked for and known."""
        full = self.zh if lang == "zh" else self.en
        return ((self.short_zh if lang == "zh" else self.short_en) or full) if short else full

    def title(self, lang: str, short: bool = True) -> str:
        """The name as it stands by itself, in a menu or above a column: with a capital."""
        name = self.label(lang, short)
        return f"{name[:1].upper()}{name[1:]}"

    def about(self, lang: str) -> str:
        """One sentence for a tooltip in `lang`."""
        return self.about_zh if lang == "zh" else self.about_en

    def formula(self, margin_known: bool = True) -> str:
        """The definition in words of facts, as shown on hover and in the glossary page."""
        top = self.numerator if margin_known or not self.without_margin else self.without_margin
        quotient = f"Σ({top}) / Σ({self.denominator})" if self.is_ratio else f"Σ({top})"
        return quotient if self.scale == 1 else f"{self.scale:g} · {quotient}"

    def terms(self, margin: float) -> tuple[dict[str, float], dict[str, float]]:
        """Coefficients of (numerator, denominator) by fact; the scale is in the numerator."""
        top = self.without_margin if self.without_margin and not margin else self.numerator
        parameters = {"margin": margin or 1.0}
        scaled = {fact: factor * self.scale for fact, factor in linear(top, parameters, self.id).items()}
        return scaled, linear(self.denominator, parameters, self.id) if self.is_ratio else {}


def linear(expression: str, parameters: Mapping[str, float], where: str = "") -> dict[str, float]:
    """Parse a linear expression of facts into coefficients.

    Args:
        expression: `+`, `-` and `*` of facts, numbers and parameters, for example `margin * revenue - cost`.
        parameters: Values of the names that are no facts.
        where: Name of the metric, for the error.

    Returns:
        Fact → coefficient.

    Raises:
        SettingsError: when it is no such expression.
    """
    try:
        terms = _terms(ast.parse(expression, mode="eval").body, parameters)
    except (SyntaxError, TypeError, RecursionError):
        terms = {"": 1.0}
    if "" in terms or not terms:
        raise SettingsError(
            f"The formula {expression!r} is no sum of facts.",
            f"Use + - * with numbers, {', '.join(PARAMETERS)} and the facts {', '.join(FACTS)}.",
            f"metric {where}",
        )
    return terms


def _terms(node: ast.expr, parameters: Mapping[str, float]) -> dict[str, float]:
    match node:
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return {"": float(number)}
        case ast.Name(id=name) if name in parameters:
            return {"": parameters[name]}
        case ast.Name(id=name) if name in FACTS:
            return {name: 1.0}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return {fact: -factor for fact, factor in _terms(operand, parameters).items()}
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            return _added(_terms(left, parameters), _terms(right, parameters), isinstance(op, ast.Sub))
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _scaled(_terms(left, parameters), _terms(right, parameters))
    raise TypeError


def _added(left: dict[str, float], right: dict[str, float], minus: bool) -> dict[str, float]:
    sign = -1 if minus else 1
    return {fact: left.get(fact, 0.0) + sign * right.get(fact, 0.0) for fact in {**left, **right}}


def _scaled(left: dict[str, float], right: dict[str, float]) -> dict[str, float]:
    if set(left) != {""}:
        left, right = right, left
    if set(left) != {""}:
        raise TypeError
    return {fact: left[""] * factor for fact, factor in right.items()}


def read(file: Path) -> dict[str, Metric]:
    """Read the entries of one TOML file: `[id]` tables with the fields of `Metric`.

    Raises:
        SettingsError: for a key or value that does not fit, naming file and metric.
    """
    try:
        entries = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None
    return {name: _entry(name, entry, file) for name, entry in entries.items()}


def _entry(name: str, entry: Any, file: Path) -> Metric:
    where = f"{file}, metric {name}"
    if not isinstance(entry, dict):
        raise SettingsError(f"{name!r} is no table.", f"Write [{name}] and its fields below.", where)
    allowed = {item.name for item in fields(Metric)} - {"id"}
    for key in entry:
        if key not in allowed:
            raise unknown("field", key, allowed, SettingsError, where)
    defaults = {"en": name, "zh": name, "unit": "count", "better": "neither", "group": "own"}
    metric = Metric(id=name, **{**defaults, **entry})
    _check(metric, where)
    return metric


def _check(metric: Metric, where: str) -> None:
    if metric.unit not in UNITS:
        raise unknown("unit", metric.unit, UNITS, SettingsError, where)
    if metric.better not in ("higher", "lower", "neither"):
        raise unknown("value of better", metric.better, ("higher", "lower", "neither"), SettingsError, where)
    if not metric.answered_by:
        metric.terms(margin=0.5)


@cache
def builtin() -> dict[str, Metric]:
    """The entries that come with the workbench, by id, in menu order."""
    return read(Path(__file__).with_name("metrics.toml"))


def catalogue(workspace: Path | None = None) -> dict[str, Metric]:
    """The metrics of a workspace: the built-in ones and its own from `metrics/*.toml`.

    Raises:
        SettingsError: for a bad entry, or an own metric that takes a built-in name.
    """
    metrics = dict(builtin())
    folder = workspace / "metrics" if workspace else None
    for file in sorted(folder.glob("*.toml")) if folder and folder.is_dir() else ():
        for name, metric in read(file).items():
            if name in metrics:
                raise SettingsError(f"Metric {name!r} exists already.", "Give it another name.", str(file))
            metrics[name] = metric
    return metrics


def pick(names: list[str] | tuple[str, ...], metrics: Mapping[str, Metric]) -> list[Metric]:
    """Return the entries called `names`.

    Raises:
        QuestionError: for an unknown name, or one that another question answers.
    """
    for name in names:
        if name not in metrics:
            raise unknown("metric", name, metrics)
        if metrics[name].answered_by:
            raise QuestionError(
                f"Metric {name!r} is no sum over delivery.", f"Ask {metrics[name].answered_by} for it."
            )
    return [metrics[name] for name in names]
