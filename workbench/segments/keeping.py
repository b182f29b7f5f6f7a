"""From the customers behind a place of a chart to a saved segment: a rule, or a list as an own table.

The table of clusters is written anew by whoever keeps a cluster of the same model, or brings it up to date: a
segment saved by cluster means whoever is nearest to that centroid then.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from workbench import saved
from workbench.arguments import right_kinds
from workbench.privacy import audit
from workbench.segments.pointing import Pointed, numbered
from workbench.segments.rules import shelf
from workbench.segments.rules.build import score
from workbench.segments.rules.rule import Rule, rule
from workbench.store.changes import Change
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    import pandas as pd

    from workbench.saved import Item
    from workbench.segments.clusters import Clusters
    from workbench.store.store import Store


@right_kinds
@on_this_machine
def keep(store: Store, chosen: Pointed, name: str = "", shared: bool = False, who: str | None = None) -> Item:
    """Save the customers behind a place of a chart as a segment.

    Args:
        store: The workspace; with a list or a cluster it moves to a new data version.
        chosen: Of `pointed`, of an answer of this workspace.
        name: What people call the segment; empty: who they are.
        shared: Whether others see it.
        who: Who saves; None: who acts here.

    Returns:
        The saved segment. The rule of a list asks the own table `chosen_<mark>`, that of a cluster the own
        table `clusters_<mark>`, which has the number of every customer's cluster.

    Raises:
        Refused: for a name that cannot be used.
        StoreError: when the table cannot be written.
    """
    who = saved.me() if who is None else who
    named = name or chosen.name(store.settings.lang)
    if chosen.tree is not None:
        return shelf.save(store, rule(chosen.tree).tree, named, shared, who=who)
    if chosen.scores is not None:
        table = cluster_table(chosen.model)
        meant = rule(score(table, "cluster") == int(chosen.place.removeprefix("c")))
        return written(store, table, meant, chosen.scores, named, shared, who)
    told = f"{who}|{named}|{chosen.place}|{chosen.as_of}"
    table = f"chosen_{hashlib.blake2b(told.encode(), digest_size=5).hexdigest()}"
    ones = chosen.table.assign(chosen=1.0)
    return written(store, table, rule(score(table, "chosen") == 1), ones, named, shared, who)


@right_kinds
@on_this_machine
def bring_up_to_date(store: Store, answer: Clusters, who: str | None = None) -> int:
    """Write the clusters of an answer again, so that segments made of them mean today's customers.

    Args:
        store: The workspace; it moves to a new data version.
        answer: Of `cluster`, or of a saved model's `assign`, asked of this workspace.
        who: Who does it; None: who acts here.

    Returns:
        Customers that have a cluster.

    Raises:
        StoreError: when the table cannot be written.
    """
    table, scores = cluster_table(answer.model.mark), numbered(answer)
    _write(store, table, scores, saved.me() if who is None else who)
    return len(scores)


def cluster_table(mark: str) -> str:
    """The own table of a cluster model."""
    return f"clusters_{mark}"


def written(
    store: Store, table: str, meant: Rule, scores: pd.DataFrame, name: str, shared: bool, who: str
) -> Item:
    """Save a rule about an own table together with the table.

    Raises:
        Refused: for a name that cannot be used.
        StoreError: when the table cannot be written.
    """
    item = shelf.save(store, meant.tree, name, shared, who=who)
    try:
        _write(store, table, scores, who)
    except BaseException:
        saved.trash(store.path, item, who)  # a segment without its scores could not be asked
        raise
    return item


def _write(store: Store, table: str, scores: pd.DataFrame, who: str) -> None:
    with audit.recorded(store.path, "scored", who, counts={table: len(scores)}):
        store.commit([Change(table, _arrow(scores), "all")])


def _arrow(scores: pd.DataFrame) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(scores, preserve_index=False).replace_schema_metadata(None)
