"""Overlap of many segments in one pass: each customer gets a bit a segment, and equal masks are counted."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.errors import QuestionError
from workbench.segments.rules import asking, preview
from workbench.segments.rules.answers import Overlap
from workbench.segments.rules.face import as_rule
from workbench.segments.rules.masks import bits, mask

if TYPE_CHECKING:
    import numpy as np

    from workbench.segments.rules.rule import Rule
    from workbench.store.store import Store

MOST = 30
COLUMNS = ("customers", "segments")
"""Columns of the combinations beside those of the segments."""


@right_kinds
def overlap(
    store: Store,
    segments: Mapping[str, Any] | Iterable[Any],
    as_of: dt.date | str | None = None,
    scores: Mapping[str, Any] | None = None,
) -> Overlap:
    """How segments overlap: sizes and shares of every pair, and every exact combination.

    Args:
        store: The store.
        segments: 2 to 30: name → saved segment's name, rule or expression; or a list of names and rules.
        as_of: Last day that counts; None: the last day on which customers did anything.
        scores: Name of a table of scores → frame.

    Raises:
        QuestionError: for fewer than 2 or more than 30 segments, two of one name, or a faulty rule.
    """
    rules = _named(store, segments)
    made = asking.asked(rules, store, as_of, scores)
    question = _counted(made.query.table, made.query.conditions)
    own = None if scores else preview.answered(store, made.trees, made.at, made.scores, _counted)
    rows = store.query(question) if own is None else own
    masks, counts = rows["mask"].to_numpy(), rows["customers"].to_numpy()
    return _answer(tuple(rules), masks, counts, made.at.as_of, store.version, store.sql(question))


def _named(store: Store, segments: Mapping[str, Any] | Iterable[Any]) -> dict[str, Rule]:
    given = dict(segments) if isinstance(segments, Mapping) else None
    values = list(given.values()) if given is not None else _listed(segments)
    if not 2 <= len(values) <= MOST:
        raise QuestionError(
            f"{len(values)} segments are asked for; an overlap takes 2 to {MOST}.",
            f"Choose at most {MOST}: their combinations are counted in one pass."
            if len(values) > MOST
            else "Name at least two.",
        )
    rules = [as_rule(store, value) for value in values]
    own = [rule.name or f"segment {place}" for place, rule in enumerate(rules, 1)]
    names = own if given is None else list(map(str, given))
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise QuestionError(f"Two segments are called {twice[0]!r}.", "Give a dict of names and segments.")
    if taken := [name for name in names if name in COLUMNS]:
        raise QuestionError(
            f"A segment called {taken[0]!r} would stand in the column of that name.",
            "Give a dict of other names and segments.",
        )
    return dict(zip(names, rules, strict=True))


def _listed(segments: Any) -> list[Any]:
    if isinstance(segments, str) or not isinstance(segments, Iterable):
        return [segments]
    return list(segments)


def _counted(table: Any, conditions: Mapping[str, Any]) -> Any:
    """Ibis expression: each mask that occurs, and its customers."""
    masked = table.select(mask=mask(conditions.values()))
    return masked.group_by("mask").aggregate(customers=masked.count()).order_by("mask")


def _answer(
    names: tuple[str, ...], masks: np.ndarray, counts: np.ndarray, as_of: dt.date, version: int, sql: str
) -> Overlap:
    import numpy as np
    import pandas as pd

    holds = bits(masks, len(names))
    both = holds.T @ (holds * counts[:, None])
    sizes = pd.DataFrame(both.astype(np.int64), index=names, columns=names)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = np.where(np.diag(both)[:, None] > 0, both / np.diag(both)[:, None], np.nan)
    return Overlap(
        names=names,
        sizes=sizes,
        shares=pd.DataFrame(parts, index=names, columns=names),
        combos=_combos(names, holds, counts),
        nobody=int(counts[masks == 0].sum()),
        everybody=int(counts.sum()),
        as_of=as_of,
        data_version=version,
        sql=sql,
    )


def _combos(names: tuple[str, ...], holds: np.ndarray, counts: np.ndarray) -> Any:
    import pandas as pd

    some = holds.any(axis=1)
    table = pd.DataFrame(holds[some].astype(bool), columns=list(names))
    said = [" + ".join(name for name, here in zip(names, row, strict=True) if here) for row in holds[some]]
    made = table.assign(customers=counts[some], segments=said)
    return made.sort_values(["customers", "segments"], ascending=[False, True], ignore_index=True)
