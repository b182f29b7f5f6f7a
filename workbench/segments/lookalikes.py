"""Look-alikes: who resembles a seed of customers, and how much better that is than picking at random.

A penalised logistic regression tells the seed from everyone else; every curve is of customers that the
regression has not seen (Elkan & Noto 2008: with unlabelled others the scores rank as the true ones do).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.gains import lift_curve
from workbench.customers.remarks import Remark, counts
from workbench.errors import QuestionError
from workbench.i18n import formats
from workbench.segments.answer import Segmentation
from workbench.segments.market import asked_of, member_ids
from workbench.segments.naming import feature
from workbench.segments.people import ID, People, check_columns, people
from workbench.segments.rules.answers import Members
from workbench.segments.rules.rests import ORDERS
from workbench.segments.scaling import Space, is_number, numbers, space, texts
from workbench.segments.screening import LeftOut, screened

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

FEWEST, FEW = 30, 100
"""Seed customers under which there is no answer, and under which it is said to be rough."""
LEAK = 0.95
"""AUC from which one column alone tells the seed: it is how the seed was made, not what it is like."""
FOLDS = 5


@dataclass(frozen=True, eq=False)
class Lookalikes:
    """The answer of `lookalikes`.

    Attributes:
        table: Customers who are not in the seed, most alike first: `customer_id, score` (chance of being
            like the seed, by the regression), `rank`. Whether they may be addressed is not asked here.
        lift: Held-out lift curve: `depth` (share of all customers, best first), `customers`, `found`
            (seed members among them, though their scores come from a model that has not seen them),
            `share` (of the seed) with `share_low, share_high`, and `lift` (share / depth) with
            `low, high` (95%, Wilson).
        auc, auc_low, auc_high: Chance that a held-out member of the seed scores above another customer,
            with its interval (DeLong et al. 1988); 0.5: no better than a coin.
        drivers: `feature, level` (missing for a measure), `weight` (log odds a standard deviation, or of
            the level), strongest first.
        seed: Customers in the seed that are known.
        features: Columns that were used.
        left_out: Columns that were not, with the reason.
        remarks: What was left out, and doubts.
        data_version: Version of the store; None for a frame.
    """

    table: pd.DataFrame
    lift: pd.DataFrame
    auc: float
    auc_low: float
    auc_high: float
    drivers: pd.DataFrame
    seed: int
    features: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    remarks: tuple[Remark, ...]
    data_version: int | None
    people: People = field(repr=False)

    @right_kinds
    def top(self, n: int) -> pd.DataFrame:
        """The n customers most alike."""
        return self.table.head(n).copy()

    def sentence(self, lang: str = "en") -> str:
        """How much better than chance the best tenth is, on held-out customers."""
        row = self.lift[self.lift["depth"] == 0.1].iloc[0]
        key = "lookalikes.said" if self.auc_low > 0.5 else "lookalikes.nothing"
        shown = {name: formats.number(row[name], lang, 1) for name in ("lift", "low", "high")}
        auc = {name: f"{getattr(self, name):.2f}" for name in ("auc", "auc_low", "auc_high")}
        return i18n.text(key, lang, seed=formats.number(self.seed, lang), **shown, **auc)

    @right_kinds
    def traits(self, lang: str = "en", most: int = 6) -> list[str]:
        """What likeness goes by, in words, strongest first; it goes along with the seed and is no cause."""
        rows = self.drivers[self.drivers["weight"] != 0].head(most)
        return [self._trait(row, lang) for row in rows.to_dict("records")]

    def _trait(self, row: Mapping[Any, Any], lang: str) -> str:
        words = {"feature": feature(str(row["feature"]), lang)}
        if row["level"] is not None and row["level"] == row["level"]:
            words["level"] = self.people.level(row["feature"], row["level"], lang)
        way = (
            ("often" if row["weight"] > 0 else "seldom")
            if "level" in words
            else ("more" if row["weight"] > 0 else "less")
        )
        return i18n.text(f"lookalikes.{way}", lang, **words)

    def to_frame(self) -> pd.DataFrame:
        """A copy of the table."""
        return self.table.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, the lift curve, and what the answer says of itself."""
        return {
            "rows": self.table.to_dict("records"),
            "lift": self.lift.to_dict("records"),
            "auc": [self.auc, self.auc_low, self.auc_high],
            "seed": self.seed,
            "features": list(self.features),
            "left_out": [{"column": entry.column, "reason": entry.reason} for entry in self.left_out],
            "remarks": [{"code": remark.code, **remark.values} for remark in self.remarks],
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        said = [self.sentence(), *(remark.sentence("en") for remark in self.remarks)]
        return str(self.lift.to_html(index=False)) + "".join(f"<p>{escape(text)}</p>" for text in said)


@right_kinds
def lookalikes(
    source: Any,
    seed: Any,
    of: str = "",
    features: Sequence[str] | None = None,
    as_of: dt.date | str | None = None,
    id: str | None = None,
    currency: str | None = None,
    random: int = 1,
) -> Lookalikes:
    """Rank customers by how much they resemble a seed.

    Columns that made the seed are left out: those behind the scores of an RFM segment, the features of a
    cluster, what a rule decides by, and every column that alone tells the seed from everyone else (AUC 0.95
    or more). Features that are named are used in any case but that last one.

    Args:
        source: A store, or a frame with a row a customer.
        seed: Ids of customers, a segmentation with `of`, or of a store a rule or a saved segment's name.
        of: Which segment of a segmentation.
        features: Columns to look at; None: all measures and traits that can tell customers apart.
        as_of: Last day that counts in a store; None: the last on which customers acted.
        id: Column of a frame with the ids.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        random: Seed of the folds.

    Raises:
        QuestionError: for fewer than 30 seed customers or others, unknown features, or none that is left.
    """
    who = people(source, as_of, id, currency)
    check_columns(who.table, features or ())
    seed = asked_of(source, seed, who.as_of)
    members = member_ids(seed, of)
    inside = who.table[ID].isin(members).to_numpy()
    _check(inside)
    used, left_out = _features(who.table, inside, seed, features)
    learnt = space(who.table, used)
    points = np.nan_to_num(learnt.points(who.table))  # a missing measure counts as the median
    held, model = _scored(points, inside, random)
    area, low, high = auc(held, inside)
    order = np.lexsort((who.table[ID].astype(str).to_numpy(), -model[0]))
    rest = order[~inside[order]]
    strangers = counts(lookalikes_strangers=len(members) - int(inside.sum()))
    return Lookalikes(
        table=_ranked(who.table, rest, model[0]),
        lift=lift_curve(held, inside),
        auc=area,
        auc_low=low,
        auc_high=high,
        drivers=_drivers(learnt, model[1]),
        seed=int(inside.sum()),
        features=learnt.names,
        left_out=left_out,
        remarks=_doubts(int(inside.sum()), low) + strangers + who.remarks,
        data_version=who.data_version,
        people=who,
    )


def auc(scores: np.ndarray, inside: np.ndarray, level: float = 0.95) -> tuple[float, float, float]:
    """Area under the ROC curve with its interval (DeLong, DeLong & Clarke-Pearson 1988); ties count half.

    Args:
        scores: Of each customer.
        inside: Whether each is in the seed; at least two are, and two are not.
        level: Confidence.
    """
    from statistics import NormalDist

    from scipy.stats import rankdata

    ranks, n, m = rankdata(scores), int(inside.sum()), int((~inside).sum())
    below = (ranks[inside] - rankdata(scores[inside])) / m  # others under each of the seed
    above = 1 - (ranks[~inside] - rankdata(scores[~inside])) / n
    area = float(below.mean())
    reach = NormalDist().inv_cdf((1 + level) / 2) * (below.var(ddof=1) / n + above.var(ddof=1) / m) ** 0.5
    return area, max(0.0, area - float(reach)), min(1.0, area + float(reach))


def _check(inside: np.ndarray) -> None:
    seeds, others = int(inside.sum()), int((~inside).sum())
    if seeds < FEWEST or others < FEWEST:
        raise QuestionError(
            f"The seed has {seeds} of {len(inside)} customers, too few to learn from (or to leave anybody).",
            f"Give at least {FEWEST} customers of the store, and leave as many others.",
        )


def _features(
    table: pd.DataFrame, inside: np.ndarray, seed: Any, asked: Sequence[str] | None
) -> tuple[list[str], tuple[LeftOut, ...]]:
    """Columns to use, and those left out with the reason."""
    used = screened(table, asked)
    names = [*used.shaping, *(used.describing if asked is None else ())]
    out = [entry for entry in used.left_out if entry.reason != "describes"]
    made = _made_of(seed) if asked is None else set()
    out += [LeftOut(name, "defines") for name in names if name in made]
    names = [name for name in names if name not in made]
    alone = {name: _alone(table[name], inside) for name in names}
    out += [LeftOut(name, "leak", {"auc": f"{alone[name]:.2f}"}) for name in names if alone[name] >= LEAK]
    kept = [name for name in names if alone[name] < LEAK]
    if not kept:
        raise QuestionError(
            "No column is left to compare customers by.",
            " ".join(entry.sentence("en") for entry in out[:5]) or "Load what is known of them.",
        )
    return kept, tuple(out)


def _made_of(seed: Any) -> set[str]:
    """Columns that a segmentation was made of."""
    if not isinstance(seed, Segmentation):
        return set()
    if isinstance(seed, Members):
        return set(seed.columns)
    model = getattr(seed, "model", None)
    return set(model.features) if model else set(ORDERS)


def _alone(column: pd.Series, inside: np.ndarray) -> float:
    """AUC of one column by itself, in whichever direction it is better."""
    if is_number(column):
        values = numbers(column)
        known = np.isfinite(values)
        # Whether a value is missing may tell as much as the value.
        options = [(~known).astype(float), np.where(known, values, np.nanmedian(values))]
    else:
        levels = texts(column)
        rates = levels.map(dict(_rates(levels, inside)))
        options = [rates.to_numpy(float)]
    areas = [auc(option, inside)[0] for option in options]
    return max(max(area, 1 - area) for area in areas)


def _rates(levels: pd.Series, inside: np.ndarray) -> Any:
    import pandas as pd

    return pd.Series(inside.astype(float)).groupby(levels.to_numpy()).mean().items()


def _scored(
    points: np.ndarray, inside: np.ndarray, random: int
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Scores from models that have not seen the customer; scores and weights of the model of all."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold

    from workbench.segments.kmeans import one_thread

    def engine() -> Any:
        return LogisticRegression(C=1.0, max_iter=500)

    held = np.zeros(len(points))
    with one_thread():
        for train, test in StratifiedKFold(FOLDS, shuffle=True, random_state=random).split(points, inside):
            held[test] = engine().fit(points[train], inside[train]).decision_function(points[test])
        whole = engine().fit(points, inside)
        return held, (whole.predict_proba(points)[:, 1], whole.coef_[0])


def _ranked(table: pd.DataFrame, rest: np.ndarray, scores: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    who = table[ID].to_numpy()[rest]
    return pd.DataFrame({ID: who, "score": scores[rest], "rank": np.arange(1, len(rest) + 1)})


def _drivers(learnt: Space, weights: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    rows, at = [], 0
    for scale in learnt.scales:
        levels = getattr(scale, "levels", (None,))
        spread = scale.spread if levels != (None,) else 1.0
        rows += [(scale.name, level, float(weights[at + i]) / spread) for i, level in enumerate(levels)]
        at += scale.width
    found = pd.DataFrame(rows, columns=["feature", "level", "weight"])
    return found.sort_values("weight", key=abs, ascending=False, kind="stable", ignore_index=True)


def _doubts(seeds: int, auc_low: float) -> tuple[Remark, ...]:
    few = (Remark.of("lookalikes_few", count=seeds),) if seeds < FEW else ()
    return few if auc_low > 0.5 else (*few, Remark.of("lookalikes_chance"))
