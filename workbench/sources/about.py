"""What there is to know of a file as a whole: how it was read, and what it does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import InputError, unknown
from workbench.schema import NO_CURRENCY
from workbench.sources.facts import columns_of, labels
from workbench.sources.mapping import Layout
from workbench.sources.measures import stated_currency
from workbench.sources.parse import Parsed
from workbench.sources.preview import Look
from workbench.sources.profile import GENERIC
from workbench.sources.review import Finding, Status, finding
from workbench.sources.values import SIGNS

SURE = 0.65
"""Score of a recognised kind of file under which the user is asked."""

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def about_file(connection: DuckDBPyConnection, seen: Look, parsed: Parsed, lang: str) -> list[Finding]:
    """What is to know of the file as a whole: how it was read, and what it does not say."""
    made, found = seen.layout, []
    if seen.saved:
        found.append(finding("PASS", "saved_mapping", lang, name=seen.saved))
    elif made.profile.id == GENERIC and not seen.request.mapping:
        used = ", ".join(f"{column} ← {header}" for column, header in made.mapping.items())
        found.append(finding("REVIEW", "guessed_mapping", lang, used=used))
    found += _about_meanings(seen, lang)
    if made.unused:
        found.append(finding("PASS", "unused", lang, headers=", ".join(made.unused[:20])))
    found += _about_clock(made, parsed, lang)
    found += _about_money(seen, parsed, lang)
    return found + _about_goals(made, lang) + _about_labels(connection, seen, lang)


def _about_meanings(seen: Look, lang: str) -> list[Finding]:
    """Columns that platforms use for something else, and a platform that was hardly recognised."""
    match, found = seen.match, []
    if match.profile.id != GENERIC and match.score < SURE and not (seen.request.source or seen.saved):
        profile = match.profile
        found.append(finding("REVIEW", "unsure_platform", lang, platform=profile.en, source=profile.id))
    found += [
        finding(
            "REVIEW",
            "other_meaning",
            lang,
            header=doubt.header,
            column=doubt.column,
            use=doubt.use,
            platform=f"{doubt.platform.en} {doubt.platform.zh}".rstrip(),
        )
        for doubt in seen.doubts
    ]
    return found


def _about_clock(made: Layout, parsed: Parsed, lang: str) -> list[Finding]:
    """What nothing says about the clock of the rows; it is asked, never guessed."""
    if parsed.timezone:
        return []
    if parsed.midnights:
        return [finding("REVIEW", "midnights", lang)]
    choice = made.profile.zone == "choice"
    if parsed.hourly:
        code = "no_timezone_choice" if choice else "no_timezone"
        return [finding("REVIEW", code, lang, platform=made.profile.en)]
    return [finding("PASS", "zone_choice", lang, platform=made.profile.en)] if choice else []


def _about_goals(made: Layout, lang: str) -> list[Finding]:
    """Which column is the goal, and what is kept beside it."""
    if made.goals and made.goal is None:
        return [finding("PASS", "no_goal", lang, others=columns_of(made.goals))]
    if made.goal is None or len(made.goals) < 2:
        return []
    status: Status = "PASS" if made.chosen else "REVIEW"
    code = "goal" if made.chosen else "guessed_goal"
    return [finding(status, code, lang, goal=made.goal.name, others=columns_of(made.goals[1:]))]


def _about_money(seen: Look, parsed: Parsed, lang: str) -> list[Finding]:
    if not any(item.kind == "money" for item in parsed.measures):
        return []
    if "currency" in parsed.texts:
        return []
    if parsed.currency == NO_CURRENCY:
        return [finding("REVIEW", "no_currency", lang)]
    only = seen.layout.variant.currency or seen.layout.profile.currency
    if seen.request.currency or stated_currency(seen.layout) or only:
        return []
    sure = all(len(SIGNS.get(sign, ("",))) == 1 for sign in parsed.signs)
    status: Status = "PASS" if sure else "REVIEW"
    signs = " ".join(parsed.signs)
    return [finding(status, "guessed_currency", lang, currency=parsed.currency, signs=signs)]


def _about_labels(connection: DuckDBPyConnection, seen: Look, lang: str) -> list[Finding]:
    """Rows that count different things are never added: one of them is the goal."""
    found = labels(connection) if any(goal.label for goal in seen.layout.goals) else []
    chosen = seen.layout.goal_label
    if chosen and chosen not in found:
        raise unknown("goal", chosen, [*found, *(goal.name for goal in seen.layout.goals)], InputError)
    if len(found) > 1 and not chosen:
        return [finding("REVIEW", "guessed_goal", lang, goal=found[0], others=", ".join(found[1:10]))]
    return []
