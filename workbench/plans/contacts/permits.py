"""Who may be contacted by which method: what the gate of `workbench.audiences` says, method by method."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.audiences import Audience, prepare
from workbench.audiences.formats import WORK_LIST
from workbench.audiences.gate import held_if_withdrawn
from workbench.errors import QuestionError, unknown
from workbench.segments.rules.consents import pairs

if TYPE_CHECKING:
    from workbench.data import Store

MARKETING = "marketing"


@dataclass(frozen=True, eq=False)
class Permits:
    """What the gate says.

    Attributes:
        purpose: What the consent is for.
        channels: Method → channel whose consent it needs.
        audiences: Method → who may be contacted so, and why the others not.
        unasked: Methods that no consent names: nobody is contacted so.
        known: Channels that consents name.
    """

    purpose: str
    channels: Mapping[str, str]
    audiences: Mapping[str, Audience]
    unasked: tuple[str, ...]
    known: tuple[str, ...]


def purpose_of(store: Store, purpose: str | None) -> str:
    """The purpose that is meant: marketing, or the first that consents name.

    Raises:
        QuestionError: for a workspace without consents, or a purpose that none names.
    """
    known = list(dict.fromkeys(name for name, _ in pairs(store)))
    if not known:
        raise QuestionError(
            "This workspace has no consents, so nobody may be contacted.",
            "Import consent: customer, purpose, channel, granted, time.",
        )
    if purpose is None:
        return MARKETING if MARKETING in known else known[0]
    if purpose not in known:
        raise unknown("purpose of consent", purpose, known)
    return purpose


def permits(
    store: Store,
    people: Sequence[str],
    methods: Sequence[str],
    purpose: str,
    covered: Mapping[str, str],
    start: dt.date,
) -> Permits:
    """Ask the gate for every method.

    Args:
        store: The workspace.
        people: Customers.
        methods: Methods.
        purpose: What for.
        covered: Method without a consent of its own → the channel whose consent covers it.
        start: First day of the plan, when the fatigue cap is judged; a consent withdrawn since counts.

    Raises:
        QuestionError: for a method or channel in `covered` that does not exist.
    """
    known = tuple(dict.fromkeys(channel for _, channel in pairs(store)))
    for method, channel in covered.items():
        if method not in methods:
            raise unknown("method", method, methods)
        if channel not in known:
            raise unknown("channel of consent", channel, known)
    channels = {name: covered.get(name, name) for name in methods}
    asked = {name: channel for name, channel in channels.items() if channel in known}
    at = dt.datetime.combine(start, dt.time(), store.zone)
    found = {
        channel: _asked(store, people, purpose, channel, at) for channel in dict.fromkeys(asked.values())
    }
    audiences = {name: found[channel] for name, channel in asked.items()}
    return Permits(purpose, asked, audiences, tuple(name for name in methods if name not in asked), known)


def _asked(store: Store, people: Sequence[str], purpose: str, channel: str, at: dt.datetime) -> Audience:
    audience = prepare(store, people, purpose, channel, WORK_LIST, name=channel, at=at)
    return held_if_withdrawn(store, audience)
