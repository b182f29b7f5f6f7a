"""The rules that a row must keep: those of every field's kind, and those that the table's file states."""

from __future__ import annotations

import re

from workbench.crm.parse import Parsed
from workbench.crm.spec import Field, RowRule
from workbench.sources.checks import Rule
from workbench.sources.values import SIGNS, quoted
from workbench.sources.words import currencies

_EMAIL = r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+"
_PHONE = r"(tel:)?\+?[\d\s().\-/‐–]{5,25}((ext\.?|x|转|#|;|,)\s*\d{1,6})?"
_SHORTENED = r"\d(\.\d+)?[eE]\+?\d+"
_UNREADABLE = {
    "money": "bad_number",
    "count": "bad_number",
    "number": "bad_number",
    "date": "crm.bad_date",
    "time": "crm.bad_time",
    "bool": "crm.bad_bool",
}
FIRST_DIGITS = 6
"""Digits that a phone number has at least."""


def rules(parsed: Parsed) -> tuple[Rule, ...]:
    """The rules for one sheet, over table `parsed`."""
    found = [rule for item in parsed.fields for rule in _of_field(parsed, item)]
    if parsed.timezone:
        found.append(Rule("crm.skipped_time", "skipped", header=parsed.timezone))
    found += _money(parsed)
    return (*found, *(_stated(parsed, rule) for rule in parsed.spec.rules if _applies(parsed, rule)))


def shown(item: Field) -> str:
    """SQL of a field's text as a sentence may show it: of a person's value only the first letter."""
    return f"left(t_{item.name}, 1) || '…'" if item.personal else f"t_{item.name}"


def header_of(parsed: Parsed, name: str) -> str:
    """How the sheet calls a field."""
    return parsed.columns.get(name, name)


def _of_field(parsed: Parsed, item: Field) -> list[Rule]:
    text, value, header = f"t_{item.name}", f"p_{item.name}", header_of(parsed, item.name)
    found = []
    if _is_needed(parsed, item):
        found.append(Rule("crm.no_value", f"{text} IS NULL", header=header))
    if code := _UNREADABLE.get(item.kind):
        code = "undecided_number" if item.name in parsed.undecided else code
        missing = f"n_{item.name}" if item.kind in ("money", "count", "number") else text
        found.append(
            Rule(code, f"{missing} IS NOT NULL AND {value} IS NULL", header=header, value=shown(item))
        )
    if item.kind == "count":
        whole = f"v_{item.name} <> trunc(v_{item.name})"
        found.append(Rule("not_whole", whole, header=header, value=shown(item)))
    if item.kind == "id":
        found.append(Rule("crm.cut_id", _full(text, _SHORTENED), header=header, value=shown(item)))
    return found + _shapes(item, text, header)


def _is_needed(parsed: Parsed, item: Field) -> bool:
    spec = parsed.spec
    return (item.need or item.column in spec.key) and item.column != spec.made_key and item.default != ""


def _shapes(item: Field, text: str, header: str) -> list[Rule]:
    """Shapes that a value should have; a row without it stays."""
    if item.kind == "email":
        broken = f"{text} IS NOT NULL AND NOT {_full(text, _EMAIL)}"
        return [Rule("crm.bad_email", broken, False, header, shown(item))]
    if item.kind == "phone":
        digits = f"length(regexp_replace({text}, '\\D', '', 'g')) < {FIRST_DIGITS}"
        broken = f"{text} IS NOT NULL AND (NOT {_full(text, _PHONE)} OR {digits})"
        return [
            Rule("crm.cut_phone", _full(text, _SHORTENED), False, header, shown(item)),
            Rule(
                "crm.bad_phone", f"({broken}) AND NOT {_full(text, _SHORTENED)}", False, header, shown(item)
            ),
        ]
    return []


def _full(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {quoted(pattern)})"


def _money(parsed: Parsed) -> list[Rule]:
    """One currency a row: its code is one, and no amount carries another sign."""
    header = parsed.columns.get("currency", "")
    if parsed.has("currency"):
        allowed = ", ".join(quoted(code) for code in sorted(currencies()))
        broken = f"t_currency IS NOT NULL AND p_currency NOT IN ({allowed})"
        return [Rule("bad_currency", broken, header=header, value="t_currency")]
    other = [sign for sign in parsed.signs if parsed.currency not in SIGNS.get(sign, (sign,))]
    return [
        Rule(
            "other_currency",
            " OR ".join(f"contains(lower(t_{item.name}), {quoted(sign.casefold())})" for sign in other),
            header=header_of(parsed, item.name),
            value=shown(item),
        )
        for item in parsed.fields
        if item.kind == "money" and other
    ]


def _applies(parsed: Parsed, rule: RowRule) -> bool:
    return any(map(parsed.has, rule.columns)) if rule.some else parsed.has(*rule.columns)


def _stated(parsed: Parsed, rule: RowRule) -> Rule:
    """A rule of the table's file: `{field}` is the field's value, null where the sheet has none."""
    named = parsed.spec.field(next(name for name in rule.columns if parsed.has(name)))
    sql = re.sub(r"\{(\w+)\}", lambda found: f"p_{found[1]}" if parsed.has(found[1]) else "NULL", rule.broken)
    return Rule(f"crm.{rule.code}", sql, rule.rejects, header_of(parsed, named.name), shown(named))
