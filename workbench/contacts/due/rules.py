"""When an event is due, how long it stays so, what comes first, and what the law asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from workbench.errors import QuestionError, unknown

KINDS = ("complaint", "mention", "contract", "lapse", "birthday")

FIRST = {"complaint": 1, "mention_bad": 2, "contract": 3, "lapse": 4, "birthday": 5, "mention": 6}
"""Kind or reason → priority; 1 goes first."""

NEEDS = MappingProxyType(
    {
        "complaint": "nothing",
        "mention": "no_objection",
        "contract": "no_objection",
        "lapse": "consent",
        "birthday": "consent",
    }
)
"""Kind → what a contact needs: `nothing` (the customer waits for us), `no_objection` or `consent`."""


@dataclass(frozen=True)
class TriggerRules:
    """When events are due; times in days.

    Attributes:
        complaint_days: After which an open complaint is due. complaint_span: After which it is no longer.
        mention_days: Within which a review or mention gets an answer. mention_span: After which it does not.
        contract_days: Before the end of a contract that nothing follows on.
        birthday_days: Before a birthday, from which on wishes may be sent.
        alive: Probability of coming back under which a customer has lapsed: each at their own rhythm.
        lapse_span: After a lapse, in which it is worth a contact.
        priority: Kind, or `mention_bad`, → priority; 1 goes first. What is not named keeps its own.
        consent_of: Method without a consent of its own → channel whose consent counts for it, such as
            `{"visit": "call"}`. A method with neither is not used.
    """

    complaint_days: int = 3
    complaint_span: int = 180
    mention_days: int = 2
    mention_span: int = 14
    contract_days: int = 30
    birthday_days: int = 3
    alive: float = 0.5
    lapse_span: int = 30
    priority: Mapping[str, int] = field(default_factory=dict)
    consent_of: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (entry.name for entry in fields(self) if entry.name.endswith(("_days", "_span"))):
            check_days(name, getattr(self, name))
        if not 0 < self.alive < 1:
            raise QuestionError(
                f"alive is {self.alive!r}.", "Give a probability between 0 and 1, such as 0.5."
            )
        for name in self.priority:
            if name not in FIRST:
                raise unknown("trigger", name, FIRST)

    def first(self, kind: str, reason: str) -> int:
        """The priority of a trigger."""
        name = "mention_bad" if reason == "mention_bad" else kind
        return int(self.priority.get(name, FIRST[name]))


def check_days(name: str, value: Any) -> None:
    """Refuse what is no number of days.

    Raises:
        QuestionError: for anything but a whole number from 0 to 3,660.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 3_660:
        raise QuestionError(
            f"{name} is {value!r}, which are no days.", "Give a whole number of days, 0 or more."
        )
