"""Clusters in words: what their customers have more or less of than everybody, and a name made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.i18n import formats

if TYPE_CHECKING:
    import pandas as pd

MONEY = ("monetary", "aov")
CLEAR = 0.3
"""Robust standard deviations from everybody's median from which a measure is worth a word."""
_NAMED, _SAID = 2, 3
"""Measures in a name; entries of a list in a sentence."""
Called = Callable[[str, Any, str], str]
"""(column, value, language) → what the value is called."""


def feature(column: str, lang: str) -> str:
    """What a column is called; a column of the reader's own by its own name."""
    key = f"clusters.feature_{column}"
    return i18n.text(key, lang) if key in i18n.texts() else column


def figure(column: str, value: float, currency: str, lang: str) -> str:
    """A measure's value in words."""
    if column in MONEY and currency != "XXX":
        return formats.money(value, currency, lang)
    return formats.compact(value, lang) if value != round(value) else formats.number(value, lang)


def names(facts: pd.DataFrame, segments: Sequence[str], called: Called, lang: str) -> dict[str, str]:
    """A name for each cluster; no two are equal.

    Args:
        facts: As `personas.facts` gives, strongest first in each cluster.
        segments: Clusters.
        called: Names of values.
        lang: `en` or `zh`.
    """
    if len(segments) == 1:
        return {segments[0]: i18n.text("clusters.everyone", lang)}
    words = {segment: _words(facts[facts["segment"] == segment], called, lang) for segment in segments}
    found: dict[str, str] = {}
    for depth in range(_NAMED, 5):
        found = {segment: _joined(said[:depth], lang) for segment, said in words.items()}
        if len(set(found.values())) == len(found):
            return found
    return _numbered(found)


def sentence(row: Mapping[Any, Any], facts: pd.DataFrame, called: Called, currency: str, lang: str) -> str:
    """A persona in words.

    Args:
        row: `name, size, share` of the cluster.
        facts: Facts of this cluster, strongest first.
        called: Names of values.
        currency: Of the amounts.
        lang: `en` or `zh`.
    """
    said = [
        i18n.text(
            "clusters.persona_one" if row["size"] == 1 else "clusters.persona",
            lang,
            name=row["name"],
            size=formats.number(row["size"], lang),
            share=formats.percent(row["share"], lang, 1),
        )
    ]
    return (" " if lang == "en" else "").join([*said, *persona(facts, called, currency, lang)])


def persona(facts: pd.DataFrame, called: Called, currency: str, lang: str) -> list[str]:
    """Habits, what a cluster has more of than everybody, and what less, a sentence each.

    Arguments as `sentence`.
    """
    habits = [_habit(fact, currency, lang) for fact in _of(facts, "high", "low")][:_SAID]
    lists = {"habits": habits}
    for way in ("over", "under"):
        lists[way] = [_trait(fact, called, lang) for fact in _of(facts, way)][:_SAID]
    comma = i18n.text("clusters.comma", lang)
    return [
        i18n.text(f"clusters.persona_{key}", lang, parts=comma.join(parts))
        for key, parts in lists.items()
        if parts
    ]


def _of(facts: pd.DataFrame, *verdicts: str) -> list[dict[Any, Any]]:
    return facts[facts["verdict"].isin(verdicts)].to_dict("records")


def _words(facts: pd.DataFrame, called: Called, lang: str) -> list[str]:
    """What may be in a name: measures first, then what is over-represented."""
    measures = [_way(fact["feature"], fact["verdict"], lang) for fact in _of(facts, "high", "low")]
    traits = [called(fact["feature"], fact["level"], lang) for fact in _of(facts, "over")]
    return measures + traits


def _way(column: str, way: str, lang: str) -> str:
    own = f"clusters.{way}_{column}"
    if own in i18n.texts():
        return i18n.text(own, lang)
    return i18n.text(f"clusters.{way}", lang, feature=feature(column, lang))


def _joined(words: Sequence[str], lang: str) -> str:
    if not words:
        return i18n.text("clusters.average", lang)
    said = i18n.text("clusters.name_comma", lang).join(words)
    return said[:1].upper() + said[1:]


def _numbered(found: Mapping[str, str]) -> dict[str, str]:
    seen: dict[str, int] = {}
    named = {}
    for segment, name in found.items():
        seen[name] = seen.get(name, 0) + 1
        named[segment] = name if seen[name] == 1 else f"{name} {seen[name]}"
    return named


def _habit(fact: Mapping[Any, Any], currency: str, lang: str) -> str:
    shown = {key: figure(fact["feature"], fact[key], currency, lang) for key in ("value", "everyone")}
    return i18n.text("clusters.habit", lang, feature=feature(fact["feature"], lang), **shown)


def _trait(fact: Mapping[Any, Any], called: Called, lang: str) -> str:
    return i18n.text(
        "clusters.trait",
        lang,
        feature=feature(fact["feature"], lang),
        level=called(fact["feature"], fact["level"], lang),
        value=formats.percent(fact["value"], lang, 0),
        everyone=formats.percent(fact["everyone"], lang, 0),
        index=formats.number(fact["index"], lang),
    )
