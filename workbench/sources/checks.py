"""The rules a row must keep, as data; one SQL pass gives every row a bit mask of those it breaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.i18n import text
from workbench.schema import NO_CURRENCY
from workbench.sources.mapping import Layout
from workbench.sources.parse import Parsed
from workbench.sources.review import MAX_LINES, Finding, finding, key
from workbench.sources.values import SIGNS, quoted, sign_sql
from workbench.sources.words import currencies

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

MARK = "\ue000"
"""Stands for the row's own value in a reason until SQL puts it there."""


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        code: Key of its sentence.
        sql: Condition over `parsed` that is true for rows that break it.
        rejects: Whether such a row is set aside; else it stays and is only told of.
        header: Column it is about.
        value: SQL of the value that is quoted in the reason.
    """

    code: str
    sql: str
    rejects: bool = True
    header: str = ""
    value: str = "''"


@dataclass(frozen=True)
class Checked:
    """The table `checked` in a connection: `parsed` with `mask` and `state` (ok, total, bad).

    Attributes:
        rules: Bit i of `mask` is rule i.
        rejecting: Bits of the rules that set a row aside.
    """

    rules: tuple[Rule, ...]
    rejecting: int


def rules(parsed: Parsed, layout: Layout, today: dt.date) -> tuple[Rule, ...]:
    """The rules for one file."""
    date, hour = layout.columns["local_date"], layout.columns.get("local_hour", "")
    found = [
        Rule("no_date", "d IS NULL", header=date),
        Rule("bad_date", "d IS NOT NULL AND day IS NULL", header=date, value="d"),
        Rule("bad_hour", "h IS NOT NULL AND hour IS NULL", header=hour, value="h"),
        Rule(
            "skipped_hour",
            "skipped",
            header=parsed.timezone,
            value="strftime(day, '%Y-%m-%d ') || hour || ':00'",
        ),
        Rule("several_days", "end_day <> day", header=date, value="d || ' – ' || e"),
        Rule("future", f"day > DATE '{today + dt.timedelta(days=1)}'", rejects=False, header=date, value="d"),
        *_currency_rules(parsed, layout),
    ]
    for item in parsed.measures:
        name, column, value = f"v_{item.name}", f"s_{item.name}", f"r_{item.name}"
        undecided = parsed.styles[item.name].undecided
        wrong = f"n_{item.name} IS NOT NULL AND {column} IS NULL"
        if undecided:
            either = f"regexp_full_match(n_{item.name}, '[-+]?[0-9]+,[0-9]+')"
            found.append(Rule("undecided_number", f"{wrong} AND {either}", header=item.header, value=value))
            wrong += f" AND NOT {either}"
        found.append(Rule("bad_number", wrong, header=item.header, value=value))
        if item.kind == "count":
            found.append(Rule("not_whole", f"{name} <> trunc({name})", header=item.header, value=value))
        if item.fact not in ("conversions", "revenue"):
            found.append(Rule("negative", f"{name} < 0", header=item.header, value=value))
    names = {item.total for item in parsed.measures}
    if {"clicks", "impressions"} <= names:
        found.append(Rule("clicks_above", "s_clicks > s_impressions", rejects=False))
    found += [
        Rule(
            "cut_id",
            rf"regexp_full_match(t_{name}, '\d(\.\d+)?[eE]\+\d+')",
            False,
            header=name,
            value=f"t_{name}",
        )
        for name in parsed.texts
        if name.endswith("_id") or name in ("ad", "campaign", "account")
    ]
    return tuple(found)


def _currency_rules(parsed: Parsed, layout: Layout) -> list[Rule]:
    if "currency" in parsed.texts:
        allowed = ", ".join(quoted(code) for code in sorted(currencies()))
        sql = f"t_currency IS NOT NULL AND upper(t_currency) NOT IN ({allowed})"
        return [Rule("bad_currency", sql, header=layout.columns["currency"], value="t_currency")]
    other = [sign for sign in parsed.signs if parsed.currency not in SIGNS.get(sign, (sign,))]
    if not other or parsed.currency == NO_CURRENCY:
        return []
    codes = ", ".join(map(quoted, other))
    return [
        Rule(
            "other_currency",
            f"{sign_sql('r_' + item.name)} IN ({codes})",
            header=item.header,
            value=f"r_{item.name}",
        )
        for item in parsed.measures
        if item.kind == "money"
    ]


def check(connection: DuckDBPyConnection, found: Sequence[Rule]) -> Checked:
    """Make the table `checked` from `parsed`, which nothing needs afterwards: values, mask and state."""
    rejecting = sum(1 << place for place, rule in enumerate(found) if rule.rejects)
    connection.execute(f"""
CREATE TEMP TABLE checked AS
SELECT *, CASE WHEN is_total THEN 'total'
  WHEN mask & {quoted(str(rejecting))}::HUGEINT <> 0 THEN 'bad' ELSE 'ok' END AS state
FROM (SELECT *, {mask_sql(found)} AS mask FROM parsed)""")
    return Checked(tuple(found), rejecting)


def mask_sql(found: Sequence[Rule]) -> str:
    """SQL of the rules that a row breaks, as bits, which are only made for the few rows that break any."""
    if not found:
        return "0::HUGEINT"
    any_ = " OR ".join(f"({rule.sql})" for rule in found)
    bits = " | ".join(
        f"CASE WHEN {rule.sql} THEN {quoted(str(1 << place))}::HUGEINT ELSE 0::HUGEINT END"
        for place, rule in enumerate(found)
    )
    return f"CASE WHEN {any_} THEN {bits} ELSE 0::HUGEINT END"


def reject(connection: DuckDBPyConnection, checked: Checked, rule: Rule, lines: Sequence[int]) -> Checked:
    """Set further rows aside for a rule that looks at several rows."""
    import pyarrow as pa

    if not lines:
        return checked
    bit = 1 << len(checked.rules)
    connection.register("lines_", pa.table({"line": pa.array(lines, pa.int64())}))
    connection.execute(
        f"UPDATE checked SET mask = mask | {quoted(str(bit))}::HUGEINT, state = 'bad' "
        "WHERE line IN (SELECT line FROM lines_)"
    )
    connection.unregister("lines_")
    return Checked((*checked.rules, rule), checked.rejecting | bit)


def findings(connection: DuckDBPyConnection, checked: Checked, lang: str) -> list[Finding]:
    """One finding per rule that rows break, with their number and first lines."""
    told = []
    for place, rule in enumerate(checked.rules):
        state = "state = 'bad'" if rule.rejects else "state = 'ok'"
        broken = f"FROM checked WHERE {state} AND mask & {quoted(str(1 << place))}::HUGEINT <> 0"
        count, value = connection.execute(f"SELECT count(*), min({rule.value}) {broken}").fetchall()[0]
        if count:
            first = connection.execute(f"SELECT line {broken} ORDER BY line LIMIT {MAX_LINES}").fetchall()
            lines = [line for (line,) in first]
            shown = str(value or "")[:60]
            told.append(
                finding("REVIEW", rule.code, lang, lines, rows=count, header=rule.header, value=shown)
            )
    return told


def reasons(connection: DuckDBPyConnection, checked: Checked, lang: str) -> pa.Table:
    """Rows set aside: `line` and `reasons` in one text."""
    cases = []
    for place, rule in enumerate(checked.rules):
        if rule.rejects:
            reason = text(f"{key(rule.code)}_row", lang, header=rule.header, value=MARK)
            shown = f"replace({quoted(reason)}, '{MARK}', left(coalesce({rule.value}, ''), 60))"
            cases.append(f"CASE WHEN mask & {quoted(str(1 << place))}::HUGEINT <> 0 THEN {shown} END")
    joint = "；" if lang == "zh" else " "
    listed = ", ".join([quoted(joint), *cases])
    query = f"SELECT line, concat_ws({listed}) AS reasons FROM checked WHERE state = 'bad' ORDER BY line"
    return connection.sql(query).to_arrow_table()
