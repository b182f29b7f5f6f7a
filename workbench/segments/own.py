"""Own attributes of a workspace as columns: figures as numbers, classes as texts, days as days."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from workbench.segments.rules.operands import OWN
from workbench.segments.rules.resolving import own_kinds

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

ID, TABLE = "customer_id", "traits"
PREFIX = "own:"
"""Before the name of an attribute that is called as a measure is."""


def columns(store: Store, taken: Collection[str] = ()) -> pd.DataFrame | None:
    """One row a customer with a column for each own attribute; None where the workspace has none.

    Args:
        store: The store, or a part of one; table `traits`.
        taken: Names of other columns; an attribute of such a name is called `own:…`.
    """
    if not store.row_counts.get(TABLE):
        return None
    rows = store.table(TABLE)
    known = rows.filter(rows[ID].notnull(), rows.trait.notnull())
    told = store.query(known.select(ID, "trait", *OWN.values())).to_pandas()
    kinds = own_kinds(store)
    made = {name: _column(part, OWN[kinds[name]]) for name, part in told.groupby("trait") if name in kinds}
    named = {PREFIX + name if name in taken else name: column for name, column in made.items()}
    return _side_by_side(named) if named else None


def _column(rows: pd.DataFrame, held: str) -> pd.Series:
    """The values of one attribute by customer; figures as floats."""
    found: pd.Series = rows.set_index(ID)[held].groupby(level=0).first()
    return found.astype(float if held == "number" else object)


def _side_by_side(columns: dict[str, pd.Series]) -> pd.DataFrame:
    import pandas as pd

    return pd.concat(columns, axis=1).rename_axis(ID).reset_index()
