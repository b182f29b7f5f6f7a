"""Whose turn it is where seats are short: nobody's further page goes before somebody's first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


def order(line: Sequence[str], seated: Iterable[str]) -> list[int]:
    """Who comes next: whoever would then hold the fewest seats; first come, first served among equals.

    Args:
        line: Visitors in the order they came, one entry for each page they wait with.
        seated: Visitors with a seat, one entry for each.

    Returns:
        Places in `line`, the next one first.
    """
    held = Counter(seated)
    ranked = []
    for at, who in enumerate(line):
        ranked.append((held[who], at))
        held[who] += 1
    return [at for _, at in sorted(ranked)]


def beyond(line: Iterable[str], seated: Sequence[str], limit: int) -> set[str]:
    """Visitors who hold more seats than their share while somebody waits with less than that.

    The share is what each would have if all who are there or wait had the same, at least one seat.

    Args:
        line: Visitors who wait.
        seated: Visitors with a seat, one entry for each.
        limit: Seats of the house.

    Returns:
        Who is to give one up; empty where nobody is short.
    """
    held, waiting = Counter(seated), {*line}
    share = max(1, limit // max(1, len({*held} | waiting)))
    if not any(held[who] < share for who in waiting):
        return set()
    return {who for who, count in held.items() if count > share}
