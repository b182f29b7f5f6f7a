"""Attribution in plain Python, journey by journey: the oracle that the package is held against."""

from __future__ import annotations

import math
from itertools import combinations, permutations

DAY = 86400.0
START, WON, LOST = "START", "WON", "LOST"


def journeys(events, window_days):
    """[(touches [(time, channel)], time of conversion, value)] of (customer, time, channel, conv, value).

    A channel of None makes a conversion without a touch.
    """
    found = []
    for customer in sorted({event[0] for event in events}):
        own = [event for event in events if event[0] == customer]
        own.sort(key=lambda e: (e[1], e[3], -(e[2] is not None), e[2] or "", e[4]))
        found += _of_one(own, window_days * DAY)
    return found


def _of_one(own, window):
    found, waiting = [], []
    for _, time, channel, conv, value in own:
        if channel is not None:
            waiting.append((time, channel))
        if conv:
            near = [touch for touch in waiting if time - touch[0] <= window]
            found += _idle([touch for touch in waiting if time - touch[0] > window], window)
            found.append((near, time, value))
            waiting = []
    return found + _idle(waiting, window)


def _idle(touches, window):
    """Touches that led to nothing, a longer gap than the window starting a new journey."""
    found = []
    for touch in touches:
        if found and touch[0] - found[-1][0][-1][0] <= window:
            found[-1][0].append(touch)
        else:
            found.append(([touch], None, 0.0))
    return found


def by_rule(cut, share):
    """Channel → [conversions, value], each converting journey shared by `share(touches, time)`."""
    found = {}
    for touches, time, value in cut:
        if time is None or not touches:
            continue
        for channel, part in share(touches, time):
            entry = found.setdefault(channel, [0.0, 0.0])
            entry[0] += part
            entry[1] += part * value
    return found


def last(touches, _time):
    return [(touches[-1][1], 1.0)]


def first(touches, _time):
    return [(touches[0][1], 1.0)]


def linear(touches, _time):
    return [(channel, 1 / len(touches)) for _, channel in touches]


def shapley(touches, _time):
    channels = {channel for _, channel in touches}
    return [(channel, 1 / len(channels)) for channel in channels]


def position(touches, _time, ends=(0.4, 0.4)):
    if len(touches) == 1:
        return [(touches[0][1], 1.0)]
    if len(touches) == 2:
        whole = sum(ends)
        return [(touches[0][1], ends[0] / whole), (touches[1][1], ends[1] / whole)]
    middle = [(channel, (1 - sum(ends)) / (len(touches) - 2)) for _, channel in touches[1:-1]]
    return [(touches[0][1], ends[0]), *middle, (touches[-1][1], ends[1])]


def time_decay(half_life_days):
    def share(touches, time):
        weight = [math.pow(2.0, -(time - at) / (half_life_days * DAY)) for at, _ in touches]
        return [(channel, part / sum(weight)) for (_, channel), part in zip(touches, weight, strict=True)]

    return share


def coalition_value(cut, channels):
    """Conversions and value of the journeys that a set of channels reaches on its own."""
    reached = [(t, v) for t, time, v in cut if time is not None and t and {c for _, c in t} <= set(channels)]
    return len(reached), sum(value for _, value in reached)


def shapley_by_subsets(cut, channels):
    """Shapley values of that game from its definition: mean marginal value over all orders."""
    found = {channel: [0.0, 0.0] for channel in channels}
    orders = list(permutations(channels))
    for order in orders:
        for at, channel in enumerate(order):
            before, after = (coalition_value(cut, order[: at + more]) for more in (0, 1))
            found[channel][0] += (after[0] - before[0]) / len(orders)
            found[channel][1] += (after[1] - before[1]) / len(orders)
    return found


def transitions(cut, order=1):
    """State → [(next state or end, steps, value)], a state being the last `order` channels."""
    found = {}
    for touches, time, value in cut:
        state = (START,) * order
        if not touches:
            continue
        for _, channel in touches:
            after = (channel, *state)[:order]
            _step(found, state, after, 0.0)
            state = after
        _step(found, state, LOST if time is None else WON, value)
    return found


def _step(found, state, after, value):
    entry = found.setdefault(state, {}).setdefault(after, [0, 0.0])
    entry[0] += 1
    entry[1] += value


def conversion(chain, order=1, removed=None):
    """(probability, value) that the chain ends in a conversion, `removed` leading nowhere: by iteration."""
    worth = dict.fromkeys(chain, (0.0, 0.0))
    for _ in range(20000):
        new, change = {}, 0.0
        for state, steps in chain.items():
            total = sum(count for count, _ in steps.values())
            chance = value = 0.0
            for after, (count, gain) in steps.items():
                if after == WON:
                    chance += count / total
                    value += gain / total
                elif after != LOST and after[0] != removed:
                    chance += count / total * worth[after][0]
                    value += count / total * worth[after][1]
            new[state] = (chance, value)
            change = max(change, abs(chance - worth[state][0]), abs(value - worth[state][1]))
        worth = new
        if change < 1e-15:
            break
    return worth[(START,) * order]


def removal_effects(cut, channels, order=1):
    """Channel → (of conversions, of value)."""
    chain = transitions(cut, order)
    whole = conversion(chain, order)
    left = {channel: conversion(chain, order, channel) for channel in channels}
    return {
        channel: tuple(1 - part / all_ if all_ else 0.0 for part, all_ in zip(rest, whole, strict=True))
        for channel, rest in left.items()
    }


def subsets(channels):
    """All sets of channels."""
    return [set(chosen) for size in range(len(channels) + 1) for chosen in combinations(channels, size)]
