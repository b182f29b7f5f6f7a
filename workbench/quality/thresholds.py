"""When something about the data is worth a sentence."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """What a check needs.

    Attributes:
        aside: Share of an import's rows that may be set aside before the import counts as failed.
        late: Days that the newest data may lie behind.
        ended: Days after which an account without data counts as ended and is not missed.
        window: Days before the last one in which gaps are looked for.
        present: Part of the window's days with data that makes a missing day a gap.
        alike: Days with the same figures that make two accounts look like one.
        copied: Share of orders that may equal another one in customer, time and amount.
    """

    aside: float = 0.1
    late: int = 2
    ended: int = 28
    window: int = 90
    present: float = 0.9
    alike: int = 5
    copied: float = 0.005
