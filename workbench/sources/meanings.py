"""What platforms use a header for: a column that is read as something else is probably a mistake.

Names mislead: Kuaishou's `aclick` counts exposures, and its `click` too. A header that some profile
knows, but none for the column it was mapped to, is told of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workbench.sources.mapping import Layout
from workbench.sources.profile import GENERIC, METRICS, OUTCOMES, Goal, Profile
from workbench.sources.words import heading, normal, terms

RATE = "rate"
"""Stands for a header that profiles ignore: a rate, a stamp, a status."""


@dataclass(frozen=True)
class Meaning:
    """What one platform uses a header for.

    Attributes:
        header: As the file writes it.
        use: Canonical column, name of what it counts, or `rate`.
        platform: The platform's profile.
        column: Canonical column that it was read as; empty where it was not.
    """

    header: str
    use: str
    platform: Profile
    column: str = ""


def meanings(header: str, known: Mapping[str, Profile]) -> list[Meaning]:
    """What platforms use a header for, one entry a platform and use."""
    words = {normal(header), heading(header).name}
    return [
        Meaning(header, use, profile)
        for profile in known.values()
        for use in sorted({use for use, text in _uses(profile) if normal(text) in words})
    ]


def other_meanings(
    made: Layout, mapping: Mapping[str, str] | None, known: Mapping[str, Profile]
) -> tuple[Meaning, ...]:
    """Columns of figures that are read as what no platform uses their header for.

    Args:
        made: How the file is read.
        mapping: What the user mapped; only that is in doubt where a platform was recognised.
        known: Profiles by source id.
    """
    asked = dict(mapping or {}) if made.profile.id != GENERIC else made.mapping
    found = []
    for column, header in asked.items():
        for term in terms(header) if column in METRICS else ():
            uses = meanings(term, known)
            if uses and not any(_same(column, item.use) for item in uses):
                first = uses[0]
                found.append(Meaning(term, first.use, first.platform, column))
    return tuple(found)


def _same(column: str, use: str) -> bool:
    counted = ("conversions", *OUTCOMES)
    return column == use or (column in counted and use in counted)


def _uses(profile: Profile) -> Iterator[tuple[str, str]]:
    """Each use with one spelling of its header."""
    for columns in (profile.columns, *(variant.columns for variant in profile.variants)):
        for name, headers in columns.items():
            yield from ((name, term) for header in headers for term in terms(header))
    for goal in profile.every_goal():
        yield from _goal_uses(goal)
    for split in profile.breakdowns:
        yield from ((split.to or split.name, header) for header in split.headers)
    yield from ((RATE, header) for header in profile.ignore)


def _goal_uses(goal: Goal) -> Iterator[tuple[str, str]]:
    counts = goal.name if goal.aside else "conversions"
    yield from ((counts, term) for header in goal.headers for term in terms(header))
    yield from (("revenue", header) for header in goal.value)
    yield from (("goal", header) for header in goal.labels)
