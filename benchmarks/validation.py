"""Validation and quarantine of many rows: every contender finds the same bad rows, each with its reasons.

Six rules over typed rows in one Parquet file. A contender reads the file, tells good rows from bad ones, and
keeps the bad ones with the reasons for each; the clock runs from the file to both counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from benchmarks import peers
from benchmarks.measure import CACHE, SEED, alone
from benchmarks.page import load, ms, table

CURRENCIES = ("CNY", "USD", "EUR", "GBP", "JPY")
CONTENDERS = {
    "workbench": "workbench: the rules of an import, in DuckDB",
    "dataframely": "dataframely (Polars)",
    "pandera_polars": "pandera, Polars",
    "pandera_pandas": "pandera, pandas",
    "great_expectations": "Great Expectations, pandas",
    "pointblank": "pointblank, Polars",
    "frictionless": "frictionless",
}
SLOW = {"frictionless": 50}
"""Contender that goes row by row in Python → it gets one row in so many, and its time is scaled up."""


Judge = Callable[[], tuple[int, int]]
"""Reads the file and tells how many rows are good and bad."""


def section(rows: int) -> Iterator[str]:
    """The section of the results."""
    yield from (f"## Validation and quarantine of {rows:,} rows, 6 rules", "", load(), "")
    lines, expected = [], {}
    for task, title in CONTENDERS.items():
        part = SLOW.get(task, 1)
        found = _run(task, rows // part)
        if problem := found.get("failed"):
            lines.append((title, "–", "–", "–", f"not run: {problem}"))
            continue
        counts = (found["good"], found["bad"])
        if expected.setdefault(part, counts) != counts:
            raise SystemExit(f"{title} found {counts} good and bad rows, not {expected[part]}.")
        note = f"measured on 1/{part} of the rows" if part > 1 else ""
        times = (ms(found["ms"] * part), ms(found["cpu_ms"] * part))
        lines.append((title, *times, f"{found['peak_mb']:,.0f} MB", note))
    yield from table(("", "time", "processor time", "peak memory", "note"), lines)
    yield ""


def _run(task: str, rows: int) -> dict[str, Any]:
    made = alone("validation:generate", rows=rows)
    if task == "workbench":
        return alone("validation:workbench", file=made["file"])
    python = peers.python()
    return alone(f"validation:{task}", python, file=made["file"]) if python else {"failed": peers.HOW}


def generate(rows: int) -> dict[str, Any]:
    """Write the rows once; about 1% break a rule, some of them several."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = CACHE / f"rows-{rows}.parquet"
    if not file.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        random = np.random.default_rng(SEED)

        def few() -> Any:
            return random.random(rows) < 0.002

        numbers = {
            name: random.integers(0, 10_000, rows) for name in ("impressions", "clicks", "cost_micros")
        }
        numbers = {name: np.where(few(), -1, values) for name, values in numbers.items()}
        days = pa.array(random.integers(20_000, 20_365, rows).astype("int32"), mask=few()).cast(pa.date32())
        codes = np.where(few(), "??", random.choice(CURRENCIES, rows))
        orders = np.where(few(), 0.5, random.integers(0, 50, rows).astype("float64"))
        columns = {"day": days, **numbers, "conversions": orders, "currency": codes}
        part = file.with_suffix(".part")
        pq.write_table(pa.table(columns), part)
        os.replace(part, file)
    return {"file": str(file)}


def clocked(ask: Callable[[str], Judge]) -> Callable[[str], dict[str, Any]]:
    """Time a contender from the file to the numbers of good and bad rows; imports are not counted."""

    @wraps(ask)
    def run(file: str) -> dict[str, Any]:
        judge = ask(file)
        start, began = time.perf_counter(), time.process_time()
        good, bad = judge()
        spent, worked = time.perf_counter() - start, time.process_time() - began
        return {"ms": 1000 * spent, "cpu_ms": 1000 * worked, "good": int(good), "bad": int(bad)}

    return run


@clocked
def workbench(file: str) -> Judge:
    """The rules as data, a scan for each as a CRM import has it, and the reasons of the bad rows."""
    import duckdb  # noqa: F401  (the workbench imports both only where it needs them)
    import pyarrow as pa  # noqa: F401

    from workbench.sources import checks
    from workbench.sources.checks import Rule
    from workbench.store import parquet

    codes = ", ".join(f"'{code}'" for code in CURRENCIES)
    rules = [
        Rule("no_date", "day IS NULL", header="day"),
        *(
            Rule("negative", f"{name} < 0", header=name, value=f"{name}::VARCHAR")
            for name in ("impressions", "clicks", "cost_micros")
        ),
        Rule(
            "not_whole",
            "conversions <> trunc(conversions)",
            header="conversions",
            value="conversions::VARCHAR",
        ),
        Rule("bad_currency", f"currency NOT IN ({codes})", header="currency", value="currency"),
    ]

    def judge() -> tuple[int, int]:
        with parquet.connect() as connection:
            connection.execute(
                "CREATE TEMP VIEW parsed AS SELECT *, file_row_number AS line "
                f"FROM read_parquet('{file}', file_row_number = true)"
            )
            connection.execute(f"CREATE TEMP TABLE broken AS {checks.broken_sql(rules)}")
            bad = connection.sql(checks.reasons_sql(rules, "en")).to_arrow_table()
            every = connection.execute("SELECT count(*) FROM parsed").fetchall()[0][0]
        return every - len(bad), len(bad)

    return judge


@clocked
def dataframely(file: str) -> Judge:
    """A schema of columns; `filter` gives good rows and a failure with its rules."""
    import dataframely as dy
    import polars as pl

    class Rows(dy.Schema):
        day = dy.Date(nullable=False)
        impressions = dy.Int64(min=0, nullable=True)
        clicks = dy.Int64(min=0, nullable=True)
        cost_micros = dy.Int64(min=0, nullable=True)
        conversions = dy.Float64(nullable=True, check=lambda column: column == column.floor())
        currency = dy.String(nullable=True, check=lambda column: column.is_in(list(CURRENCIES)))

    def judge() -> tuple[int, int]:
        good, failure = Rows.filter(pl.read_parquet(file))
        return len(good), len(failure.details())

    return judge


@clocked
def pandera_polars(file: str) -> Judge:
    """A lazy validation; bad rows are those of its failure cases."""
    import pandera.polars as pa
    import polars as pl

    def judge() -> tuple[int, int]:
        return _pandera(pl.read_parquet(file), pa, pl.Date, str)

    return judge


@clocked
def pandera_pandas(file: str) -> Judge:
    """A lazy validation; bad rows are those of its failure cases."""
    import pandas as pd
    import pandera.pandas as pa

    def judge() -> tuple[int, int]:
        return _pandera(pd.read_parquet(file), pa, None, None)

    return judge


def _pandera(frame: Any, pa: Any, day: Any, text: Any) -> tuple[int, int]:
    from pandera.errors import SchemaErrors

    whole = pa.Check.isin([float(value) for value in range(50)])
    schema = pa.DataFrameSchema(
        {
            "day": pa.Column(day, nullable=False),
            **{name: pa.Column(int, pa.Check.ge(0)) for name in ("impressions", "clicks", "cost_micros")},
            "conversions": pa.Column(float, whole),
            "currency": pa.Column(text, pa.Check.isin(list(CURRENCIES))),
        }
    )
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        index = cases["index"]
        bad = index.n_unique() if hasattr(index, "n_unique") else index.nunique()
        return len(frame) - bad, bad
    return len(frame), 0


@clocked
def great_expectations(file: str) -> Judge:
    """A suite with complete results; bad rows are those of its unexpected indexes."""
    import great_expectations as gx
    import pandas as pd
    from great_expectations import expectations as gxe

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    batches = (
        context.data_sources.add_pandas("p")
        .add_dataframe_asset("a")
        .add_batch_definition_whole_dataframe("b")
    )
    rules = [
        gxe.ExpectColumnValuesToNotBeNull(column="day"),
        *(
            gxe.ExpectColumnValuesToBeBetween(column=name, min_value=0)
            for name in ("impressions", "clicks", "cost_micros")
        ),
        gxe.ExpectColumnValuesToBeInSet(
            column="conversions", value_set=[float(value) for value in range(50)]
        ),
        gxe.ExpectColumnValuesToBeInSet(column="currency", value_set=list(CURRENCIES)),
    ]
    suite = gx.ExpectationSuite(name="s", expectations=rules)

    def judge() -> tuple[int, int]:
        frame = pd.read_parquet(file)
        result = batches.get_batch({"dataframe": frame}).validate(suite, result_format="COMPLETE")
        bad = {index for item in result.results for index in item.result["unexpected_index_list"] or ()}
        return len(frame) - len(bad), len(bad)

    return judge


@clocked
def pointblank(file: str) -> Judge:
    """A validation with its extracts, and the rows sundered into good and bad ones."""
    import pointblank as pb
    import polars as pl

    def judge() -> tuple[int, int]:
        plan = pb.Validate(pl.read_parquet(file)).col_vals_not_null("day")
        for name in ("impressions", "clicks", "cost_micros"):
            plan = plan.col_vals_ge(name, 0)
        plan = plan.col_vals_in_set("conversions", [float(value) for value in range(50)])
        plan = plan.col_vals_in_set("currency", list(CURRENCIES)).interrogate()
        return len(plan.get_sundered_data("pass")), len(plan.get_sundered_data("fail"))

    return judge


@clocked
def frictionless(file: str) -> Judge:
    """A resource with a schema, row by row; bad rows are those of its report."""
    import pandas as pd
    from frictionless import Checklist, Resource, Schema, fields

    number = {"required": False, "minimum": 0}
    schema = Schema(
        fields=[
            fields.DateField(name="day", constraints={"required": True}),
            *(
                fields.IntegerField(name=name, constraints=number)
                for name in ("impressions", "clicks", "cost_micros")
            ),
            fields.NumberField(name="conversions", constraints={"enum": list(range(50))}),
            fields.StringField(name="currency", constraints={"enum": list(CURRENCIES)}),
        ]
    )
    csv = f"{file}.csv"
    pd.read_parquet(file).to_csv(csv, index=False)

    def judge() -> tuple[int, int]:
        resource = Resource(path=os.path.basename(csv), basepath=os.path.dirname(csv), schema=schema)
        report = resource.validate(Checklist(), limit_errors=10**9)
        bad = {row for (row,) in report.flatten(["rowNumber"])}
        return report.tasks[0].stats["rows"] - len(bad), len(bad)

    return judge
