"""Consent of each customer for each purpose and channel in one reading, as `privacy.consent.allowed` decides.

The latest decision for the purpose wins, be it for this channel or for every one; at the same instant a
refusal wins. A standing refusal of every purpose, on this channel or on all, beats any grant.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Any

from workbench.privacy.consent import EVERY
from workbench.segments.rules.clock import Clock
from workbench.segments.rules.resolving import kept
from workbench.segments.rules.rows import CUSTOMER

if TYPE_CHECKING:
    from workbench.data import Store


def pairs(store: Store) -> list[tuple[str, str]]:
    """(purpose, channel) that decisions name, in order; one for every channel is for each of them."""

    def ask() -> list[tuple[str, str]]:
        table = store.table("consent")
        found = store.query(table.select("purpose", "channel").distinct()).to_pylist()
        names = [{row[key] for row in found} - {None, EVERY} for key in ("purpose", "channel")]
        purposes, channels = sorted(names[0]), sorted(names[1]) or [EVERY]
        return [(purpose, channel) for purpose in purposes for channel in channels]

    return list(kept(store, "consent", ask))


def allowed(store: Store, asked: Sequence[tuple[str, str]], at: Clock) -> Any:
    """Ibis table: `customer_id` and `may0, may1, …`, whether contact is allowed; one column a pair."""
    table = store.table("consent")
    table = table.filter(
        table[CUSTOMER].notnull(),
        table.granted.notnull(),
        table.time.notnull(),
        _decided(table.time.epoch_seconds(), at),
    )
    scopes = dict.fromkeys(scope for pair in asked for scope in _scopes(*pair))
    names = {scope: f"s{place}" for place, scope in enumerate(scopes)}
    sums = {}
    for scope, name in names.items():
        purposes, channels = scope
        here = table.purpose.isin(list(purposes)) & table.channel.isin(list(channels))
        sums[f"{name}_yes"] = table.time.max(where=here & table.granted)
        sums[f"{name}_no"] = table.time.max(where=here & ~table.granted)
    told = table.group_by(CUSTOMER).aggregate(**sums)
    may = {f"may{place}": _may(told, *pair, names) for place, pair in enumerate(asked)}
    return told.select(CUSTOMER, **may)


def _decided(seconds: Any, at: Clock) -> Any:
    """Whether a decision has been taken: one of tomorrow allows and forbids nothing yet."""
    return seconds <= int(dt.datetime.now(dt.UTC).timestamp()) if at.is_now else at.seen(seconds)


def _scopes(purpose: str, channel: str) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The scope of the pair's own decisions, and those of refusals of every purpose."""
    return [
        ((purpose,), tuple(dict.fromkeys((channel, EVERY)))),
        ((EVERY,), (channel,)),
        ((EVERY,), (EVERY,)),
    ]


def _may(told: Any, purpose: str, channel: str, names: dict[Any, str]) -> Any:
    own, *broad = [names[scope] for scope in _scopes(purpose, channel)]
    barred = [~_refused(told, name) for name in dict.fromkeys(broad)]
    return reduce(and_, barred, _granted(told, own))


def _granted(told: Any, name: str) -> Any:
    yes, no = told[f"{name}_yes"], told[f"{name}_no"]
    return yes.notnull() & (no.isnull() | (yes > no).fill_null(False))


def _refused(told: Any, name: str) -> Any:
    yes, no = told[f"{name}_yes"], told[f"{name}_no"]
    return no.notnull() & (yes.isnull() | (no >= yes).fill_null(False))
