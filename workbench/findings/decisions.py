"""What people decided about a finding: done, put off, or not useful; kept beside the data it was about."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from workbench import settings
from workbench.errors import QuestionError, unknown
from workbench.findings.finding import Finding
from workbench.i18n import LANGUAGES

if TYPE_CHECKING:
    from workbench.data import Store

Choice = Literal["done", "snoozed", "rejected"]
CHOICES: tuple[Choice, ...] = ("done", "snoozed", "rejected")
KIND = "decision"
NEEDED = frozenset({"finding", "choice", "day", "sentence"})
"""Entries without which a file written by hand is no decision."""
SNOOZES = {"week": 7, "month": 30}
"""Word for how long a finding is put off → days of data; the first one where nobody says."""


@dataclass(frozen=True)
class Decision:
    """One decision about one finding.

    Attributes:
        finding: Id of the finding.
        choice: `done`, `snoozed` or `rejected`.
        day: Last day of data when it was decided: what comes after it is the outcome.
        until: Last day of data on which a snoozed finding stays away; None for the other choices.
        sentence: What the finding said, by language.
        metric: Metric that it was about; empty where it was about the data.
        where: Dimension → members that it was about.
        who: Who decided; empty where nobody said.
        note: What they wrote.
    """

    finding: str
    choice: str
    day: dt.date
    until: dt.date | None
    sentence: Mapping[str, str]
    metric: str = ""
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    who: str = ""
    note: str = ""

    def hides(self, start: dt.date, as_of: dt.date) -> bool:
        """Whether its finding stays away from a review.

        A snoozed one comes back after its day. One that is done or rejected comes back as news: when all
        days reviewed lie behind the decision.

        Args:
            start: First day reviewed.
            as_of: Last day of data.
        """
        return as_of <= self.until if self.until else start <= self.day


def decide(
    store: Store,
    finding: Finding,
    choice: str,
    until: dt.date | str | None = None,
    note: str = "",
    who: str | None = None,
) -> Decision:
    """Keep what is decided about a finding; a later decision takes the place of an earlier one.

    Args:
        store: The workspace.
        finding: The finding.
        choice: `done`, `snoozed` or `rejected`.
        until: Last day of data on which a snoozed one stays away: a date, also as text, or one of `SNOOZES`;
            None: a week of data.
        note: Why, for those who come later.
        who: Who decides; None: who acts here.

    Raises:
        QuestionError: for an unknown choice, a day that is none or is over, or a workspace without data.
        StoreError: where the workspace cannot be written to.
    """
    from workbench import saved

    if choice not in CHOICES:
        raise unknown("decision", choice, CHOICES)
    if store.as_of is None:
        raise QuestionError(
            "A workspace without data has nothing to decide about.", "Import a report of a platform first."
        )
    made = _made(finding, choice, store.as_of, until, note)
    item = saved.put(store.path, KIND, _id(finding.id), _content(made), who)
    return _decision(item)


def decisions(store: Store) -> tuple[Decision, ...]:
    """What was decided in a workspace, the newest first."""
    from workbench import saved

    kept = [item for item in saved.items(store.path, KIND) if {*item.content} >= NEEDED]
    found = [_decision(item) for item in kept]
    return tuple(sorted(found, key=lambda made: (made.day, made.finding), reverse=True))


def reopen(store: Store, finding: str) -> None:
    """Take a decision back: its finding is shown again.

    Args:
        store: The workspace.
        finding: Id of the finding.

    Raises:
        Refused: where nothing was decided about it.
    """
    from workbench import saved

    saved.trash(store.path, saved.read(store.path, KIND, _id(finding)))


def undecided(
    found: Iterable[Finding], made: Iterable[Decision], start: dt.date, as_of: dt.date
) -> tuple[Finding, ...]:
    """The findings that no decision keeps away.

    Args:
        found: Findings of a review.
        made: Decisions.
        start: First day reviewed.
        as_of: Last day of data.
    """
    hidden = {decision.finding for decision in made if decision.hides(start, as_of)}
    return tuple(finding for finding in found if finding.id not in hidden)


def _until(until: dt.date | str | None, day: dt.date) -> dt.date:
    """The last day on which a snoozed finding stays away."""
    word = next(iter(SNOOZES)) if until in (None, "") else until
    if word in SNOOZES:
        return day + dt.timedelta(days=SNOOZES[str(word)])
    try:
        last = word if isinstance(word, dt.date) else dt.date.fromisoformat(str(word))
    except ValueError:
        raise QuestionError(
            f"{word!r} is no day.", f"Write it like 2026-11-30, or one of: {', '.join(SNOOZES)}."
        ) from None
    if last <= day:
        raise QuestionError(
            f"The data end on {day}, so nothing can be put off until {last}.", "Choose a later day."
        )
    return last


def _made(finding: Finding, choice: str, day: dt.date, until: dt.date | str | None, note: str) -> Decision:
    last = _until(until, day) if choice == "snoozed" else None
    where = {name: tuple(values) for name, values in finding.state.get("filters", {}).items()}
    return Decision(
        finding=finding.id,
        choice=choice,
        day=day,
        until=last,
        sentence={lang: finding.sentence(lang) for lang in LANGUAGES},
        metric=str(finding.state.get("metric", "")) if finding.status != "warn" else "",
        where=where,
        note=note,
    )


def _content(made: Decision) -> dict[str, Any]:
    kept = {name: getattr(made, name) for name in ("finding", "choice", "day", "until", "metric", "note")}
    where = {name: list(values) for name, values in made.where.items()}
    return {name: value for name, value in kept.items() if value not in (None, "")} | {
        "sentence": dict(made.sentence),
        "where": where,
    }


def _decision(item: Any) -> Decision:
    kept = item.content
    return Decision(
        finding=str(kept["finding"]),
        choice=str(kept["choice"]),
        day=kept["day"],
        until=kept.get("until"),
        sentence=dict(kept["sentence"]),
        metric=str(kept.get("metric", "")),
        where={name: tuple(values) for name, values in kept.get("where", {}).items()},
        who=item.changed_by or item.owner,
        note=str(kept.get("note", "")),
    )


def _id(finding: str) -> str:
    """A file's name of a finding's id, which may hold any member's name; each limit decides for itself."""
    limit = settings.advertisers()
    mark = finding if limit is None else repr((finding, sorted(limit)))
    return hashlib.sha256(mark.encode()).hexdigest()[:24]
