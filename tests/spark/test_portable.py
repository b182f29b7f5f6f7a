"""Questions hold nothing that two engines answer differently: their expressions, and their source."""

from __future__ import annotations

import ast
import decimal

import ibis
import pytest
import source
import spark_answers
from portable import problems

QUESTION_ROOMS = (
    "metrics",
    "findings",
    "segments",
    "customers",
    "compare",
    "attribution",
    "offers",
    "forecast",
    "response",
)
"""Rooms of the package whose numbers come out of every engine, once they exist."""

TABLE = ibis.table(
    {"day": "date", "at": "timestamp('UTC')", "name": "string", "n": "int64", "x": "float64", "y": "float64"},
    name="t",
)


def test_every_expression_of_a_question_is_portable(world, monkeypatch):
    import workbench as wb
    from workbench.attribution import tracks
    from workbench.metrics import query
    from workbench.store.engine import Engine

    compile_, met = Engine.sql, []
    monkeypatch.setattr(
        Engine, "sql", lambda self, question: met.append(question) or compile_(self, question)
    )
    monkeypatch.setattr(tracks, "MOST_ROWS", -1)  # few rows are cut in memory, and ask the engine little
    store = wb.open(world, engine="duckdb")
    for ask in spark_answers.questions(store).values():
        ask()
    wb.findings.review(store, "all", None)
    for dimension in ("channel", "region"):
        store.members(dimension)
    store.labels("en")
    assert len(met) > 15
    assert {str(question): found for question in met if (found := problems(question))} == {}
    assert query.ROLLUP in {name for question in met for name in _tables(question)}


def _tables(question):
    return {node.name for node in question.op().find(ibis.expr.operations.DatabaseTable)}


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        (lambda t: t.at.hour(), "part of an instant"),
        (lambda t: t.at.cast("date"), "cast to or from an instant"),
        (lambda t: t.at.cast("timestamp('Asia/Shanghai')"), "cast to or from an instant"),
        (lambda t: t.at.delta(t.at, unit="day"), "difference of times"),
        (lambda t: t.day - t.day, "difference of times"),
        (lambda t: t.n * ibis.literal(decimal.Decimal("0.1")), "decimal"),
        (lambda t: t.n.cast("decimal(18, 6)").sum(), "decimal"),
        (lambda t: t.n / t.n.nullif(0), "no float64"),
        (lambda t: t.x / t.y, "without nullif"),
        (lambda t: t.n % 7, "remainder"),
        (lambda t: t.x.round(2), "rounding"),
        (lambda t: t.x.median(), "an estimate"),
        (lambda t: t.name.first(), "one of several rows"),
        (lambda t: t.name.re_search("a+"), "pattern"),
        (lambda t: t.at.strftime("%Y"), "pattern or format"),
        (lambda t: ibis.now(), "clock"),
        (lambda t: ibis.random(), "random"),
        (lambda t: t.name.hash(), "hash"),
    ],
)
def test_what_is_not_portable_is_found(expression, said):
    found = problems(
        TABLE.select(z=expression(TABLE)) if said != "an estimate" else TABLE.agg(z=expression(TABLE))
    )
    assert any(said in problem for problem in found), found


@pytest.mark.parametrize(
    "expression",
    [
        lambda t: t.group_by("name").agg(n=t.n.sum().cast("float64")),
        lambda t: t.mutate(z=t.x / t.y.nullif(0), w=t.x / 2.0),
        lambda t: t.filter(t.day.between(ibis.date("2026-01-01"), ibis.date("2026-01-31"))),
        lambda t: t.mutate(z=t.at.epoch_seconds()),
        lambda t: t.agg(k=t.name.nunique()),
    ],
)
def test_what_is_portable_is_let_through(expression):
    assert problems(expression(TABLE)) == []


def written(tree: ast.Module) -> list[str]:
    """What the source of a question must not do: SQL as text, a backend of its own, casts to other types."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", "") or ""]
            found += (
                ["imports an engine"]
                if {"duckdb", "pyspark"} & {name.split(".")[0] for name in names}
                else []
            )
        if isinstance(node, ast.Attribute) and ast.unparse(node) in (
            "ibis.duckdb",
            "ibis.pyspark",
            "ibis.sql",
        ):
            found.append("names an engine")
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            found += _called(node.func.attr, node.args[0])
    return found


def _called(name: str, first: ast.expr) -> list[str]:
    if name in ("query", "sql") and isinstance(first, ast.JoinedStr):
        return ["asks SQL as text"]
    if not (isinstance(first, ast.Constant) and isinstance(first.value, str)):
        return []
    if name in ("query", "sql") and " " in first.value:
        return ["asks SQL as text"]
    words = ("timestamp", "decimal", "time")
    return ["casts to another type"] if name == "cast" and first.value.startswith(words) else []


@pytest.mark.parametrize(
    "file",
    [
        file
        for file in source.modules()
        if file.relative_to(source.PACKAGE).parts[0].removesuffix(".py") in QUESTION_ROOMS
        or file.name == "levels.py"
    ],
    ids=source.name,
)
def test_the_source_of_a_question_names_no_engine(file):
    assert written(source.tree(file)) == []


@pytest.mark.parametrize(
    "text",
    [
        "store.query(f'SELECT {a}')",
        "store.query('SELECT 1')",
        "import duckdb",
        "from pyspark.sql import functions",
        "ibis.duckdb.connect()",
        "t.x.cast('decimal(18, 2)')",
        "t.x.cast('timestamp')",
    ],
)
def test_a_question_that_names_an_engine_is_found(text):
    assert len(written(ast.parse(text))) == 1
