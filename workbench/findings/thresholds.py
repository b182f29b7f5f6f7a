"""When something is worth a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """What a finding needs; a page is one family of tests.

    Attributes:
        alarm: Chance that a page on which nothing changed shows a change, a broken creative or a day out of
            the ordinary (Holm over every test of the page; the days of a fact weigh as one test).
        change: Smallest relative change of a key figure.
        share: Smallest money effect, as a share of the cost of everything on the page.
        below: A creative is far below its campaign at this part of the others' rate.
        weak: A region or part of the day is far below its channel at this part of the others' rate.
        events: Expected events that a test needs.
        outage: A day's conversions are missing at this part of what its clicks bring on other days.
        spike: A day's cost or clicks are a spike at this multiple of what was to be expected.
        follow: … and a rate of return under this part of that of other days.
        mismatch: Reports of the same spend disagree at this relative difference.
        present: Part of the other days with data that makes a missing day a gap.
        people: Valued customers that a share of them needs.
        returns: Conversions to be expected under which it cannot be told whether they followed a spike.
        probable: Part of the bar of a spike from which on a day is looked at more closely.
        cause: Part of a change from which on one factor is its cause.
        explained: A channel's change is left unsaid when its campaigns' findings make up this part of it.
    """

    alarm: float = 0.05
    change: float = 0.10
    share: float = 0.002
    below: float = 0.6
    weak: float = 0.75
    events: float = 20.0
    outage: float = 0.2
    spike: float = 2.5
    follow: float = 0.6
    mismatch: float = 0.005
    present: float = 0.9
    people: int = 50
    returns: float = 2.0
    probable: float = 0.6
    cause: float = 0.6
    explained: float = 0.5
