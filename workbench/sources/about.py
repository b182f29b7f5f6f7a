"""What there is to know of a file as a whole: how it was read, and what it does not say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.errors import InputError, unknown
from workbench.schema import NO_CURRENCY
from workbench.sources.facts import columns_of, labels
from workbench.sources.parse import Parsed, stated_currency
from workbench.sources.preview import Look
from workbench.sources.profile import GENERIC
from workbench.sources.review import Finding, Status, finding
from workbench.sources.values import SIGNS

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
    if made.unused:
        found.append(finding("PASS", "unused", lang, headers=", ".join(made.unused[:20])))
    if parsed.hourly and not parsed.timezone:
        found.append(finding("REVIEW", "no_timezone", lang))
    found += _about_money(seen, parsed, lang)
    if len(made.goals) > 1:
        others = columns_of(made.goals[1:])
        status: Status = "PASS" if made.chosen else "REVIEW"
        code = "goal" if made.chosen else "guessed_goal"
        found.append(finding(status, code, lang, goal=made.goals[0].name, others=others))
    return found + _about_labels(connection, seen, lang)


def _about_money(seen: Look, parsed: Parsed, lang: str) -> list[Finding]:
    if not any(item.kind == "money" for item in parsed.measures):
        return []
    if "currency" in parsed.texts:
        return []
    if parsed.currency == NO_CURRENCY:
        return [finding("REVIEW", "no_currency", lang)]
    if seen.request.currency or stated_currency(seen.layout) or seen.layout.profile.currency:
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
