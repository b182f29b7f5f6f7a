"""The difference attack: two tables about overlapping groups whose difference is a few persons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import PrivacyError
from workbench.privacy.people import CUSTOMER
from workbench.privacy.sql import quoted
from workbench.store import parquet

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Difference:
    """Two cells of which one lies inside the other, and how few persons are between them.

    Attributes:
        first, second: Dimension → value of the cells; empty for a whole table.
        people: Persons in one and not in the other.
    """

    first: dict[str, Any]
    second: dict[str, Any]
    people: int


def differences(
    first: pd.DataFrame,
    second: pd.DataFrame,
    first_by: Sequence[str],
    second_by: Sequence[str],
    least_people: int = 50,
    person: str = CUSTOMER,
) -> tuple[Difference, ...]:
    """Find cells and totals of two tables that give a few persons away when one is taken from the other.

    Args:
        first: One row a person and cell of the table that was published: the person and `first_by`.
        second: The same of the table to publish, with `second_by`.
        first_by, second_by: Dimensions of the tables.
        least_people: Persons that a difference has at least, if it is not none at all.
        person: Column that names the person.

    Returns:
        The unsafe pairs: one cell inside the other, with 1 to `least_people` - 1 persons between them.
    """
    with parquet.connect() as connection:
        for name, frame, by in (("first", first, first_by), ("second", second, second_by)):
            connection.register(f"{name}_rows", frame[[person, *by]].drop_duplicates())
            connection.execute(_cells(name, by, person))
        found = connection.execute(_PAIRS, [least_people]).fetchall()
    return tuple(
        Difference(_named(first_by, t1, c1), _named(second_by, t2, c2), int(people))
        for t1, c1, t2, c2, people in found
    )


def refuse_differences(found: Sequence[Difference], least_people: int = 50) -> None:
    """Refuse to publish a table whose difference to a published one is a few persons.

    Raises:
        PrivacyError: where there is such a difference.
    """
    if not found:
        return
    worst = min(found, key=lambda pair: pair.people)
    raise PrivacyError(
        f"{len(found)} cells differ by fewer than {least_people} persons from ones that were published; "
        f"the smallest difference is {worst.people}, between {worst.first or 'everybody'} and "
        f"{worst.second or 'everybody'}.",
        "Widen the group, merge cells, or hide these: suppress(..., hide=rows_to_hide(...)).",
    )


def rows_to_hide(found: Sequence[Difference], frame: pd.DataFrame, by: Sequence[str]) -> list[int]:
    """Positions of the rows of a table to hide, so that no unsafe difference is left; for `suppress(hide=)`.

    A whole table that differs too little has all its rows hidden.
    """
    unsafe = [pair.second for pair in found]

    def is_unsafe(row: Mapping[Any, Any]) -> bool:
        return any(all(row[name] == value for name, value in cell.items()) for cell in unsafe)

    return [at for at, row in enumerate(frame[list(by)].to_dict("records")) if is_unsafe(row)]


def _cells(name: str, by: Sequence[str], person: str) -> str:
    """Who is in which cell, totals over any dimensions included."""
    names = ", ".join(map(quoted, by))
    totals = ", ".join(f"grouping({quoted(column)})" for column in by) or "1"
    cell = ", ".join(f"{quoted(column)} := {quoted(column)}" for column in by) or "nothing := 0"
    cube = f", CUBE ({names})" if by else ""
    return f"""
CREATE TEMP TABLE {name} AS
SELECT {quoted(person)} AS person, [{totals}] AS totals, struct_pack({cell}) AS cell
FROM {name}_rows GROUP BY {quoted(person)}{cube}"""


_PAIRS = """
WITH sizes_1 AS (SELECT totals, cell, count(*) AS n FROM first GROUP BY ALL),
sizes_2 AS (SELECT totals, cell, count(*) AS n FROM second GROUP BY ALL),
shared AS (
  SELECT one.totals AS t1, one.cell AS c1, two.totals AS t2, two.cell AS c2, count(*) AS n
  FROM first AS one JOIN second AS two USING (person) GROUP BY ALL
)
SELECT t1, c1, t2, c2, abs(sizes_1.n - sizes_2.n) AS people
FROM shared
JOIN sizes_1 ON sizes_1.totals = t1 AND sizes_1.cell IS NOT DISTINCT FROM c1
JOIN sizes_2 ON sizes_2.totals = t2 AND sizes_2.cell IS NOT DISTINCT FROM c2
WHERE shared.n IN (sizes_1.n, sizes_2.n) AND sizes_1.n <> sizes_2.n AND abs(sizes_1.n - sizes_2.n) < ?
ORDER BY people, t1, c1, t2, c2"""


def _named(by: Sequence[str], totals: Sequence[int], cell: Mapping[str, Any]) -> dict[str, Any]:
    """Dimension → value, without the dimensions that are summed over."""
    return {name: cell[name] for name, is_total in zip(by, totals, strict=False) if not is_total}
