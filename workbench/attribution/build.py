"""From credits to the answer that is shown: its table and its remarks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.attribution.answer import DIRECT, Attribution
from workbench.attribution.cells import Cells
from workbench.attribution.credit import FEWEST_CLUSTERS, MOST_MEMBERS, Credit
from workbench.attribution.models import Model, Rules
from workbench.attribution.notes import Note
from workbench.attribution.source import Source
from workbench.errors import InputError, QuestionError
from workbench.metrics.answer import code_version
from workbench.metrics.dimensions import UNKNOWN

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Origin:
    """What all answers of one query share: where the rows are from, rules, sums, how its query is written."""

    source: Source
    rules: Rules
    cells: Cells
    written: Callable[[], str]


def check(cells: Cells, source: Source) -> None:
    """Refuse what no model can share.

    Raises:
        InputError: for negative values, or touches that never say where they were.
        QuestionError: for no conversions, or none with a touch.
    """
    audit = cells.audit
    if audit.negative:
        raise InputError(
            f"{audit.negative:,} conversions have a negative value.",
            "Refunds are no conversions: leave them out, or take them off their order.",
        )
    if audit.unknown and set(cells.members) <= {UNKNOWN}:
        raise InputError(f"No touch says its {source.by}.", f"Fill the column {source.by!r}.")
    if not cells.total[:, 0].sum():
        raise QuestionError(
            "There are no conversions to share.", "Choose a longer period, or check the conversions."
        )
    if not cells.touched_total[:, 0].sum():
        raise QuestionError(
            "No conversion has a touch before it within the window.",
            "Choose a longer window, and check that both tables name the same customers.",
        )


def answer(origin: Origin, model: Model, given: Credit) -> Attribution:
    """One model's answer."""
    cells, source, rules = origin.cells, origin.source, origin.rules
    total = cells.total.sum(axis=0)
    return Attribution(
        table=_table(origin, model, given),
        model=model,
        by=source.by,
        rules=rules,
        conversions=int(total[0]),
        value=float(total[1]) if source.valued else None,
        direct=int(cells.direct[:, 0].sum()),
        currency=source.currency,
        units=(source.unit, cells.audit.clusters),
        period=source.period,
        data_version=source.data_version,
        code_version=code_version(),
        notes=(*source.notes, *_notes(origin, model)),
        written=origin.written,
    )


def _table(origin: Origin, model: Model, given: Credit) -> pd.DataFrame:
    """Members, largest first, then the conversions without a touch."""
    import pandas as pd

    cells, source = origin.cells, origin.source
    columns: dict[str, Any] = {source.by: list(cells.members)}
    for at, name in enumerate(("conversions", "value")):
        known = source.valued or name == "conversions"
        for end, part in (("", given.amounts), ("_low", given.low), ("_high", given.high)):
            columns[f"{name}{end}"] = part[:, at] if known else np.full(len(part), np.nan)
    columns |= {"share": given.share, "share_low": given.share_low, "share_high": given.share_high}
    if not model.by_rule:
        columns |= {"removal_effect": given.effect, "removal_effect_low": given.effect_low}
        columns |= {"removal_effect_high": given.effect_high}
    table = pd.DataFrame({**columns, "touched": cells.touched.astype(np.int64)})
    table = table.sort_values(["conversions", source.by], ascending=[False, True], ignore_index=True)
    order = [source.by, "conversions", "value", "share"]
    table = table[[*order, *(name for name in table.columns if name not in order)]]
    return _with_direct(table, origin)


def _with_direct(table: pd.DataFrame, origin: Origin) -> pd.DataFrame:
    """Add the row of conversions without a touch, where there are any and they are asked for."""
    import pandas as pd

    count, value = origin.cells.direct.sum(axis=0)
    if not count or origin.rules.direct != "own":
        return table
    row = {origin.source.by: DIRECT, "conversions": count, "touched": int(count)}
    row |= {"value": value if origin.source.valued else np.nan}
    row |= {"share": count / origin.cells.total[:, 0].sum()}
    return pd.concat([table, pd.DataFrame([row])], ignore_index=True)


def _notes(origin: Origin, model: Model) -> list[Note]:
    """What a reader of this answer must know."""
    cells, audit, rules = origin.cells, origin.cells.audit, origin.rules
    direct, total = int(cells.direct[:, 0].sum()), int(cells.total[:, 0].sum())
    solvable = model.by_rule or len(cells.members) <= MOST_MEMBERS
    said = {
        "own": Note.of("own"),
        "direct": direct and Note.of(f"direct_{rules.direct}", count=direct, share=direct / total),
        "one": len(cells.members) == 1 and Note.of("one_member", member=cells.members[0]),
        "unknown": audit.unknown and Note.of("unknown_member", count=audit.unknown),
        "twins": audit.twins and Note.of("twins", count=audit.twins),
        "lost": audit.lost and Note.of("lost_rows", count=audit.lost, rows=audit.rows),
        "unvalued": origin.source.valued and audit.unvalued and Note.of("unvalued", count=audit.unvalued),
        "open": audit.open and Note.of("open", count=audit.open),
        "few": audit.clusters < FEWEST_CLUSTERS and Note.of("few_days", count=audit.clusters),
        "many": not solvable and Note.of("many_members", count=len(cells.members)),
    }
    return [note for note in said.values() if note]
