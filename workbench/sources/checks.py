"""The rules a row must keep, as data; one SQL pass gives every row a bit mask of those it breaks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
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

_QUOTED = "^(d|h|e|r_.+)$"
"""Columns of `clean` that only sentences about bad rows need."""

_STATE = "ENUM('ok', 'total', 'bad')"


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
        kind: SQL type of `mask`.
        told: Relation that knows everything that sentences quote, of every row that breaks a rule.
    """

    rules: tuple[Rule, ...]
    rejecting: int
    kind: str = "HUGEINT"
    told: str = "checked"

    def bit(self, place: int) -> str:
        """SQL of 'the row breaks this rule'."""
        return f"mask & {_bits(1 << place, self.kind)} <> 0"


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
    for item in (item for item in parsed.measures if item.name not in parsed.plain):
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
            rf"CASE WHEN contains(t_{name}, '+') "
            rf"THEN regexp_full_match(t_{name}, '\d(\.\d+)?[eE]\+\d+') ELSE false END",
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
        allowed = quoted("|".join(["", *sorted(currencies()), ""]))
        sql = f"length(t_currency) <> 3 OR NOT contains({allowed}, '|' || upper(t_currency) || '|')"
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


def check(connection: DuckDBPyConnection, found: Sequence[Rule], columns: Sequence[str] = ()) -> Checked:
    """Make the table `checked` from `parsed`: its columns, mask and state.

    Args:
        connection: Holds `parsed`, and `clean`, which has the texts that sentences quote.
        found: The rules.
        columns: Those of `parsed` that are needed afterwards; the others are only kept of rows that break
            a rule. Empty: all of them.
    """
    rejecting = sum(1 << place for place, rule in enumerate(found) if rule.rejects)
    kind = mask_type(len(found))
    connection.execute(f"""
CREATE TABLE checked AS
SELECT {", ".join((*columns, "mask")) if columns else "*"}, CAST(CASE WHEN is_total THEN 'total'
  WHEN mask & {_bits(rejecting, kind)} <> 0 THEN 'bad' ELSE 'ok' END AS {_STATE}) AS state
FROM (SELECT *, {mask_sql(found, kind)} AS mask FROM parsed)""")
    if not columns:
        return Checked(tuple(found), rejecting, kind)
    connection.execute(f"""
CREATE TABLE quoted AS
SELECT line, COLUMNS('{_QUOTED}') FROM clean WHERE line IN (SELECT line FROM checked WHERE mask <> 0);
CREATE TEMP VIEW told AS
SELECT checked.*, quoted.* EXCLUDE (line) FROM checked LEFT JOIN quoted USING (line)""")
    return Checked(tuple(found), rejecting, kind, "told")


def mask_type(rules: int) -> str:
    """The narrowest type of a mask, with room for the two rules that look at several rows."""
    return "BIGINT" if rules <= 60 else "HUGEINT"


def _bits(value: int, kind: str) -> str:
    return f"{quoted(str(value))}::{kind}"


def mask_sql(found: Sequence[Rule], kind: str = "HUGEINT") -> str:
    """SQL of the rules that a row breaks, as bits, which are only made for the few rows that break any."""
    if not found:
        return _bits(0, kind)
    bits = " | ".join(
        f"CASE WHEN {rule.sql} THEN {_bits(1 << place, kind)} ELSE {_bits(0, kind)} END"
        for place, rule in enumerate(found)
    )
    return f"CASE WHEN {any_sql(found)} THEN {bits} ELSE {_bits(0, kind)} END"


def any_sql(found: Sequence[Rule]) -> str:
    """SQL of 'the row breaks a rule'."""
    return " OR ".join(f"({rule.sql})" for rule in found) or "false"


def reject(connection: DuckDBPyConnection, checked: Checked, rule: Rule, lines: Sequence[int]) -> Checked:
    """Set further rows aside for a rule that looks at several rows."""
    import pyarrow as pa

    if not lines:
        return checked
    place = len(checked.rules)
    connection.register("lines_", pa.table({"line": pa.array(lines, pa.int64())}))
    connection.execute(
        f"UPDATE checked SET mask = mask | {_bits(1 << place, checked.kind)}, state = 'bad' "
        "WHERE line IN (SELECT line FROM lines_)"
    )
    connection.unregister("lines_")
    return replace(checked, rules=(*checked.rules, rule), rejecting=checked.rejecting | 1 << place)


def findings(connection: DuckDBPyConnection, checked: Checked, lang: str) -> list[Finding]:
    """One finding per rule that rows break, with their number and first lines."""
    told = []
    for place, rule in enumerate(checked.rules):
        state = "bad" if rule.rejects else "ok"
        broken = f"FROM {checked.told} WHERE state = '{state}' AND {checked.bit(place)}"
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
            cases.append(f"CASE WHEN {checked.bit(place)} THEN {shown} END")
    joint = "；" if lang == "zh" else " "
    listed = ", ".join([quoted(joint), *cases])
    bad = f"FROM {checked.told} WHERE state = 'bad' ORDER BY line"
    return connection.sql(f"SELECT line, concat_ws({listed}) AS reasons {bad}").to_arrow_table()
