"""Open complaints, and reviews and mentions that nobody answered."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from workbench.contacts.due.events import Asked, events, later, nothing, one_each
from workbench.customers.cards.facts import LOW, LOW_OF_FIVE
from workbench.customers.cards.figures import COMPLAINT, INBOUND, SETTLED

if TYPE_CHECKING:
    import pandas as pd

MENTIONS = ("mention", "review")
"""Kinds of feedback and interactions in which a customer speaks of us to others."""


def complaints(asked: Asked) -> pd.DataFrame:
    """The oldest open complaint of each customer."""
    if "interactions" not in asked.store.tables:
        return nothing()
    made = asked.store.table("interactions")
    made = made.filter(
        made.kind == COMPLAINT, made.direction == INBOUND, made.customer_id.notnull(),
        made.local_date <= asked.day,
        made.local_date >= asked.day - dt.timedelta(days=asked.rules.complaint_span),
    )  # fmt: skip
    asked_for = ("interaction_id", "customer_id", "local_date", "method", "marketer", "result")
    rows = asked.store.query(made.select(*asked_for, "resolved_time")).to_pandas()
    rows = rows[_is_open(rows, asked)].rename(columns={"interaction_id": "row_id", "local_date": "event"})
    rows = one_each(rows.sort_values(["event", "row_id"]))
    opened = rows["event"].astype("datetime64[ns]")
    return events(
        asked, rows, kind="complaint", reason="complaint", of_table="interactions", event=opened,
        opens=opened, due=later(opened, asked.rules.complaint_days),
        until=later(opened, max(asked.rules.complaint_span, asked.rules.complaint_days + asked.ahead)),
    )  # fmt: skip


def _is_open(rows: pd.DataFrame, asked: Asked) -> pd.Series:
    """Whether a case was still open at the end of the last day, as the customer's card says it."""
    import pandas as pd

    solved = pd.to_datetime(rows["resolved_time"], utc=True)
    clock = solved.dt.tz_convert(asked.store.zone).dt.tz_localize(None)
    later_on = clock >= later(pd.Timestamp(asked.day), 1)
    found: pd.Series = later_on.where(solved.notna(), ~rows["result"].isin(SETTLED)).astype(bool)
    return found


def mentions(asked: Asked) -> pd.DataFrame:
    """The newest review or mention of each customer in the span; its text stays closed."""
    import pandas as pd

    rows = [part for part in (_said(asked), _spoken(asked)) if len(part)]
    if not rows:
        return nothing()
    found = pd.concat(rows, ignore_index=True).sort_values(["event", "row_id"], ascending=[False, True])
    found = one_each(found)
    return events(
        asked, found, kind="mention", opens=found["event"],
        due=later(found["event"], asked.rules.mention_days),
        until=later(found["event"], max(asked.rules.mention_span, asked.rules.mention_days)),
    )  # fmt: skip


def _said(asked: Asked) -> pd.DataFrame:
    """Feedback that others read."""
    import pandas as pd

    if "feedback" not in asked.store.tables:
        return nothing()
    told = asked.store.table("feedback")
    told = told.filter(told.kind.isin(MENTIONS), told.customer_id.notnull())
    rows = asked.store.query(told.select("feedback_id", "customer_id", "kind", "mood", "score", "time"))
    frame = rows.to_pandas().rename(columns={"feedback_id": "row_id", "kind": "form"})
    local = pd.to_datetime(frame["time"], utc=True).dt.tz_convert(asked.store.zone)
    frame = frame.assign(event=local.dt.tz_localize(None).dt.normalize(), of_table="feedback")
    return _recent(asked, frame.assign(reason=_reason(frame)))


def _reason(rows: pd.DataFrame) -> pd.Series:
    """`mention_bad` for a low score or, where there is none, a bad mood."""
    worst = rows["form"].map(LOW).fillna(LOW_OF_FIVE).astype(float)
    bad = (rows["score"] <= worst).where(rows["score"].notna(), rows["mood"] == "negative").astype(bool)
    return bad.map({True: "mention_bad", False: "mention"})


def _spoken(asked: Asked) -> pd.DataFrame:
    """Mentions that were taken down as interactions."""
    if "interactions" not in asked.store.tables:
        return nothing()
    made = asked.store.table("interactions")
    made = made.filter(made.kind.isin(MENTIONS), made.direction == INBOUND, made.customer_id.notnull())
    chosen = made.select("interaction_id", "customer_id", "local_date", "marketer", "reaction")
    rows = asked.store.query(chosen).to_pandas()
    rows = rows.rename(columns={"interaction_id": "row_id", "local_date": "event"})
    bad = (rows["reaction"] == "negative").map({True: "mention_bad", False: "mention"})
    day = rows["event"].astype("datetime64[ns]")
    return _recent(asked, rows.assign(event=day, reason=bad, of_table="interactions"))


def _recent(asked: Asked, rows: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    today = pd.Timestamp(asked.day)
    kept: pd.DataFrame = rows[rows["event"].between(later(today, -asked.rules.mention_span), today)]
    return kept
