"""Texts and numbers as exports write them, in SQL; the decimal sign is decided by the file's own evidence.

Amounts go from text to DECIMAL to integer micros and never through a float.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

BLANK = " \t\r\n\u00a0\u3000\ufeff\u200b"
MISSING = ("", "-", "--", "---", "–", "—", "——", "n/a", "#n/a", "null", "(null)", "nan", "\\n")
"""Values that mean unknown in any column."""

MISSING_NUMBERS = ("none", "na", "无", "暂无", "/", "未知")

_WIDE = "０１２３４５６７８９．，－＋（）％￥＄　−–"
_PLAIN = "0123456789.,-+()%¥$ --"
SIGNS = {
    "HK$": ("HKD",),
    "NT$": ("TWD",),
    "US$": ("USD",),
    "A$": ("AUD",),
    "C$": ("CAD",),
    "R$": ("BRL",),
    "¥": ("CNY", "JPY"),
    "元": ("CNY",),
    "$": ("USD", "AUD", "CAD", "HKD", "SGD", "TWD", "NZD", "MXN"),
    "€": ("EUR",),
    "£": ("GBP",),
    "₩": ("KRW",),
    "₹": ("INR",),
    "฿": ("THB",),
}
"""Signs of money → the currencies they may mean, the likeliest first; the longer sign first."""

_CODES = (
    "cny|rmb|usd|eur|gbp|jpy|hkd|twd|krw|sgd|aud|cad|inr|brl|mxn|chf|sek|nok|dkk|pln|try|thb|vnd|idr|myr|"
    "php|aed|sar|zar|nzd"
)
_NUMBER = r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?"
_SPACED = r"[-+]?\d{1,3}([ \x{00a0}\x{2009}\x{202f}''’]\d{3})+([.,]\d+)?"

_PLAIN_ID = r"[0-9]([-0-9A-Za-z_:. ]*[0-9A-Za-z])?"
"""Ids and dates without anything to trim; they skip the slow reader."""

_LETTER = r"[0-9A-Za-z\x{4e00}-\x{9fff}]"
NAME = rf"{_LETTER}((?s:.*){_LETTER})?"
"""Names without anything to trim at their ends; they skip the slow reader, too, unless they mean missing."""

_SIMPLE = r"[0-9]+(\.[0-9]+)?"
_USUAL = r"[0-9][0-9,]*(\.[0-9]+)?"
"""What most numbers look like; they skip the slow readers."""

_POINT = (
    r"[-+]?\d+\.\d{1,2}",
    r"[-+]?\d{4,}\.\d+",
    r"[-+]?\d+\.\d{4,}",
    r"[-+]?\d{1,3}(,\d{3})+\.\d*",
    r"[-+]?0?\.\d+",
    r"[-+]?\d{1,3}(,\d{3}){2,}",
)
_COMMA = (
    r"[-+]?\d+,\d{1,2}",
    r"[-+]?\d{4,},\d+",
    r"[-+]?\d+,\d{4,}",
    r"[-+]?\d{1,3}(\.\d{3})+,\d*",
    r"[-+]?0?,\d+",
    r"[-+]?\d{1,3}(\.\d{3}){2,}",
)
_EITHER = r"[-+]?\d{1,3},\d{3}"
_BARE = r"[-+]?\d{4,}(\.\d{1,2})?"

Kind = Literal["count", "money", "float"]


@dataclass(frozen=True)
class Measure:
    """One numeric column of a file.

    Attributes:
        name: Column of the parsed table.
        header: As the file writes it.
        cell: Column of the grid.
        kind: Whole number, amount, or any number.
        fact: Canonical fact it becomes (`conversions`, `revenue` for goals).
        factor: Micros in one unit, for amounts.
        sum: Name of the sum it is a term of; empty where it stands alone.
    """

    name: str
    header: str
    cell: str
    kind: Kind
    fact: str
    factor: int = 1
    sum: str = ""

    @property
    def total(self) -> str:
        """Name of the stored column that it is, or is part of."""
        return self.sum or self.name


@dataclass(frozen=True)
class Style:
    """How one column writes numbers.

    Attributes:
        decimal: Its decimal sign.
        undecided: Whether `1,234` stays undecided.
        lookalike: One value of an amount whose values are all like `1,234` (or all like `1.234`)
            with nothing in the file to tell a thousand from a fraction; else empty.
    """

    decimal: str = "."
    undecided: bool = False
    lookalike: str = field(default="", compare=False)


def quoted(text: str) -> str:
    """A SQL text literal."""
    return "'" + text.replace("'", "''") + "'"


def text_sql(column: str, missing: Sequence[str] = ()) -> str:
    """SQL of a text without blanks around it and without Excel's `="…"`; null where it is missing."""
    text = f"trim({column}, {quoted(BLANK)})"
    bare = f"CASE WHEN starts_with({text}, '=\"') THEN trim({text}, '=\"') ELSE {text} END"
    words = [token.strip().casefold() for token in (*MISSING, *missing)]
    tokens, longest = ", ".join(map(quoted, words)), max(map(len, words))
    gone = f"length({text}) <= {longest} AND lower({text}) IN ({tokens})"
    simple = f"WHEN regexp_full_match({column}, '{_PLAIN_ID}') THEN {column} "
    first = "" if any(word[:1].isdigit() for word in words) else simple
    named = f"regexp_full_match({column}, '{NAME}') AND lower({column}) NOT IN ({tokens})"
    return f"CASE {first}WHEN {named} THEN {column} WHEN {gone} THEN NULL ELSE {bare} END"


def number_text_sql(column: str, money: bool, missing: Sequence[str] = ()) -> str:
    """SQL of a number's text in plain characters: no currency, no group spaces, parentheses as minus."""
    text = f"translate({text_sql(column, (*MISSING_NUMBERS, *missing))}, {quoted(_WIDE)}, {quoted(_PLAIN)})"
    if money:
        signs = "".join(sign for sign in SIGNS if len(sign) == 1).replace("$", r"\$")
        money_words = rf"[{signs}圆]|(?i)\b({_CODES})\b|(?i)\b(us|hk|nt|a|c|r)\$"
        text = f"trim(regexp_replace({text}, {quoted(money_words)}, '', 'g'))"
    text = rf"regexp_replace({text}, '^\((.*)\)$', '-\1')"
    spaces = r"'[ \x{00a0}\x{2009}\x{202f}''’]'"
    joined = f"regexp_replace({text}, {spaces}, '', 'g')"
    spaced = f"CASE WHEN regexp_full_match({text}, '{_SPACED}') THEN {joined} ELSE {text} END"
    return f"CASE WHEN regexp_full_match({column}, '{_USUAL}') THEN {column} ELSE {spaced} END"


def sign_sql(column: str) -> str:
    """SQL of the currency code or the sign of money that a text holds; null where it holds none."""
    text = f"translate({column}, {quoted(_WIDE)}, {quoted(_PLAIN)})"
    signs = " ".join(f"WHEN contains({text}, {quoted(sign)}) THEN {quoted(sign)}" for sign in SIGNS)
    code = rf"nullif(upper(regexp_extract({text}, '(?i)(^|[^a-z])({_CODES})($|[^a-z])', 2)), '')"
    return f"coalesce(replace({code}, 'RMB', 'CNY'), CASE {signs} END)"


def styles(
    connection: DuckDBPyConnection,
    table: str,
    measures: Sequence[Measure],
    decimal: str | None,
    digits: Collection[str] = (),
) -> dict[str, Style]:
    """How each numeric column writes its numbers.

    Args:
        connection: Holds `table`, whose columns `n_<name>` are number texts.
        table: Name of the table.
        measures: The columns.
        decimal: Decimal sign, where the user says it.
        digits: Cells that are known to hold nothing but digits.

    Returns:
        Measure → style. Evidence of the column counts first, then that of the whole file. With none,
        `1,234` is a thousand where no other value of the column leaves its separators out.
    """
    if decimal or not measures:
        return {measure.name: Style(decimal or ".") for measure in measures}
    counts = _evidence(connection, table, measures, digits)
    points, commas = (sum(count[index] for count in counts.values()) for index in (0, 1))
    found = {measure.name: _style(measure, counts[measure.name], points, commas) for measure in measures}
    grouped = any(counts[measure.name][2] for measure in measures if measure.kind == "count")
    open_ = [] if grouped or points != commas else [item.name for item in measures if item.kind == "money"]
    like = {name: _lookalike(connection, table, name) for name in open_ if _level(counts[name])}
    return found | {name: replace(found[name], lookalike=value) for name, value in like.items()}


def _level(count: tuple[int, ...]) -> bool:
    """Whether a column has no evidence for either sign, and no number without one."""
    point, comma, _, bare = count
    return not (point or comma or bare)


def _lookalike(connection: DuckDBPyConnection, table: str, name: str) -> str:
    """A value of a column of which at least two, and all, have one kind of sign before three digits."""
    column = f"n_{name}"
    every = " OR ".join(
        f"bool_and(regexp_full_match({column}, '[-+]?[0-9]{{1,3}}{sign}[0-9]{{3}}'))" for sign in ("[.]", ",")
    )
    sql = f"SELECT CASE WHEN count({column}) > 1 AND ({every}) THEN min({column}) END FROM {table}"
    value = connection.execute(sql).fetchall()[0][0]
    return str(value or "")


def _evidence(
    connection: DuckDBPyConnection, table: str, measures: Sequence[Measure], digits: Collection[str]
) -> dict[str, tuple[int, ...]]:
    """Per column: values that fit a point only, a comma only, either, and bare thousands."""
    parts = [part for item in measures for part in _signs_of(f"n_{item.name}", item.cell in digits)]
    found = connection.execute(f"SELECT {', '.join(parts)} FROM {table}").fetchall()[0]
    return {measure.name: tuple(found[4 * index : 4 * index + 4]) for index, measure in enumerate(measures)}


def _signs_of(column: str, digits: bool) -> list[str]:
    """SQL of the four counts of a column; one of digits alone can only hold bare thousands."""
    if digits:
        return ["0", "0", "0", f"count(*) FILTER (length({column}) >= 4)"]
    kinds = ("|".join(_POINT), "|".join(_COMMA), _EITHER, _BARE)
    return [f"count(*) FILTER (regexp_full_match({column}, '{kind}'))" for kind in kinds]


def _style(measure: Measure, count: tuple[int, ...], points: int, commas: int) -> Style:
    point, comma, either, bare = count
    if point == comma:
        point, comma = points, commas
    if point != comma:
        return Style("." if point > comma else ",")
    return Style(".", undecided=measure.kind != "count" and either > 0 and bare > 0)


def number_sql(column: str, style: Style) -> str:
    """SQL of a number's exact value as DECIMAL(28, 10); null where the text is no number."""
    if style.decimal == ",":
        grouped = rf"regexp_full_match({column}, '[-+]?\d{{1,3}}(\.\d{{3}})+(,\d*)?')"
        text = (
            f"CASE WHEN {grouped} THEN replace(replace({column}, '.', ''), ',', '.') "
            f"WHEN contains({column}, '.') THEN NULL ELSE replace({column}, ',', '.') END"
        )
    else:
        grouped = rf"regexp_full_match({column}, '[-+]?\d{{1,3}}(,\d{{2,3}})*,\d{{3}}(\.\d*)?')"
        open_ = f"AND NOT regexp_full_match({column}, '{_EITHER}')" if style.undecided else ""
        text = (
            f"CASE WHEN NOT contains({column}, ',') THEN {column} "
            f"WHEN {grouped} {open_} THEN replace({column}, ',', '') END"
        )
    value = f"CASE WHEN regexp_full_match({text}, '{_NUMBER}') THEN TRY_CAST({text} AS DECIMAL(28, 10)) END"
    if style.decimal == ",":
        return value
    simple = f"TRY_CAST({column} AS DECIMAL(28, 10))"
    return f"CASE WHEN regexp_full_match({column}, '{_SIMPLE}') THEN {simple} ELSE {value} END"


def bare_sql(column: str, endings: Sequence[str]) -> str:
    """SQL of a name without what a platform puts behind it; null where nothing else is left."""
    if not endings:
        return column
    pattern = rf"\s*({'|'.join(re.escape(ending) for ending in endings)})+\s*$"
    return f"nullif(regexp_replace({column}, {quoted(pattern)}, ''), '')"


def added_sql(terms: Sequence[str]) -> str:
    """SQL of the sum of columns; null where all are, for an unknown term beside a known one is nothing."""
    known = " + ".join(f"coalesce({term}, 0)" for term in terms)
    return f"CASE WHEN coalesce({', '.join(terms)}) IS NOT NULL THEN {known} END"


def stored_sql(column: str, measure: Measure) -> str:
    """SQL of a DECIMAL value as it is stored: whole counts and micros as BIGINT, other counts as DOUBLE."""
    if measure.kind == "money":
        return f"TRY_CAST(round({column} * {measure.factor}::DECIMAL(8, 0)) AS BIGINT)"
    return f"TRY_CAST({column} AS {'BIGINT' if measure.kind == 'count' else 'DOUBLE'})"


def mapped_sql(column: str, values: Mapping[str, str]) -> str:
    """SQL that turns a platform's values into canonical ones and keeps the others."""
    if not values:
        return column
    cases = " ".join(f"WHEN {quoted(key.casefold())} THEN {quoted(value)}" for key, value in values.items())
    return f"CASE lower({column}) {cases} ELSE {column} END"
