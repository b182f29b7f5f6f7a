"""A rule as one plain sentence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from workbench import i18n
from workbench.i18n import formats
from workbench.segments.rules.nodes import All, Either, In, Node, Not, Tagged, Test
from workbench.segments.rules.operands import SOURCES, Behaviour, Condition, Field, Rfm, Score
from workbench.segments.words import name as rfm_name

_HAN = r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_SPARE = re.compile(f"(?<={_HAN}) (?={_HAN})")
"""Spaces between two Chinese characters; one beside Latin letters or digits stays."""

_PRESENCE = ("known", "unknown")
_CHANCE = re.compile(r"propensity_(?P<outcome>buy|churn|respond)_(?P<days>[0-9]{1,5})")
_ALIKE = re.compile(r"lookalikes_[0-9a-f]{10}")
_CLUSTERS = re.compile(r"clusters_[0-9a-f]{10}")
_LIST = re.compile(r"chosen_[0-9a-f]{10}")
"""Tables that `segments.address` and `segments.keep` write."""


def sentence(node: Node, lang: str, names: Mapping[str, str] | None = None) -> str:
    """The rule in words.

    Args:
        node: The tree.
        lang: `en` or `zh`.
        names: Id of a saved segment → its name now.

    Returns:
        Such as `Customers where region is Sichuan and the count of orders is at least 2.`
    """
    told = _text("sentence", lang, rule=_said(node, lang, names or {}, None))
    return _SPARE.sub("", told) if lang == "zh" else told


def short(node: Node, lang: str, names: Mapping[str, str] | None = None, most: int = 60) -> str:
    """A name that a rule suggests for itself: its conditions in words, cut where they are long.

    Args:
        node: The tree.
        lang: `en` or `zh`.
        names: Id of a saved segment → its name now.
        most: Characters.
    """
    told = _said(node, lang, names or {}, None)
    told = _SPARE.sub("", told) if lang == "zh" else told
    told = re.sub("[“”]", "", re.sub(r"”(?=\w)", " ", f"{told[:1].upper()}{told[1:]}"))
    if len(told) <= most:
        return told
    cut = told[: most - 1]
    return f"{cut.rpartition(' ')[0] if lang != 'zh' and ' ' in cut else cut}…"


def _said(node: Node, lang: str, names: Mapping[str, str], inside: type[Node] | None) -> str:
    """A node in words, in brackets where it stands inside of another kind of group."""
    if isinstance(node, All | Either):
        word = _text("and" if isinstance(node, All) else "or", lang)
        told = word.join(_said(part, lang, names, type(node)) for part in node.parts)
        bare = inside in (None, type(node)) or len(node.parts) == 1
        return told if bare else _text("brackets", lang, rule=told)
    if isinstance(node, Not):
        return _text("not", lang, rule=_said(node.part, lang, names, None))
    if isinstance(node, Tagged):
        key = "tagged_as" if node.value else "tagged"
        return _text(key, lang, tag=node.tag, value=node.value)
    if isinstance(node, In):
        return _text("in_segment", lang, name=names.get(node.segment, node.segment))
    assert isinstance(node, Test)
    return _test(node, lang)


def _test(node: Test, lang: str) -> str:
    of = node.of
    if isinstance(of, Behaviour):
        return _behaviour(node, of, lang)
    if isinstance(of, Field):
        key = "date_ago" if of.ago else None
        label = _text("own", lang, name=of.name) if of.is_own else _column(of.name, lang)
        subject = _text(key, lang, field=label) if key else label
    elif isinstance(of, Rfm):
        subject = _text(f"rfm_{of.measure}", lang)
    else:
        assert isinstance(of, Score)
        if _is_list(node, of):
            return _text("listed", lang, table=of.table)
        subject = _score(of, lang)
    return _compared(subject, node, lang)


def _score(of: Score, lang: str) -> str:
    """A score that `segments.address` wrote in words; of another table its column."""
    if chance := _chance(of):
        days = _days(int(chance["days"]), lang)
        return _text(f"score_{chance['outcome']}", lang, days=days)
    kinds = (("rank", _ALIKE), ("cluster", _CLUSTERS))
    known = next((column for column, table in kinds if of.column == column and table.fullmatch(of.table)), "")
    return _text(f"score_{known}" if known else "score", lang, table=of.table, column=of.column)


def _is_list(node: Test, of: Score) -> bool:
    """Whether a test asks who was chosen on a chart."""
    asked = (of.column, node.op, node.value)
    return asked == ("chosen", "==", 1) and _LIST.fullmatch(of.table) is not None


def _chance(of: Any) -> re.Match[str] | None:
    """Of which outcome in how many days a score is the probability; None where it is another one."""
    return _CHANCE.fullmatch(of.table) if isinstance(of, Score) and of.column == "p" else None


def _behaviour(node: Test, of: Behaviour, lang: str) -> str:
    """Behaviour in words: whether, how many, how much, how long ago."""
    values = {
        "one": _text(f"one_{of.source}", lang),
        "many": _text(f"many_{of.source}", lang),
        "window": "" if of.within_days is None else _text("window", lang, days=_days(of.within_days, lang)),
        "where": _where(of, lang),
    }
    key = _whether(node, of)
    if key:
        return _text(key, lang, **values)
    figure = _text(f"figure_{of.column}", lang) if of.column else ""
    return _compared(_text(f"measure_{of.measure}", lang, figure=figure, **values), node, lang)


def _whether(node: Test, of: Behaviour) -> str:
    """The text of a test that only asks whether there is a row; empty for others."""
    test = (node.op, node.value)
    if of.measure in ("first", "last") and node.op in _PRESENCE:
        return "has" if node.op == "known" else "has_no"
    if of.measure == "count" and test in ((">=", 1), (">", 0)):
        return "has"
    return "has_no" if of.measure == "count" and test in (("==", 0), ("<", 1), ("<=", 0)) else ""


def _where(of: Behaviour, lang: str) -> str:
    if not of.where:
        return ""
    told = [_condition(item, of.source, lang) for item in of.where]
    return _text("where", lang, conditions=_text("and", lang).join(told))


def _condition(item: Condition, source: str, lang: str) -> str:
    numbers = SOURCES[source].numbers
    known = item.column in numbers
    label = _text(f"figure_{item.column}", lang) if known else _column(item.column, lang)
    return _text(f"op_{_operator(item.op)}", lang, what=label, **_values(item.op, item.value, lang, _plain))


def _compared(subject: str, node: Test, lang: str) -> str:
    values = _values(node.op, node.value, lang, _shower(node))
    space = " " if lang == "zh" and subject[-1].isascii() else ""
    return _text(f"op_{_operator(node.op)}{_unit(node)}", lang, what=subject + space, **values)


def _unit(node: Test) -> str:
    """Days and dates have words of their own."""
    own = node.of.type in ("days", "date") and node.op not in _PRESENCE
    return f"_{node.of.type}" if own else ""


def _values(op: str, value: Any, lang: str, show: Any) -> dict[str, str]:
    if op == "between":
        return {"low": show(value[0], lang), "high": show(value[1], lang)}
    if op in ("in", "not_in"):
        return {"value": _text("comma", lang).join(show(item, lang) for item in value)}
    return {} if value is None else {"value": show(value, lang)}


def _shower(node: Test) -> Any:
    of = node.of
    if isinstance(of, Rfm) and of.measure == "segment":
        return rfm_name
    if (isinstance(of, Behaviour) and of.is_money) or (isinstance(of, Rfm) and of.measure == "monetary"):
        return partial(_money, of.currency)
    if _chance(of):
        return _share
    return _days if of.type == "days" else _plain


def _days(value: int, lang: str) -> str:
    """A number of days with its unit."""
    return _text("day", lang) if value == 1 else _text("days", lang, days=_number(value, lang))


def _money(currency: str, value: float, lang: str) -> str:
    """An amount with all its digits."""
    return f"{formats.symbol(currency, lang)}{_number(value, lang)}"


def _share(value: float, lang: str) -> str:
    """A probability in percent, with all its digits."""
    return f"{_number(round(100 * value, 7), lang)}%"


def _plain(value: Any, lang: str) -> str:
    if isinstance(value, dt.date):
        return formats.date(value, lang)
    return _number(value, lang) if isinstance(value, int | float) else str(value)


def _number(value: float, lang: str) -> str:
    """All digits of a number, for it is a bound."""
    places = next((n for n in range(10) if round(value, n) == value), 9)
    return formats.number(value, lang, places)


def _operator(op: str) -> str:
    return {"==": "is", "!=": "not", "<": "below", "<=": "upto", ">": "above", ">=": "from"}.get(op, op)


def _column(name: str, lang: str) -> str:
    """The label of a column, in the middle of a sentence."""
    return _text(f"column_{name}", lang)


def _text(key: str, lang: str, **values: object) -> str:
    return i18n.text(f"rules.{key}", lang, **values)
