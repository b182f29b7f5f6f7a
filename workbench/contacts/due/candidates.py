"""From what is due to candidates of a contact plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.errors import QuestionError, unknown

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contacts.due.answer import Triggers

COLUMNS = ("customer_id", "method", "value", "priority", "segment", "message", "ready", "due", "marketer")


def candidates(found: Triggers, methods: Any, worth: Any, own_marketer: bool) -> pd.DataFrame:
    """As `Triggers.candidates`."""
    import pandas as pd

    chosen = _methods(found, methods)
    free = (found.table["held"] == "").to_numpy()
    row, place = np.nonzero(found.allowed[:, chosen] & free[:, None])
    table = found.table.iloc[row].reset_index(drop=True)
    method = np.array(found.methods, dtype=object)[chosen][place]
    chance = found.chance[:, chosen][row, place]
    overdue = table["overdue"] > 0
    columns = {
        "method": method,
        "value": chance * _worth(worth, table["customer_id"]),
        "message": table["kind"],
        "due": table["until"].where(overdue, table["day"]),
        "marketer": table["marketer"] if own_marketer else pd.NA,
    }
    made = table.assign(**columns)[list(COLUMNS)].dropna(axis=1, how="all")
    made.attrs["consented"] = True
    return made


def _methods(found: Triggers, methods: Any) -> list[int]:
    if methods is None:
        return list(range(len(found.methods)))
    names = [methods] if isinstance(methods, str) else list(methods)
    for name in names:
        if name not in found.methods:
            raise unknown("method", name, found.methods)
    return [found.methods.index(name) for name in names]


def _worth(worth: Any, customers: pd.Series) -> np.ndarray:
    """What each row's customer is worth; 1 where nothing is given, 0 where a customer is not named."""
    import pandas as pd

    if worth is None:
        return np.ones(len(customers))
    if isinstance(worth, pd.DataFrame):
        column = next((name for name in ("worth", "clv") if name in worth), None)
        if column is None or "customer_id" not in worth:
            raise QuestionError(
                "The worths have no column 'worth'.", "Give customer_id and worth, or the answer of predict."
            )
        worth = dict(zip(worth["customer_id"], worth[column], strict=True))
    if not isinstance(worth, Mapping):
        raise QuestionError(
            f"The worths are a {type(worth).__name__}.", "Give customer → worth, or a frame with both."
        )
    found: np.ndarray = customers.map(dict(worth)).fillna(0.0).to_numpy(float)
    return found
