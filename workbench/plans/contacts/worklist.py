"""The work list of one marketer: names and numbers, opened through the gate, as CSV and as a calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench import exports
from workbench.audiences import Audience, opened
from workbench.contacts import calendar
from workbench.customers.cards.words import member
from workbench.errors import QuestionError, unknown
from workbench.i18n import formats, text
from workbench.plans.contacts.listing import Listing, listing
from workbench.plans.contacts.words import purpose

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store
    from workbench.plans.contacts.proposal import ContactProposal

PERSONAL = ("name", "phone", "email")
COLUMNS = ("day", "start", "rank", "method", "customer_id", *PERSONAL, "expected_value")
WHOLE_MINUTE = 1.0
"""Minutes from which a contact has an entry of its own in a calendar; shorter ones share one a day."""

Labels = Mapping[Any, str]
"""(dimension, value) → shown name."""


@dataclass(frozen=True, eq=False)
class WorkList:
    """The answer of `plans.contacts.work_list`.

    Attributes:
        found: The plan.
        marketer: Whose list it is.
        table: One row a contact that the gate let through, in order of day and rank: the columns of the
            plan with `name, phone, email`.
        audiences: Method → who was let through and who held back, and why.
    """

    found: ContactProposal
    marketer: str
    table: pd.DataFrame
    audiences: Mapping[str, Audience]

    @property
    def asked(self) -> int:
        """Contacts that the plan has."""
        return sum(len(audience.table) for audience in self.audiences.values())

    def listed(self, page: int = 1) -> Listing:
        """One page of the list, from 1 on."""
        return listing(self.table, page)

    def sentence(self, lang: str = "en") -> str:
        """How many of how many contacts left, in words."""
        return text(
            "contact_proposals.opened",
            lang,
            many=formats.number(len(self.table), lang),
            asked=formats.number(self.asked, lang),
        )

    def held(self, lang: str = "en", names: Labels | None = None) -> list[str]:
        """Who is held back, by method: each reason with its count."""
        return held(self.audiences, lang, names)

    def lines(self, lang: str = "en", names: Labels | None = None) -> pd.DataFrame:
        """The list as a person reads it: columns and reasons in words."""
        known = names or {}
        said = [self.found.reason(row, lang, names) for row in self.table.to_dict("records")]
        shown = self.table[list(COLUMNS)].assign(
            day=self.table["day"].dt.strftime("%Y-%m-%d"),
            method=[member("method", name, lang, known) for name in self.table["method"]],
            expected_value=self.table["expected_value"].round(2),
            reason=said,
        )
        heads = {name: text(f"contact_proposals.col_{name}", lang) for name in shown.columns}
        return shown.rename(columns=heads)

    def to_csv(self, lang: str = "en", names: Labels | None = None) -> bytes:
        """The list as CSV with a byte order mark that no spreadsheet runs."""
        return exports.csv(self.lines(lang, names))

    def to_ical(self, lang: str = "en", names: Labels | None = None) -> bytes:
        """The list as iCalendar: an entry a contact; short messages of a day share one.

        Raises:
            QuestionError: for an empty list.
        """
        if self.table.empty:
            raise QuestionError("The work list is empty.", "Look at who is held back, and why.")
        zone = self.found.base.zone
        title = text("contact_proposals.calendar", lang, marketer=self.marketer)
        return calendar(self._entries(lang, names or {}), zone, title, lang).encode()

    def _entries(self, lang: str, names: Labels) -> pd.DataFrame:
        import pandas as pd

        short = self.table["method"].map(self.found.asked.minutes) < WHOLE_MINUTE
        alone = [self._single(row, lang, names) for row in self.table[~short].to_dict("records")]
        shared = [
            self._batch(day, str(method), part, lang, names)
            for (day, method), part in self.table[short].groupby(["day", "method"], sort=False)
        ]
        return pd.DataFrame([*alone, *shared])

    def _single(self, row: Mapping[Any, Any], lang: str, names: Labels) -> dict[str, Any]:
        method = member("method", row["method"], lang, names)
        ways = [row[key] for key in ("phone", "email") if row[key]]
        return {
            "day": row["day"].date(),
            "start": row["start"],
            "minutes": _minutes(self.found.asked.minutes[row["method"]]),
            "summary": f"{method} · {row['name'] or row['customer_id']}",
            "description": "\n".join([*ways, self.found.reason(row, lang, names)]),
            "uid": f"{self.found.start}-{row['method']}-{row['customer_id']}@ad-crm-workbench",
        }

    def _batch(self, day: Any, method: str, part: pd.DataFrame, lang: str, names: Labels) -> dict[str, Any]:
        """Messages that take seconds, together in the minutes that they take."""
        rows = part.to_dict("records")
        way = "email" if method == "email" else "phone"
        people = [_named(row, way) for row in rows]
        many = formats.number(len(rows), lang)
        shown = member("method", method, lang, names)
        return {
            "day": day.date(),
            "start": part["start"].min(),
            "minutes": _minutes(self.found.asked.minutes[method] * len(rows)),
            "summary": text("contact_proposals.batch", lang, method=shown, many=many),
            "description": "\n".join(people),
            "uid": f"{day.date()}-{method}-{self.marketer}@ad-crm-workbench",
        }


def work_list(
    store: Store, found: ContactProposal, marketer: str, reason: str, who: str = "", country: str = ""
) -> WorkList:
    """Open the work list of one marketer: every method passes the gate, and the audit log has a line.

    Args:
        store: The workspace.
        found: The plan.
        marketer: Whose list.
        reason: Why it is opened, in words; it is kept in the audit log.
        who: Who opens it; empty: the user of this machine.
        country: Calling code of national phone numbers, for example `49`.

    Raises:
        QuestionError: for a marketer without a contact in the plan.
        PrivacyError: without a reason, or where the audit log cannot be written; nothing is seen then.
    """
    import pandas as pd

    if marketer not in found.marketers:
        raise unknown("marketer", marketer, found.marketers)
    mine = found.whose(marketer)
    if mine.empty:
        raise QuestionError(
            f"The plan has no contact of {marketer!r}.", "Choose another marketer, or give them hours."
        )
    parts, gates = [], {}
    for method in sorted(set(mine["method"])):
        rows = mine[mine["method"] == method]
        channel = found.base.permits.channels[method]
        gates[method], people = opened(
            store, rows["customer_id"], found.base.permits.purpose, channel, reason,
            who=who, country=country, name=marketer,
        )  # fmt: skip
        parts.append(rows.merge(people[["customer_id", *PERSONAL]], on="customer_id"))
    table = pd.concat(parts, ignore_index=True).sort_values(["day", "rank"], ignore_index=True)
    return WorkList(found, marketer, table, gates)


def held(audiences: Mapping[str, Audience], lang: str, names: Labels | None = None) -> list[str]:
    """Who is held back, by method: each reason with its count."""
    lines = []
    for method, audience in audiences.items():
        shown = member("method", method, lang, names or {})
        called = {
            audience.purpose: purpose(audience.purpose, lang),
            audience.channel: member("method", audience.channel, lang, names or {}),
        }
        said = [item.sentence for item in audience.held(lang, called)]
        if method != audience.channel:
            said = [text("contact_proposals.of_method", lang, method=shown, said=line) for line in said]
        lines += said
    return lines


def _named(row: Mapping[Any, Any], way: str) -> str:
    """A person with the address or number to use."""
    return " · ".join(item for item in (row["name"] or row["customer_id"], row[way]) if item)


def _minutes(value: float) -> int:
    """Whole minutes of an entry."""
    return max(1, round(value))
