"""The gate for a segment by name or rule: who of it may be addressed, and its file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.audiences.answer import Audience
from workbench.audiences.cap import Cap
from workbench.audiences.gate import prepare
from workbench.audiences.release import Release, export
from workbench.segments.rules.face import as_rule

if TYPE_CHECKING:
    from workbench.segments.rules.rule import Rule
    from workbench.store.store import Store


@right_kinds
def of_segment(
    store: Store,
    segment: Any,
    purpose: str,
    channel: str,
    form: str,
    *,
    name: str = "",
    cap: Cap | None = None,
    minimum: int | None = None,
    at: dt.datetime | None = None,
) -> Audience:
    """Who of a segment may be addressed now; nothing personal is opened and nothing leaves.

    Args:
        store: The workspace.
        segment: A saved segment's name or id, a rule, an expression, or JSON of a rule.
        purpose, channel, form, cap, minimum, at: As for `prepare`.
        name: What the group is called; empty: the segment's name.

    Raises:
        QuestionError: for a segment that is not there or has nobody in it, and as `prepare`.
    """
    rule = as_rule(store, segment)
    people = rule.members(store).table["customer_id"]
    return prepare(
        store, people, purpose, channel, form, name=name or _called(rule), cap=cap, minimum=minimum, at=at
    )


@right_kinds
def export_segment(
    store: Store,
    segment: Any,
    purpose: str,
    channel: str,
    form: str,
    file: str | Path,
    reason: str,
    **asked: Any,
) -> Release:
    """Write the file of a segment's members who may be addressed.

    Args:
        store: The workspace.
        segment: A saved segment's name or id, or a rule.
        purpose, channel, form, file, reason: As for `export`.
        asked: `who`, `country`, `cap`, `minimum` and `at`, as for `export`.

    Raises:
        QuestionError: for a segment that is not there or has nobody in it; and as `export`.
    """
    rule = as_rule(store, segment)
    people = rule.members(store).table["customer_id"]
    return export(store, people, purpose, channel, form, file, reason, name=_called(rule), **asked)


def _called(rule: Rule) -> str:
    """What the audit log calls the group."""
    return rule.name or "rule"
