"""Consent: whether a customer may be contacted, for one purpose, on one channel, at one moment."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from workbench.errors import QuestionError, unknown
from workbench.privacy.people import CUSTOMER
from workbench.store import parquet

if TYPE_CHECKING:
    import pandas as pd

    from workbench.store.store import Store

EVERY = "all"
"""In column `purpose` or `channel`: a decision about every one; refused for both it means do not contact."""

FEW = 1000
"""Customers up to which the query names them, so that the card of one reads no decisions of others."""

REASONS = ("granted", "refused", "withdrawn", "do_not_contact", "no_decision")


def allowed(
    store: Store,
    customers: Iterable[str] | None,
    purpose: str,
    channel: str,
    at: dt.datetime | None = None,
) -> pd.DataFrame:
    """Say of each customer whether contact is allowed, and why.

    The latest decision for the purpose wins, be it for this channel or for every one; at the same instant
    a refusal wins. A standing refusal of every purpose, on this channel or on all, beats any grant,
    whenever that was given; a later grant of every purpose lifts it, and grants nothing by itself. No
    decision is no consent.

    Args:
        store: The workspace.
        customers: Pseudonyms; None: every customer of table `customers`.
        purpose: For example `marketing`.
        channel: For example `email`.
        at: Instant with a time zone; None: now. Later decisions do not count.

    Returns:
        One row a customer, in the given order: `customer_id`, `allowed`, `reason` (one of `REASONS`),
        `decided_at` (UTC, of the decision that counts).

    Raises:
        QuestionError: for a purpose or channel that no decision names, or a time without a zone.
    """
    import pyarrow as pa

    at = at or dt.datetime.now(dt.UTC)
    if at.tzinfo is None:
        raise QuestionError(
            f"The time {at} has no time zone.", "Give one, for example datetime.now(timezone.utc)."
        )
    for column, value in (("purpose", purpose), ("channel", channel)):
        _check(store, column, value)
    asked = _asked(store, customers)
    few = asked.to_pylist() if len(asked) <= FEW else None
    decisions = store.query(_decisions(purpose, channel, at, few))
    with parquet.connect() as connection:
        connection.register("asked", pa.table({"at": range(len(asked)), CUSTOMER: asked}))
        connection.register("decisions", decisions)
        answer: pd.DataFrame = connection.sql(_VERDICT).df()
    return answer.astype({"allowed": bool})


def _asked(store: Store, customers: Iterable[str] | None) -> Any:
    import pyarrow as pa

    if customers is None:
        return store.query(f"SELECT {CUSTOMER} FROM customers ORDER BY 1")[CUSTOMER].combine_chunks()
    if isinstance(customers, str):
        customers = [customers]
    return pa.array([None if name is None else str(name) for name in customers], pa.string())


def _check(store: Store, column: str, value: str) -> None:
    known = store.query(f'SELECT DISTINCT "{column}" AS name FROM consent')["name"].to_pylist()
    named = set(known) - {EVERY, None}  # a grant of every purpose grants none by itself
    covers = EVERY in known and (column == "channel" or not named)
    if known and value not in known and not covers:
        raise unknown(f"{column} of consent", value, [name for name in known if name])


def _decisions(purpose: str, channel: str, at: dt.datetime, few: list[str | None] | None) -> str:
    """The latest decision of each customer, or of a few, in each of the four scopes."""
    named = ", ".join(parquet.text(name) for name in few or () if name is not None)
    whose = "" if few is None else f" AND {CUSTOMER} IN ({named or 'NULL'})"
    purposes, channels = (f"{parquet.text(value)}, '{EVERY}'" for value in (purpose, channel))
    moment = parquet.text(at.astimezone(dt.UTC).isoformat())
    return f"""
SELECT {CUSTOMER}, purpose = '{EVERY}' AS broad, channel = '{EVERY}' AS everywhere,
  max(time) AS decided_at,
  bool_and(granted) FILTER (time = latest) AS granted,
  bool_or(granted) AS ever
FROM (
  SELECT *, max(time) OVER (PARTITION BY {CUSTOMER}, purpose = '{EVERY}', channel = '{EVERY}') AS latest
  FROM consent
  WHERE purpose IN ({purposes}) AND channel IN ({channels}) AND granted IS NOT NULL
    AND time <= CAST({moment} AS TIMESTAMPTZ){whose}
) AS told
GROUP BY ALL"""


_VERDICT = f"""
WITH barred AS (
  SELECT {CUSTOMER}, max(decided_at) AS barred_at FROM decisions WHERE broad AND NOT granted GROUP BY ALL
), specific AS (
  SELECT {CUSTOMER}, max(decided_at) AS decided_at,
    bool_and(granted) FILTER (decided_at = latest) AS granted, bool_or(ever) AS ever
  FROM (SELECT *, max(decided_at) OVER (PARTITION BY {CUSTOMER}) AS latest FROM decisions WHERE NOT broad)
  GROUP BY ALL
)
SELECT asked.{CUSTOMER},
  coalesce(granted, false) AND barred_at IS NULL AS allowed,
  CASE
    WHEN barred_at IS NOT NULL THEN 'do_not_contact'
    WHEN granted IS NULL THEN 'no_decision'
    WHEN granted THEN 'granted'
    WHEN ever THEN 'withdrawn'
    ELSE 'refused'
  END AS reason,
  coalesce(barred_at, decided_at) AS decided_at
FROM asked LEFT JOIN barred USING ({CUSTOMER}) LEFT JOIN specific USING ({CUSTOMER})
ORDER BY asked.at"""
