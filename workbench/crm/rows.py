"""Good rows in the columns of their canonical table, with what the table asks for beyond single cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.crm.parse import Parsed
from workbench.schema import TABLES
from workbench.sources.review import Finding, finding
from workbench.sources.values import quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

REFUND, NOT_SOLD = "refund", ("cancelled", "open")
"""Kind of money that goes back; states of an order that is no sale (yet), which become its kind."""


def select(connection: DuckDBPyConnection, parsed: Parsed, import_id: str) -> pa.Table:
    """The good rows of table `checked`: the columns that the sheet fills, `import_id` and `line`.

    Lines of one key are added where the table says so.
    """
    values = _values(parsed, import_id)
    columns = [name for name in TABLES[parsed.spec.table].names if name in values]
    listed = ", ".join(f"{values[name]} AS {name}" for name in columns)
    query = f"SELECT {listed} FROM checked WHERE state = 'ok' ORDER BY line"
    if parsed.spec.sum:
        query = _added(parsed, columns, query)
    schema = TABLES[parsed.spec.table].arrow()
    import pyarrow as pa

    return connection.sql(query).to_arrow_table().cast(pa.schema([schema.field(name) for name in columns]))


def about(connection: DuckDBPyConnection, parsed: Parsed, lang: str) -> list[Finding]:
    """What there is to say of money, clocks and orders."""
    told = []
    if not parsed.local:
        told.append(finding("REVIEW", "crm.utc_days", lang))
    if parsed.spec.has("currency") and any(item.kind == "money" for item in parsed.fields):
        told += _about_currency(connection, parsed, lang)
    if parsed.spec.table == "transactions" and parsed.has("amount"):
        told += _about_orders(connection, parsed, lang)
    return told


def _values(parsed: Parsed, import_id: str) -> dict[str, str]:
    """Canonical column → SQL over `checked`."""
    spec = parsed.spec
    values = {item.column: f"p_{item.name}" for item in parsed.fields}
    values |= {"import_id": quoted(import_id), "line": "line"}
    if spec.has("currency") and any(item.kind == "money" for item in parsed.fields):
        values["currency"] = f"coalesce({values.get('currency', 'NULL')}, {quoted(parsed.currency)})"
    if parsed.has("time") and spec.has("local_date"):
        values["local_date"] = f"coalesce(day, {values.get('local_date', 'NULL')})"
    if parsed.has("time") and spec.has("hour_of_week"):
        values["hour_of_week"] = "week_hour"
    if spec.table == "transactions":
        kind = values["kind"] = kind_sql(parsed)
        values |= {
            name: f"CASE WHEN {kind} = '{REFUND}' THEN -abs({values[name]}) ELSE {values[name]} END"
            for name in ("amount_micros", "margin_micros")
            if name in values
        }
    return values


def kind_sql(parsed: Parsed) -> str:
    """SQL of a transaction's kind: what its state makes it, what the row says, else by its sign."""
    status = f"WHEN p_status IN {NOT_SOLD} THEN p_status " if parsed.has("status") else ""
    said = "WHEN p_kind IS NOT NULL THEN lower(p_kind) " if parsed.has("kind") else ""
    sign = f"WHEN p_amount < 0 THEN '{REFUND}' " if parsed.has("amount") else ""
    origin = f"WHEN p_refund_of IS NOT NULL THEN '{REFUND}' " if parsed.has("refund_of") else ""
    default = "'order'"
    cases = f"{status}{said}{origin}{sign}"
    return f"(CASE {cases}ELSE {default} END)" if cases else default


def _added(parsed: Parsed, columns: list[str], query: str) -> str:
    facts = set(TABLES[parsed.spec.table].with_role("fact"))
    listed = ", ".join(_joined(parsed, name, name in facts) for name in columns)
    keys = ", ".join(parsed.spec.key)
    return f"SELECT {listed} FROM ({query}) GROUP BY {keys} ORDER BY line"


def _joined(parsed: Parsed, name: str, is_fact: bool) -> str:
    if name in parsed.spec.key:
        return name
    return f"sum({name})::BIGINT AS {name}" if is_fact else f"min({name}) AS {name}"


def _about_currency(connection: DuckDBPyConnection, parsed: Parsed, lang: str) -> list[Finding]:
    if parsed.has("currency"):
        found = connection.execute(
            "SELECT list(DISTINCT p_currency ORDER BY p_currency) FROM checked WHERE state = 'ok'"
        ).fetchall()[0][0]
        mixed = finding("PASS", "crm.currencies", lang, currencies=", ".join(found or ()))
        return [mixed] if len(found or ()) > 1 else []
    if parsed.currency == "XXX":
        return [finding("REVIEW", "no_currency", lang)]
    return []


def _about_orders(connection: DuckDBPyConnection, parsed: Parsed, lang: str) -> list[Finding]:
    kind = kind_sql(parsed)
    returned = "p_status = 'refunded'" if parsed.has("status") else "false"
    by_hand = "p_kind IS NOT NULL" if parsed.has("kind") else "false"
    counts = connection.execute(f"""
SELECT count(*) FILTER ({kind} = '{REFUND}' AND p_amount > 0), count(*) FILTER ({kind} IN {NOT_SOLD}),
  count(*) FILTER ({returned} AND {kind} <> '{REFUND}'),
  count(*) FILTER (p_amount < 0 AND {kind} = '{REFUND}' AND NOT ({by_hand})),
  count(*) FILTER (p_amount < 0 AND {kind} NOT IN ('{REFUND}', 'cancelled', 'open'))
FROM checked WHERE state = 'ok'""").fetchall()[0]
    codes = ("refund_sign", "not_sold", "refunded_orders", "guessed_refunds", "negative_orders")
    statuses = ("PASS", "PASS", "REVIEW", "REVIEW", "REVIEW")
    return [
        finding(status, f"crm.{code}", lang, rows=count)  # type: ignore[arg-type]
        for status, code, count in zip(statuses, codes, counts, strict=True)
        if count
    ]


def with_ids(connection: DuckDBPyConnection, parsed: Parsed, rows: pa.Table) -> pa.Table:
    """Rows in which each has an id; one without gets a mark of its content, so that it comes back the same.

    Args:
        connection: DuckDB connection.
        parsed: How the sheet was read.
        rows: Rows with pseudonyms.

    Returns:
        The rows with the table's id column; equal rows are told apart by their number among themselves.
    """
    name = parsed.spec.made_key
    if not name or (name in rows.column_names and not rows[name].null_count):
        return rows
    private = {item.column for item in parsed.fields if item.kind != "id" and item.personal}
    skipped = {name, "import_id", "line", *private}
    content = ", ".join(f"{column}" for column in rows.column_names if column not in skipped)
    text = f"to_json({{{', '.join(f'{quoted(c)}: {c}' for c in content.split(', '))}}})::VARCHAR"
    number = f"row_number() OVER (PARTITION BY {text} ORDER BY line)"
    made = f"'x' || left(sha256({text} || '#' || {number}), 24)"
    stated = f"coalesce({name}, {made})" if name in rows.column_names else made
    others = [column for column in rows.column_names if column != name]
    connection.register("nameless", rows)
    query = f"SELECT {stated} AS {name}, {', '.join(others)} FROM nameless ORDER BY line"
    found = connection.sql(query).to_arrow_table()
    connection.unregister("nameless")
    return found
