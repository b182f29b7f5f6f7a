"""The rules a row must keep, as data; a small table tells which line breaks which rule with what value."""

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
    """The tables `checked` and `broken` in a connection.

    `checked` is `parsed` with `state` (ok, total, bad); `broken` has a row for every rule that a line
    breaks: `line`, `rule`, `rejects` and the `value` that its sentence quotes.

    Attributes:
        rules: Those that were asked; `rule` is the place of one.
    """

    rules: tuple[Rule, ...]


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
    """Make the tables `checked` and `broken` of `parsed`.

    Args:
        connection: Holds `parsed`; a table becomes `checked` itself.
        found: The rules.
        columns: Those of the view `parsed` that are needed afterwards. Empty: it is a table.
    """
    connection.execute("CREATE TABLE broken (line BIGINT, rule INTEGER, rejects BOOLEAN, value VARCHAR)")
    if columns:
        _in_one_pass(connection, found, columns)
    else:
        _rule_by_rule(connection, found)
    return Checked(tuple(found))


def _in_one_pass(connection: DuckDBPyConnection, found: Sequence[Rule], columns: Sequence[str]) -> None:
    """Ask all rules of a row at once, because a row of a view costs much more to make than to ask."""
    connection.execute(f"""
CREATE TABLE checked AS
SELECT {", ".join(columns)}, breaks, CAST(CASE WHEN is_total THEN 'total' WHEN breaks IS NULL THEN 'ok'
  WHEN list_contains([item.rejects FOR item IN breaks], true) THEN 'bad' ELSE 'ok' END AS {_STATE}) AS state
FROM (SELECT *, {_breaks_sql(found)} AS breaks FROM parsed);
INSERT INTO broken SELECT line, unnest(breaks, recursive := true) FROM checked WHERE breaks IS NOT NULL;
ALTER TABLE checked DROP COLUMN breaks""")


def _breaks_sql(found: Sequence[Rule]) -> str:
    """SQL of the list of what a row breaks, which is only made for the few rows that break anything."""
    if not found:
        return "NULL::STRUCT(rule INTEGER, rejects BOOLEAN, value VARCHAR)[]"
    every = ", ".join(
        f"CASE WHEN {rule.sql} THEN {{'rule': {place}, 'rejects': {rule.rejects}, 'value': {rule.value}}} END"
        for place, rule in enumerate(found)
    )
    some = " OR ".join(f"({rule.sql})" for rule in found)
    return f"CASE WHEN {some} THEN [item FOR item IN [{every}] IF item IS NOT NULL] END"


def _rule_by_rule(connection: DuckDBPyConnection, found: Sequence[Rule]) -> None:
    """Ask a table one rule at a time and mark its few bad rows, so that it is not written again."""
    if found:
        connection.execute(f"INSERT INTO broken {broken_sql(found)}")
    connection.execute(f"""
ALTER TABLE parsed RENAME TO checked;
ALTER TABLE checked ADD COLUMN state {_STATE} DEFAULT 'ok';
UPDATE checked SET state = 'total' WHERE is_total;
UPDATE checked SET state = 'bad'
WHERE state = 'ok' AND line IN (SELECT line FROM broken WHERE rejects)""")


def broken_sql(found: Sequence[Rule]) -> str:
    """SQL of the rows of `broken`, each rule in a scan of its own, which reads only the rule's columns."""
    return " UNION ALL ".join(
        f"SELECT line, {place} AS rule, {rule.rejects} AS rejects, {rule.value} AS value "
        f"FROM parsed WHERE {rule.sql}"
        for place, rule in enumerate(found)
    )


def reject(connection: DuckDBPyConnection, checked: Checked, rule: Rule, lines: Sequence[int]) -> Checked:
    """Set further rows aside for a rule that looks at several rows."""
    import pyarrow as pa

    if not lines:
        return checked
    connection.register("lines_", pa.table({"line": pa.array(lines, pa.int64())}))
    connection.execute(
        f"INSERT INTO broken SELECT line, {len(checked.rules)}, true, {rule.value} FROM checked "
        "WHERE line IN (FROM lines_); "
        "UPDATE checked SET state = 'bad' WHERE line IN (FROM lines_)"
    )
    connection.unregister("lines_")
    return Checked((*checked.rules, rule))


def findings(connection: DuckDBPyConnection, checked: Checked, lang: str) -> list[Finding]:
    """One finding per rule that rows break, with their number and first lines."""
    found = connection.execute(
        f"SELECT rule, count(*), min(value), min(line, {MAX_LINES}) FROM broken JOIN checked USING (line) "
        "WHERE state = CASE WHEN rejects THEN 'bad' ELSE 'ok' END GROUP BY rule ORDER BY rule"
    ).fetchall()
    return [
        finding("REVIEW", rule.code, lang, lines, rows=count, header=rule.header, value=str(value or "")[:60])
        for place, count, value, lines in found
        for rule in [checked.rules[place]]
    ]


def reasons(connection: DuckDBPyConnection, checked: Checked, lang: str) -> pa.Table:
    """Rows set aside: `line` and `reasons` in one text."""
    bad = "(SELECT * FROM broken WHERE rejects AND line IN (SELECT line FROM checked WHERE state = 'bad'))"
    return connection.sql(reasons_sql(checked.rules, lang, bad)).to_arrow_table()


def reasons_sql(found: Sequence[Rule], lang: str, broken: str = "broken") -> str:
    """SQL of `line` and `reasons`, the sentences of the rules that it breaks, in their order.

    Args:
        found: The rules.
        lang: Language of the sentences.
        broken: Relation as `broken_sql` gives it.
    """
    sentences = "".join(
        f" WHEN {place} THEN {quoted(text(f'{key(rule.code)}_row', lang, header=rule.header, value=MARK))}"
        for place, rule in enumerate(found)
        if rule.rejects
    )
    sentence = f"CASE rule{sentences} END" if sentences else "''"
    told = f"replace({sentence}, '{MARK}', left(coalesce(value, ''), 60))"
    joint = quoted("；" if lang == "zh" else " ")
    # to sort one reason costs as much as to find it, and most of these rows have only one
    return (
        "WITH counted AS MATERIALIZED (SELECT *, count(*) OVER (PARTITION BY line) AS breaks "
        f"FROM {broken}) SELECT line, {told} AS reasons FROM counted WHERE breaks = 1 UNION ALL "
        f"SELECT line, string_agg({told}, {joint} ORDER BY rule) FROM counted WHERE breaks > 1 "
        "GROUP BY line ORDER BY line"
    )
