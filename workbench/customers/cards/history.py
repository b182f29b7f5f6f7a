"""The timeline: everything that happened with one customer, newest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.customers.cards.figures import INBOUND
from workbench.customers.cards.rows import Row, Rows
from workbench.customers.purchases import MICROS
from workbench.errors import unknown

if TYPE_CHECKING:
    import pandas as pd

KINDS = (
    "order",
    "refund",
    "contract",
    "payment",
    "touch",
    "contact",
    "case",
    "feedback",
    "consent",
    "tag",
    "lead",
)
"""What a timeline tells of."""

COLUMNS = ("time", "day", "kind", "what", "how", "campaign_id", "who", "result", "amount", "currency", "ref")


def timeline(rows: Rows) -> pd.DataFrame:
    """One row a happening, newest first.

    Returns:
        `time` (UTC; missing where only the day is known), `day`, `kind` (one of `KINDS`); `what` (kind of
        contact, touch or feedback, status of an order, stage of a lead, tag, purpose of consent), `how`
        (method or channel), `campaign_id`, `who` (marketer, owner, author), `result`, `amount` (currency
        units), `currency`, `ref` (id of the row).
    """
    import pandas as pd

    found = [
        {"time": row.get("time"), "day": row["day"], **tell(row)}
        for name, tell in _TELLERS.items()
        for row in rows.tables[name]
    ]
    table = pd.DataFrame(found, columns=list(COLUMNS))
    table["time"] = pd.to_datetime(table["time"], utc=True)
    table["amount"] = table["amount"].astype("float64")
    return table.sort_values(["day", "time"], ascending=False, na_position="last", kind="stable").reset_index(
        drop=True
    )


@dataclass(frozen=True, eq=False)
class Page:
    """One page of a timeline.

    Attributes:
        rows: Its rows, newest first.
        number: Its number, from 1.
        pages: How many there are.
        newer, older: Number of the page before and after; None: there is none.
    """

    rows: pd.DataFrame
    number: int
    pages: int
    newer: int | None
    older: int | None


def part(table: pd.DataFrame, kinds: Sequence[str], page: int, size: int) -> Page:
    """One page of a timeline.

    Args:
        table: The timeline.
        kinds: Kinds to keep; empty: all.
        page: Number from 1; one that is too high is the last one.
        size: Rows of a page.

    Raises:
        QuestionError: for a kind that does not exist.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise unknown("kind", kind, KINDS)
    kept = table[table["kind"].isin(list(kinds))] if kinds else table
    pages = max(1, -(-len(kept) // size))
    number = min(max(page, 1), pages)
    start = (number - 1) * size
    return Page(
        rows=kept.iloc[start : start + size].reset_index(drop=True),
        number=number,
        pages=pages,
        newer=number - 1 if number > 1 else None,
        older=number + 1 if number < pages else None,
    )


def _transaction(row: Row) -> dict[str, Any]:
    amount = row["amount_micros"]
    return {
        "kind": row["kind"] or "order",
        "what": row["status"],
        "how": row["channel"],
        "campaign_id": row["campaign_id"],
        "amount": None if amount is None else amount / MICROS,
        "currency": row["currency"],
        "ref": row["transaction_id"],
    }


def _interaction(row: Row) -> dict[str, Any]:
    inbound = row["direction"] == INBOUND
    return {
        "kind": "case" if inbound else "contact",
        "what": row["kind"],
        "how": row["method"],
        "who": row["marketer"],
        "result": row["result"] if inbound else row["reaction"],
        "ref": row["interaction_id"],
    }


def _event(row: Row) -> dict[str, Any]:
    named = {"what": row["kind"], "how": row["channel"], "campaign_id": row["campaign_id"]}
    return {"kind": "touch", **named, "ref": row["event_id"]}


def _feedback(row: Row) -> dict[str, Any]:
    score = None if row["score"] is None else f"{row['score']:g}"
    return {"kind": "feedback", "what": row["kind"], "how": row["channel"], "result": row["mood"] or score,
            "ref": row["feedback_id"]}  # fmt: skip


def _consent(row: Row) -> dict[str, Any]:
    granted = {True: "granted", False: "refused"}.get(row["granted"])
    return {"kind": "consent", "what": row["purpose"], "how": row["channel"], "result": granted}


def _tag(row: Row) -> dict[str, Any]:
    return {"kind": "tag", "what": row["tag"], "who": row["author"], "result": row["value"]}


def _lead(row: Row) -> dict[str, Any]:
    value = row["value_micros"]
    return {
        "kind": "lead",
        "what": row["stage"],
        "how": row["channel"],
        "campaign_id": row["campaign_id"],
        "who": row["owner"],
        "amount": None if value is None else value / MICROS,
        "currency": row["currency"],
        "ref": row["lead_id"],
    }


_TELLERS: Mapping[str, Callable[[Row], dict[str, Any]]] = {
    "transactions": _transaction,
    "interactions": _interaction,
    "events": _event,
    "feedback": _feedback,
    "consent": _consent,
    "tags": _tag,
    "leads": _lead,
}
"""Table → what its rows say."""
