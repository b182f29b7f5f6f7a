"""What a platform lets a schedule say."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import QuestionError


@dataclass(frozen=True)
class Rules:
    """What schedules of one kind can hold.

    Attributes:
        name: What it is called.
        windows: Most windows a day; None: any number.
        step: Minutes of the grid on which windows begin and end.
        least: Lowest bid multiplier. most: The highest. Both 1: hours are on or off, and days have budgets.
        tick: Step of the multipliers.
    """

    name: str
    windows: int | None
    step: int
    least: float = 1.0
    most: float = 1.0
    tick: float = 0.01

    @property
    def bids(self) -> bool:
        """Whether windows have multipliers of their own."""
        return self.least < self.most


PLATFORMS = {
    "google": Rules("google", 6, 15, 0.1, 10.0),
    "oceanengine": Rules("oceanengine", None, 30),
    "tencent": Rules("tencent", None, 30),
    "any": Rules("any", None, 60, 0.0, float("inf")),
}
"""Platform → its rules. Sources: Google Ads API, *AdScheduleInfo* (six a day, quarters of an hour) and Google
Ads Editor help, *Ad scheduling* (whole percents; −90% to +900%); Ocean Engine, `schedule_time`, and Tencent,
`time_series`: a character for each half hour of the week, from Monday 0:00, on or off."""

AUTOMATIC = ("automatic", "manual")
"""Bidding modes: automatic bidding sets each bid itself, so that multipliers do nothing."""


def rules_of(platform: str, bidding: str = "manual", windows: int | None = None) -> Rules:
    """The rules of a platform, with fewer windows where asked for.

    Args:
        platform: A key of `PLATFORMS`.
        bidding: `manual`, or `automatic`: the platform bids, so hours are on or off and days have budgets.
        windows: Most windows a day; None: as many as the platform takes.

    Raises:
        QuestionError: for a platform or bidding that is not known, or a number of windows it does not take.
    """
    from workbench.errors import unknown

    if platform not in PLATFORMS:
        raise unknown("platform", platform, PLATFORMS)
    if bidding not in AUTOMATIC:
        raise unknown("bidding", bidding, AUTOMATIC)
    found = PLATFORMS[platform]
    own = found.windows or 24 * 60 // found.step
    chosen = own if windows is None else windows
    if isinstance(chosen, bool) or not isinstance(chosen, int) or not 1 <= chosen <= own:
        raise QuestionError(
            f"A day has {chosen!r} windows.",
            f"Give a whole number from 1 to {own}, which the platform takes.",
        )
    bids = found.bids and bidding == "manual"
    least, most = (found.least, found.most) if bids else (1.0, 1.0)
    return Rules(found.name, min(chosen, 24), found.step, least, most, found.tick)
