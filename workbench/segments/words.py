"""Segments in words: a name, and the thresholds that make it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from workbench import i18n
from workbench.i18n import formats
from workbench.segments.cells import BLOCKS
from workbench.segments.thresholds import span


def name(segment: str, lang: str) -> str:
    """A segment's name."""
    return i18n.text(f"segments.name_{segment}", lang)


def label(segment: str, edges: Mapping[str, Sequence[float]], currency: str, lang: str) -> str:
    """A segment's name with its thresholds, blocks of equal recency together.

    Blocks of cells that no value reaches (thresholds that coincide) are left out.
    """
    said = []
    blocks = [block for block in BLOCKS if block.segment == segment]
    for r in dict.fromkeys(block.r for block in blocks):
        when = _bounds({"recency_days": r}, edges, currency, lang)
        rest = [{"frequency": block.f, "monetary": block.m} for block in blocks if block.r == r]
        found = [_bounds(bounds, edges, currency, lang) for bounds in rest]
        ways = list(dict.fromkeys(way for way in found if way is not None))
        if when is not None and ways:
            said.append(_joined(when, ways, lang))
    shown = i18n.text("segments.or", lang).join(said) or i18n.text("segments.nobody", lang)
    return i18n.text("segments.label", lang, name=name(segment, lang), thresholds=shown)


def _joined(when: str, ways: Sequence[str], lang: str) -> str:
    """Recency and the ways that go with it; a way without a bound takes all."""
    if len(ways) > 1 and "" not in ways:
        several = i18n.text("segments.either_or", lang).join(ways)
        return i18n.text("segments.either", lang, when=when, ways=several)
    rest = "" if "" in ways else ways[0]
    return i18n.text("segments.and", lang).join(part for part in (when, rest) if part)


def _bounds(
    scores: Mapping[str, tuple[int, int]], edges: Mapping[str, Sequence[float]], currency: str, lang: str
) -> str | None:
    """The bounds of ranges of scores in words; empty where there are none, None where no value fits."""
    spans = {measure: span(measure, edges[measure], *scores[measure]) for measure in scores}
    if None in spans.values():
        return None
    said = [_bound(measure, *ends, currency, lang) for measure, ends in spans.items() if ends]
    return i18n.text("segments.and", lang).join(part for part in said if part)


def _bound(measure: str, above: float, to: float, currency: str, lang: str) -> str:
    """One bound in words; empty where it is open on both sides."""
    whole = measure != "monetary"
    low = math.floor(above) + 1 if whole and math.isfinite(above) else above
    high = math.floor(to) if whole and math.isfinite(to) else to
    least = 0 if measure == "recency_days" else 1
    from_open = low <= least if whole else math.isinf(above)
    if from_open and math.isinf(to):
        return ""
    way = "upto" if from_open else "from" if math.isinf(to) else "is" if whole and low == high else "between"
    if measure == "frequency" and high == 1:
        way = "one"
    return i18n.text(
        f"segments.{measure}_{way}",
        lang,
        low=_figure(low, whole, currency, lang),
        high=_figure(high, whole, currency, lang),
    )


def _figure(value: float, whole: bool, currency: str, lang: str) -> str:
    return formats.number(value, lang) if whole else formats.money(value, currency, lang)
