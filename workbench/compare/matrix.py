"""Which method works for whom: method × customer class, pooled as far as the data ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.compare import shrink as shrinking
from workbench.compare.causal.grid import columns, pandas
from workbench.compare.families import corrected
from workbench.compare.inference import Once, difference
from workbench.compare.result import COLUMNS, Comparison, Remark, Verdict
from workbench.compare.sayings import names_of
from workbench.compare.words import Chance, Figure, Words
from workbench.errors import InputError, QuestionError, unknown

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

CONTACTS = ("all", "first")
FEWEST = 20
"""Contacts under which a cell is said to have few."""


def effects(
    data: Store | Any,
    method: str = "method",
    group: str = "value_class",
    outcome: str = "positive",
    unit: str | None = "customer_id",
    contacts: str = "all",
    correction: str = "holm",
    seed: int = 7,
) -> Comparison:
    """Compare methods within classes of customers, with partial pooling.

    A cell's value is pulled towards what its method does in every class and what its class answers to every
    method, the more the less it knows itself (two-way normal hierarchy; of yes-or-no outcomes on the logit
    scale). Several contacts of one customer count as one cluster.

    Args:
        data: A store (its contacts and customers), or a frame with one row a contact.
        method, group: Columns of the matrix.
        outcome: Column of the outcome; of a store, `positive` is a positive reaction, else a reaction's name.
        unit: Column of the customer; None: every row is a customer of its own.
        contacts: `first` keeps the first contact of a customer only (store only): what comes later depends on
            what came before.
        correction: `holm`, `bh` or `none`, over all cells.
        seed: Seed of the draws behind `best`.

    Returns:
        A `Comparison` with one row a cell: `mean` is the plain mean, `mean_control` that of the other methods
        in the same class; `shrunk`, `shrunk_low`, `shrunk_high` the pooled value; `best` the probability that
        the method is the best of its class.

    Raises:
        InputError: for a frame without those columns or without two methods.
        QuestionError: for an unknown choice.
    """
    if contacts not in CONTACTS:
        raise unknown("value of contacts", contacts, CONTACTS)
    from workbench.store.store import Store as Stored

    stored = isinstance(data, Stored)
    if contacts == "first" and not stored:
        raise QuestionError("A frame does not say which contact was first.", "Keep only those rows in it.")
    frame = _of_store(data, group, outcome, contacts) if stored else pandas(data)
    cells = _cells(_checked(frame, method, group, outcome, unit), method, group, outcome, unit)
    table = _table(cells, group, outcome, correction, seed)
    return _answer(data if stored else None, table, cells, group, outcome, correction)


@dataclass(frozen=True, eq=False)
class CellMeans:
    """Sums of the matrix's cells that hold a contact.

    Attributes:
        method, group: Names of each cell.
        n: Contacts.
        total: Sum of outcomes.
        variance: Variance of the mean, customers as clusters.
        clusters: Customers.
        binary: Whether every outcome is 0 or 1.
    """

    method: np.ndarray
    group: np.ndarray
    n: np.ndarray
    total: np.ndarray
    variance: np.ndarray
    clusters: np.ndarray
    binary: bool

    @property
    def mean(self) -> np.ndarray:
        """Means of the cells; NaN without contacts."""
        import numpy as np

        values: np.ndarray = np.where(self.n > 0, self.total / np.maximum(self.n, 1), np.nan)
        return values


def _of_store(store: Store, group: str, outcome: str, contacts: str) -> pd.DataFrame:
    """Contacts that we made, with the customer's class and the reaction as 0 or 1."""
    table = store.query(contacts_of(store, group))
    frame = table.to_pandas()
    if frame.empty:
        raise InputError(
            "The workspace holds no contacts with a reaction.", "Import interactions and customers."
        )
    reactions = set(frame["reaction"])
    if outcome not in reactions:
        raise unknown("reaction", outcome, reactions)
    if contacts == "first":
        frame = frame.sort_values(["time", "interaction_id"]).drop_duplicates("customer_id")
    flagged: pd.DataFrame = frame.assign(**{outcome: (frame["reaction"] == outcome).astype(float)})
    return flagged


def contacts_of(store: Store, group: str) -> Any:
    """The contacts that we made with the customer's class, as an Ibis expression.

    Raises:
        QuestionError: for an attribute that customers do not have.
    """
    made, people = store.table("interactions"), store.table("customers")
    if group not in people.columns:
        raise unknown("customer attribute", group, people.columns)
    asked = made.filter(made.direction == "outbound", made.customer_id.notnull(), made.reaction.notnull())
    asked = asked.select("customer_id", "method", "reaction", "time", "interaction_id")
    joined = asked.inner_join(people.select("customer_id", group), "customer_id")
    return joined.select("customer_id", "method", "reaction", group, "time", "interaction_id")


def _checked(frame: pd.DataFrame, method: str, group: str, outcome: str, unit: str | None) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    kept = columns(frame, [name for name in (method, group, outcome, unit) if name])
    values = pd.to_numeric(kept[outcome], errors="coerce")
    kept = kept.assign(**{outcome: values.astype(float)})[np.isfinite(values.astype(float))]
    kept = kept.dropna(subset=[method, group])
    if kept[method].nunique() < 2:
        raise InputError(
            f"Column {method!r} does not name two methods with a value of {outcome!r}.",
            "Give contacts of at least two methods.",
        )
    return kept


def _cells(frame: pd.DataFrame, method: str, group: str, outcome: str, unit: str | None) -> CellMeans:
    import numpy as np

    grouped = frame.groupby([group, method], observed=True)
    sums = grouped[outcome].agg(["size", "sum"]).reset_index()
    mean = grouped[outcome].transform("mean")
    rest = frame.assign(_rest=frame[outcome] - mean)
    keys = [group, method, *([unit] if unit else [])]
    parts = rest.groupby(keys, observed=True)["_rest"].sum() if unit else rest.set_index(keys)["_rest"]
    by_cell = (parts**2).groupby(level=[0, 1]).agg(["sum", "size"])
    by_cell = by_cell.reindex(list(zip(sums[group], sums[method], strict=True)))
    clusters, n = by_cell["size"].to_numpy(float), sums["size"].to_numpy(float)
    with np.errstate(all="ignore"):
        variance = by_cell["sum"].to_numpy() / n**2 * clusters / (clusters - 1)
    binary = bool(frame[outcome].isin([0, 1]).all())
    if binary:  # none or all of a few reacted: that is not certainty (half a case of each added)
        share = (sums["sum"].to_numpy(float) + 0.5) / (n + 1)
        variance = np.where(variance == 0, share * (1 - share) / n, variance)
    names = [sums[name].astype(str).to_numpy() for name in (method, group)]
    methods, groups = names
    return CellMeans(methods, groups, n, sums["sum"].to_numpy(float), variance, clusters, binary)


def _scale(cells: CellMeans) -> tuple[np.ndarray, np.ndarray]:
    """Values on the scale that is pooled, and their errors."""
    import numpy as np

    if not cells.binary:
        return cells.mean, np.sqrt(cells.variance)
    yes, no = cells.total + 0.5, cells.n - cells.total + 0.5
    with np.errstate(all="ignore"):
        plain = cells.mean * (1 - cells.mean) / cells.n
        excess = np.where(plain > 0, cells.variance / plain, 1.0)
    return np.log(yes / no), np.sqrt(np.fmax(excess, 1.0) * (1 / yes + 1 / no))


def _pooled(cells: CellMeans, seed: int) -> tuple[shrinking.Posterior, np.ndarray]:
    """The posterior of all cells, and which cells it holds."""
    import numpy as np

    value, error = _scale(cells)
    usable = np.isfinite(error) & (error > 0)
    sides = [np.unique(names[usable], return_inverse=True)[1] for names in (cells.method, cells.group)]
    flags = [(side[:, None] == np.arange(1, side.max(initial=0) + 1)).astype(float) for side in sides]
    design = np.hstack([np.ones((usable.sum(), 1)), *flags])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        design = design[:, :1]
    return shrinking.shrink(value[usable], error[usable], design, seed=seed), usable


def _table(cells: CellMeans, group: str, outcome: str, correction: str, seed: int) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    others = _others(cells)
    made = difference(
        cells.mean, others.mean, cells.variance, others.variance, np.zeros(len(cells.n)),
        np.minimum(cells.clusters, others.clusters) - 1, cells.n + others.n, Once(), 0.05,
    )  # fmt: skip
    frame = pd.DataFrame(
        {group: cells.group, "metric": outcome, "arm": cells.method, "control": "other methods"}
    )
    frame = frame.assign(n=cells.n.astype(int), n_control=others.n.astype(int), mean=cells.mean)
    frame = frame.assign(mean_control=others.mean, effect=made.effect, low=made.low, high=made.high)
    frame = frame.assign(
        lift=made.lift, lift_low=made.lift_low, lift_high=made.lift_high, p_value=made.p_value
    )
    if cells.binary:
        frame["lift_low"] = frame["lift_low"].where(~(frame["lift_low"] < -1), -1.0)
    frame["p_adjusted"] = corrected(frame["p_value"], correction)
    frame = frame[[group, *COLUMNS]].assign(**_shrunk(cells, seed))
    return frame.sort_values([group, "shrunk"], ascending=[True, False], kind="stable").reset_index(drop=True)


def _others(cells: CellMeans) -> CellMeans:
    """The other methods of the same class together."""
    import numpy as np

    same = (cells.group[:, None] == cells.group) & (cells.method[:, None] != cells.method)
    n, total = same @ cells.n, same @ cells.total
    with np.errstate(all="ignore"):
        inner = same @ (np.nan_to_num(cells.variance) * cells.n**2) / n**2
    n = np.where(n > 0, n, np.nan)
    clusters = same @ cells.clusters
    return CellMeans(cells.method, cells.group, np.nan_to_num(n), total, inner, clusters, cells.binary)


def _shrunk(cells: CellMeans, seed: int) -> dict[str, np.ndarray]:
    import numpy as np

    post, usable = _pooled(cells, seed)

    def back(values: np.ndarray) -> np.ndarray:
        return 1 / (1 + np.exp(-values)) if cells.binary else values

    names = ("shrunk", "shrunk_low", "shrunk_high", "best", "kept")
    found = {name: np.full(len(cells.n), np.nan) for name in names}
    for name, values in (("shrunk", post.mean), ("shrunk_low", post.low), ("shrunk_high", post.high)):
        found[name][usable] = back(values)
    found["kept"][usable] = post.kept
    for group in np.unique(cells.group):
        inside = cells.group == group
        found["best"][inside & usable] = shrinking.best(post.draws[:, inside[usable]])
    return found


def _answer(
    store: Store | None, table: pd.DataFrame, cells: CellMeans, group: str, outcome: str, correction: str
) -> Comparison:
    unit = "percent" if cells.binary else "number"
    few = int((cells.n < FEWEST).sum())
    empty = len(set(cells.method)) * len(set(cells.group)) - len(cells.n)
    remarks = [Remark.of("cells_few", cells=few, least=FEWEST)] if few else []
    remarks += [Remark.of("cells_empty", cells=empty)] if empty else []
    remarks.append(Remark.of("not_random", "info"))
    return Comparison(
        table=table,
        kind="matrix",
        method="two_way_pooling",
        by=(group,),
        units={outcome: unit},
        better={outcome: "higher"},
        warnings=tuple(remarks),
        verdict=Verdict(*_verdict(table, store, group, unit)),
        correction=correction,
        as_of=store.as_of if store else None,
        data_version=store.version if store else None,
        details={"group": group},
    )


def _verdict(table: pd.DataFrame, store: Store | None, group: str, unit: str) -> list[Remark]:
    """The best method of each class, and how sure that is."""
    found = []
    for name, rows in table.groupby(group, sort=True):
        known = rows[rows["n"] >= FEWEST]
        if known.empty:
            found.append(
                Remark.of("matrix_unknown", "info", group=_named(store, group, str(name)), least=FEWEST)
            )
            continue
        first = known.sort_values("best", ascending=False).iloc[0]
        value = Figure(first["shrunk"], unit, low=first["shrunk_low"], high=first["shrunk_high"])
        values = {
            "group": _named(store, group, str(name)),
            "arm": _named(store, "method", str(first["arm"])),
            "value": value,
            "best": Chance(float(first["best"]), 0),
        }
        found.append(Remark("matrix_best", values, "info"))
    return found


def _named(store: Store | None, dimension: str, value: str) -> Words:
    return names_of(store, dimension)(value) if store else Words(value, value)
