"""The number behind a cell: the amount that the page carries, else what the text itself says."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from workbench.reports.formats.content import Cell

if TYPE_CHECKING:
    from workbench.reports.formats.tree import Node

_SIGNS = {"−": -1.0, "-": -1.0}
_STEPS = {"K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12, "万": 1e4, "亿": 1e8, "万亿": 1e12}
_FIGURE = re.compile(
    r"([−+±-]?)\s?([¥$€£₩₹]?)([−-]?)(\d[\d,]*(?:\.\d+)?)(万亿|[KMBT万亿]?)(%|×| ?pp| ?个百分点|)"
)
_BEGINS = re.compile(r"[<>≈~+−±-]*\s*(?:[A-Z]{0,3}[^\w\s,.:()]?\s?)?\d")
_PAIR, _WHOLE = 2, ("", "×")
_SEVERAL = re.compile(r"→|/|·")
_WITHIN = re.compile(r"\s*\(?(?P<bounds>[^()]*\d[^()]*)\)?\s*")


def cell(node: Node) -> Cell:
    """A cell of a page: its text, the number behind it, and the interval it shows."""
    words = node.words
    if _SEVERAL.search(words) or not _BEGINS.match(words):
        return Cell(words)
    carrier = next((item for item in (node, *node.find()) if "data-amount" in item.attributes), None)
    if carrier is None or not carrier.seen:
        return said(words)
    given = carrier.attributes
    unit = given["data-unit"]
    if unit == "date":
        return Cell(words, dt.date.fromisoformat(given["data-amount"]), unit)
    low, high = _interval(node, words)
    amount = float(given["data-amount"])
    return Cell(_bracketed(words), amount, unit, given.get("data-currency", ""), low, high)


def _bracketed(words: str) -> str:
    """A number and its interval, which the page sets apart by size or line, with the interval in brackets."""
    first = _FIGURE.match(words)
    rest = words[first.end() :].strip() if first else ""
    if first is None or not rest or rest.startswith("(") or _written(words)[0] is None:
        return words
    return f"{first[0]} ({rest})"


def said(words: str) -> Cell:
    """A cell whose text is all that is known, such as one of a table that a notebook printed itself."""
    found = _FIGURE.match(words)
    rest = words[found.end() :].strip() if found else ""
    low, high = _written(words) if rest.startswith("(") and rest.endswith(")") else (None, None)
    if not found or (low is None and rest):
        return Cell(words)
    return Cell(words, _value(found), _unit(found), found[2], low, high)


def both(words: str) -> tuple[Cell, Cell] | None:
    """The two numbers of `107 → 48.7`; one alone is the first; None where the words say something else."""
    parts = [said(part.strip()) for part in words.split("→")]
    if len(parts) > _PAIR or any(part.number is None for part in parts):
        return None
    return parts[0], (parts[1] if len(parts) == _PAIR else Cell(""))


def _unit(found: re.Match[str]) -> str:
    if found[2]:
        return "money"
    rate = "change" if found[1] else "percent"
    return {"": "count", "%": rate, "×": "multiple"}.get(found[6], "points")


def _interval(node: Node, words: str) -> tuple[float | None, float | None]:
    """Both ends of the interval behind the first number: as the page carries, else as it shows them."""
    ends = next((item.attributes for item in node.find() if "data-low" in item.attributes), None)
    if ends:
        return float(ends["data-low"]), float(ends["data-high"])
    return _written(words)


def _written(words: str) -> tuple[float | None, float | None]:
    """Both ends of the interval that follows the first number in words."""
    first = _FIGURE.search(words)
    rest = _WITHIN.fullmatch(words[first.end() :]) if first else None
    if first is None or rest is None:
        return None, None
    found = list(_FIGURE.finditer(rest["bounds"].replace("–", " – ")))
    if len(found) != 2:
        return None, None
    rate = (
        0.01 if first[6] == "%" and not found[0][6] else 1.0
    )  # 3.1% (2.9–3.4): the bounds leave the sign out
    step = _STEPS.get(first[5], 1.0) if not (found[0][5] or found[1][5]) else 1.0
    low, high = (_value(item) * (step if item[5] == "" else 1.0) for item in found)
    return low * rate, high * rate


def _value(found: re.Match[str]) -> float:
    sign = _SIGNS.get(found[1], 1.0) * _SIGNS.get(found[3], 1.0)
    size = float(found[4].replace(",", "")) * _STEPS.get(found[5], 1.0)
    return sign * size * (1.0 if found[6] in _WHOLE else 0.01)


def decimals(words: str) -> int:
    """Decimals of the first number of a text; none where it is shortened (1.28M)."""
    found = _FIGURE.search(words)
    return len(found[4].partition(".")[2]) if found and not found[5] else 0
