"""The order of each marketer's day: the best first, each at an hour at which its method is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.solvers.contacts.deal import Dealt

if TYPE_CHECKING:
    from workbench.solvers.contacts.asked import Asked
    from workbench.solvers.contacts.hours import Clock, Spans

EASE = 1e-6


def sequence(asked: Asked, dealt: Dealt) -> tuple[Dealt, np.ndarray, np.ndarray | None]:
    """(contacts by marketer, day and order; rank from 1; minute at which each begins, if known)."""
    slots = asked.slots
    bench = asked.bench[dealt.slot]
    order = np.lexsort((-asked.candidates.worth[dealt.entry], bench))
    entry, slot, bench = dealt.entry[order], dealt.slot[order], bench[order]
    begin = None
    if asked.clock is not None and (asked.clock.work or asked.clock.quiet):
        begin = _begin(asked, asked.clock, slots.method[slot], bench)
        kept = ~np.isnan(begin)
        entry, slot, bench, begin = entry[kept], slot[kept], bench[kept], begin[kept]
        order = np.lexsort((np.arange(len(entry)), begin, bench))
        entry, slot, bench, begin = entry[order], slot[order], bench[order], begin[order]
    many = np.bincount(bench, minlength=len(asked.limit))
    rank = np.arange(len(entry)) - np.repeat(np.cumsum(many) - many, many) + 1
    return Dealt(entry, slot), rank, begin


def _begin(asked: Asked, clock: Clock, method: np.ndarray, bench: np.ndarray) -> np.ndarray:
    """Minute at which each contact begins, contacts sorted by bench; NaN: it does not fit."""
    minutes = clock.minutes[method]
    marketers, days = len(asked.slots.marketers), len(asked.slots.calendar)
    spans = [[clock.spans(who, how) for how in range(len(clock.minutes))] for who in range(marketers)]
    plain = np.array([all(part == parts[0] and len(part) == 1 for part in parts) for parts in spans])
    first = np.array([parts[0][0][0] if parts[0] else 0.0 for parts in spans])
    who = bench // days
    total = np.cumsum(minutes) - minutes
    edges = np.flatnonzero(np.append(True, bench[1:] != bench[:-1])) if len(bench) else bench
    start = np.repeat(total[edges], np.diff(np.append(edges, len(bench))))
    begin: np.ndarray = first[who] + total - start
    for a, b in zip(edges, np.append(edges, len(bench))[1:], strict=True) if not plain.all() else ():
        if not plain[who[a]]:
            begin[a:b] = placed(spans[who[a]], clock.minutes, method[a:b])
    return begin


def placed(spans: list[Spans], minutes: np.ndarray, method: np.ndarray) -> np.ndarray:
    """Begin of each contact of one day; where hours of a method end first, it goes first.

    Args:
        spans: When each method is allowed. minutes: Of each method.
        method: Of each contact, the best contact first.
    """
    begin = np.full(len(method), np.nan)
    queues = {how: list(np.flatnonzero(method == how)[::-1]) for how in np.unique(method)}
    edges = sorted({edge for how in queues for span in spans[how] for edge in span})
    now = edges[0] if edges else 0.0
    while any(queues.values()) and edges:
        open_ = [
            (end, queue[-1], how)
            for how, queue in queues.items()
            if queue
            for low, end in spans[how]
            if low - EASE <= now and now + minutes[how] <= end + EASE
        ]
        if open_:
            _, contact, how = min(open_)
            begin[contact] = now
            now += minutes[how]
            queues[how].pop()
        else:
            later = [edge for edge in edges if edge > now + EASE]
            if not later:
                break
            now = later[0]
    return begin
