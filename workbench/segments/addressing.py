"""From a model to a segment: its scores become an own table, and whoever scores best becomes a saved rule.

The table is written anew whenever a model of the same question is saved, so a segment saved by score means
whoever scores so high by the newest model; the rule filters, overlaps and passes the gate like any other.
"""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

from workbench import saved
from workbench.arguments import right_kinds
from workbench.customers.chosen import each
from workbench.customers.propensity_model import PropensityModel
from workbench.errors import QuestionError
from workbench.segments.keeping import written
from workbench.segments.lookalikes import Lookalikes
from workbench.segments.rules.build import score
from workbench.segments.rules.rule import Rule, rule
from workbench.store.engines import on_this_machine

if TYPE_CHECKING:
    import pandas as pd

    from workbench.saved import Item
    from workbench.store.store import Store


@right_kinds
@on_this_machine
def address(
    store: Store,
    answer: PropensityModel | Lookalikes,
    best: float = 0.2,
    name: str = "",
    shared: bool = False,
    who: str | None = None,
) -> Item:
    """Save the customers who score best as a segment.

    Args:
        store: The workspace; it moves to the new data version.
        answer: Of `customers.propensity` or `segments.lookalikes`, asked of this workspace.
        best: Share of the customers that were scored, above 0 and up to 1.
        name: What people call the segment.
        shared: Whether others see it.
        who: Who saves; None: who acts here.

    Returns:
        The saved segment. Its rule asks the own table `propensity_<outcome>_<days>` or
        `lookalikes_<mark of owner and name>`, which holds `customer_id` and the scores.

    Raises:
        QuestionError: for another share, or an answer that scores no customers.
        Refused: for a name that cannot be used.
        StoreError: when the table cannot be written.
    """
    who = saved.me() if who is None else who
    table, meant, scores = _chosen(answer, best, f"{who}/{name}" if who else name)
    return written(store, table, meant, scores, name, shared, who)


def _chosen(answer: PropensityModel | Lookalikes, best: float, mark: str) -> tuple[str, Rule, pd.DataFrame]:
    """The name of the table, the rule of whoever scores best, and the scores of everybody."""
    if isinstance(answer, PropensityModel):
        table = f"propensity_{answer.outcome}_{answer.horizon_days}"
        return table, rule(score(table, "p") >= answer.best(best).threshold), each(answer)
    if not 0 < best <= 1:
        raise QuestionError(f"best is {best!r}.", "Give a share above 0 and up to 1, such as 0.2.")
    table = f"lookalikes_{hashlib.blake2b(mark.encode(), digest_size=5).hexdigest()}"
    return table, rule(score(table, "rank") <= math.ceil(best * len(answer.table))), answer.table
