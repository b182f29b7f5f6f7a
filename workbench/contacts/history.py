"""Contacts that were made, with the customer's reaction and what had happened before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.compare.matrix import contacts_of
from workbench.customers.contact_history import looked_back
from workbench.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

COLUMNS = ("customer_id", "method", "segment", "time", "reaction")
REACTIONS = ("positive", "negative")


def history(data: Store | Any, segment: str) -> pd.DataFrame:
    """Contacts in order of customer and time.

    Args:
        data: A store, or a frame with one row a contact: `customer_id, method, segment, time, reaction`.
        segment: The customers' attribute; of a frame, its column.

    Returns:
        `customer_id, method, segment, time, positive, negative` (0 or 1), `gap` (days since the customer's
        last contact, NaN for the first), `recent` (contacts in the 30 days before).

    Raises:
        InputError: for a frame without those columns, or without contacts.
        QuestionError: for an attribute that customers do not have.
    """
    from workbench.store.store import Store as Stored

    frame = _of_store(data, segment) if isinstance(data, Stored) else _of_frame(data, segment)
    if frame.empty:
        raise InputError("There are no contacts with a reaction.", "Import interactions and customers.")
    for name in REACTIONS:
        frame[name] = (frame["reaction"] == name).astype(float)
    frame = frame.sort_values(["customer_id", "time", "method"], kind="stable", ignore_index=True)
    seen = looked_back(frame)
    return frame.assign(gap=seen["contact_gap_days"], recent=seen["contacts_30"])


def _of_store(store: Store, segment: str) -> pd.DataFrame:
    found = store.query(contacts_of(store, segment)).to_pandas()
    kept: pd.DataFrame = found.rename(columns={segment: "segment"}).dropna(
        subset=["segment", "method", "time"]
    )
    return kept[list(COLUMNS)]


def _of_frame(data: Any, segment: str) -> pd.DataFrame:
    import pandas as pd

    frame = data if isinstance(data, pd.DataFrame) else data.to_pandas()
    if "segment" not in frame and segment in frame:
        frame = frame.rename(columns={segment: "segment"})
    for name in COLUMNS:
        if name not in frame:
            raise InputError(
                f"Column {name!r} is missing in the contacts.", f"Give the columns {', '.join(COLUMNS)}."
            )
    time = pd.to_datetime(frame["time"], utc=True, errors="coerce")
    kept: pd.DataFrame = frame.assign(time=time)[list(COLUMNS)].dropna()
    if len(frame) and kept.empty:
        raise InputError("No contact of the frame is complete.", f"Fill in {', '.join(COLUMNS)}.")
    return kept
