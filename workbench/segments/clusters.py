"""Clusters: groups of customers who are alike, found in the data, described, and kept for next month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.remarks import Remark, counts
from workbench.errors import QuestionError
from workbench.i18n import LANGUAGES
from workbench.segments import naming
from workbench.segments.answer import Segmentation
from workbench.segments.clustermodel import ClusterModel
from workbench.segments.people import ID, People, check_columns, people
from workbench.segments.screening import LeftOut, Screened, screened

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.segments.choosing import Quality

MOST = 8
LEAST_CUSTOMERS = 50
"""Customers under whom no clusters are looked for."""
FARTHER = 1.25
"""Times the distance at the fit from which a model no longer describes the customers."""


@dataclass(frozen=True, eq=False)
class Clusters(Segmentation):
    """The answer of `cluster`, and of a saved model's `assign`.

    Attributes:
        model: What puts a customer into a cluster; `.model.save(store, "name")`.
        quality: Quality of the clusters that were taken; None for one cluster or a saved model.
        tried: Quality of each number of clusters that was looked at.
        left_out: Columns that did not shape the clusters, with the reason; `.sentence("en")`.
        facts: What each cluster has more or less of than everybody: `segment, feature, level, value,
            everyone, index, low, high, p, verdict`.
    """

    model: ClusterModel
    quality: Quality | None
    tried: tuple[Quality, ...]
    left_out: tuple[LeftOut, ...]
    facts: pd.DataFrame = field(repr=False)
    people: People = field(repr=False)

    @property
    def k(self) -> int:
        """Number of clusters."""
        return len(self.model.centres)

    def profile(self, lang: str = "en") -> pd.DataFrame:
        """Each cluster in a row, largest at the fit first; those without customers are left out.

        Args:
            lang: `en` or `zh`.

        Returns:
            `segment`; `name` and `label`; `size`; `share` of all customers; the median of each measure
            that shapes the clusters; `money_share` (of all amounts; missing where they are not known);
            `jaccard` (how alike the cluster comes back in other samples, 1: the same customers);
            `sentence`: the persona.
        """
        sizes = self.table["segment"].value_counts()
        kept = [segment for segment in self.model.segments if sizes[segment]]
        rows = self._medians().reindex(kept).reset_index()
        rows.insert(1, "name", [self.name(segment, lang) for segment in kept])
        rows.insert(2, "label", rows["name"])
        rows.insert(3, "size", [int(sizes[segment]) for segment in kept])
        rows.insert(4, "share", rows["size"] / max(1, len(self.table)))
        rows["money_share"] = self._money(kept)
        found = dict(zip(self.model.segments, self.quality.jaccard, strict=True)) if self.quality else {}
        rows["jaccard"] = [found.get(segment, float("nan")) for segment in kept]
        rows["sentence"] = [self._sentence(row, lang) for row in rows.to_dict("records")]
        return rows

    def name(self, segment: str, lang: str = "en") -> str:
        """A cluster's name."""
        known = self.model.names.get(segment)
        return known[lang] if known else str(segment)

    def label(self, segment: str, lang: str = "en") -> str:
        """A cluster's name."""
        return self.name(segment, lang)

    def sentence(self, lang: str = "en") -> str:
        """How many clusters there are, and how far they can be trusted."""
        if self.quality is None:
            key = "clusters.one_cluster" if self.k == 1 else "clusters.as_saved"
            return i18n.text(key, lang, k=self.k)
        entry = self.quality
        return i18n.text(
            "clusters.several",
            lang,
            k=self.k,
            silhouette=f"{entry.silhouette:.2f}",
            sd=f"{entry.silhouette_sd:.2f}",
            expected=f"{entry.expected:.2f}",
            stability=f"{entry.stability:.2f}",
        )

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows`, the model, and what the answer says of itself."""
        table = self.table[[ID, "segment", "distance"]].astype({"segment": object})
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        return {
            "rows": rows,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "model": self.model.to_dict(),
            "left_out": [{"column": entry.column, "reason": entry.reason} for entry in self.left_out],
            "currency": self.currency,
            "remarks": [{"code": remark.code, **remark.values} for remark in self.remarks],
            "data_version": self.data_version,
        }

    def _medians(self) -> pd.DataFrame:
        from workbench.segments.scaling import is_number

        names = [name for name in self.model.features if is_number(self.table[name])]
        groups = self.table.groupby("segment", observed=False)
        return groups[names].median() if names else groups.size().to_frame("size")[[]]

    def _money(self, kept: Sequence[str]) -> list[float]:
        if "monetary" not in self.table or not self.table["monetary"].sum() > 0:
            return [float("nan")] * len(kept)
        money = self.table.groupby("segment", observed=False)["monetary"].sum()
        return [float(money[segment] / self.table["monetary"].sum()) for segment in kept]

    @right_kinds
    def persona(self, segment: str, lang: str = "en") -> list[str]:
        """The persona of a cluster, a sentence each for habits, what it has more of, and what less."""
        mine = self.facts[self.facts["segment"] == segment]
        return naming.persona(mine, self.people.level, self.currency, lang)

    def _sentence(self, row: Mapping[Any, Any], lang: str) -> str:
        mine = self.facts[self.facts["segment"] == row["segment"]]
        return naming.sentence(row, mine, self.people.level, self.currency, lang)

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.profile()[["name", "size", "share", "sentence"]]
        said = [self.sentence(), *(remark.sentence("en") for remark in self.remarks)]
        return shown.to_html(index=False) + "".join(f"<p>{escape(text)}</p>" for text in said)


@right_kinds
def cluster(
    source: Any,
    features: Sequence[str] | None = None,
    k: int | None = None,
    as_of: dt.date | str | None = None,
    id: str | None = None,
    currency: str | None = None,
    most: int = MOST,
    seed: int = 1,
    draws: int = 20,
) -> Clusters:
    """Find groups of customers who are alike, by k-means on robustly scaled measures.

    Without `features` all measures shape the clusters, and categorical columns and flags describe them:
    constants, identifiers, dates and near-duplicates are left out with a reason. Without `k` it is chosen
    by silhouette ± its standard deviation among the numbers whose clusters come back in bootstrap samples;
    where no number shows more structure than a cloud without clusters, the answer is one cluster.

    Args:
        source: A store (its customers with an order: RFM, behaviour, attributes), or a pandas, Polars,
            Arrow or Ibis table with one row a customer.
        features: Columns that shape the clusters; categorical ones then count as much as a measure does.
        k: Number of clusters; None: chosen, from 1 to `most`.
        as_of: Last day that counts in a store; None: the last on which customers acted.
        id: Column of a frame with the customers' ids; None: `customer_id`, else rows are numbered.
        currency: ISO 4217 code of the amounts; needed where a store has several.
        most: Largest number of clusters to look at.
        seed: Of starts and samples; the same customers and seed give the same clusters.
        draws: Bootstrap samples.

    Returns:
        `.table`: the customers with `segment` (`c1` is the largest; missing where nothing is known of a
        customer) and `distance` to its centroid; `.profile()` with a persona each; `.model`.

    Raises:
        InputError: for what is no table, or ids that repeat.
        QuestionError: for unknown features, fewer than 50 complete customers, or a k that cannot be.
    """
    who = people(source, as_of, id, currency)
    check_columns(who.table, features or ())
    used = screened(who.table, features)
    if not used.shaping:
        raise QuestionError(
            "No column tells the customers apart.",
            "Give measures that differ: " + " ".join(entry.sentence("en") for entry in used.left_out[:5]),
        )
    return _Fit(who, used, seed).make(k, most, draws)


@dataclass(frozen=True, eq=False)
class _Fit:
    who: People
    used: Screened
    seed: int

    def make(self, k: int | None, most: int, draws: int) -> Clusters:
        """Scale, choose k, find the centroids, and name what was found."""
        import numpy as np

        from workbench.segments.kmeans import centroids, one_thread
        from workbench.segments.scaling import space

        learnt = space(self.who.table, self.used.shaping)
        points = learnt.points(self.who.table)
        whole = points[np.isfinite(points).all(axis=1)]
        tried, taken = self._chosen(whole, k, most, draws)
        number = k or (taken.k if taken else 1)
        with one_thread():
            centres = centroids(whole, number, self.seed)
        bare = ClusterModel(
            learnt, tuple(map(tuple, centres.tolist())), {}, 0.0, self.who.currency, self.seed, {}
        )
        where, far, _ = bare.place(self.who.table)
        facts = self._facts(bare, where)
        model = _named(bare, facts, self.who, float(np.nanmean(far)), taken, len(whole))
        said = _doubts(tried, taken)
        return _answer(model, self.who, facts, said, taken, tried, self.used.left_out)

    def _chosen(
        self, whole: np.ndarray, k: int | None, most: int, draws: int
    ) -> tuple[tuple[Quality, ...], Quality | None]:
        """Qualities of the numbers looked at, and the one taken; None: one cluster."""
        from workbench.segments.choosing import best, judged

        _check(len(whole), k, most, draws)
        if k == 1:
            return (), None
        tried = judged(whole, [k] if k else range(2, most + 1), self.seed, draws)
        taken = tried[0] if k else best(tried)
        return tried, taken if k or taken.structured else None

    def _facts(self, model: ClusterModel, where: np.ndarray) -> pd.DataFrame:
        from workbench.segments.personas import facts

        columns = [*self.used.shaping, *_telling(self.used.describing)]
        return facts(self.who.table, _segments(model, where), model.segments, columns)


def assigned(
    model: ClusterModel, source: Any, as_of: dt.date | str | None, id: str | None, currency: str | None
) -> Clusters:
    """Customers in the clusters of a model; see `ClusterModel.assign`."""
    import numpy as np

    from workbench.segments.personas import facts

    who = people(source, as_of, id, currency)
    if who.currency != model.currency and any(name in model.features for name in naming.MONEY):
        raise QuestionError(
            f"These amounts are in {who.currency}, and the clusters were made in {model.currency}.",
            f"Convert the amounts, or say currency={model.currency!r} where the frame is in it.",
        )
    where, far, _ = model.place(who.table)
    telling = _telling(screened(who.table).describing)
    columns = [*model.features, *(name for name in telling if name not in model.features)]
    found = facts(who.table, _segments(model, where), model.segments, columns)
    times = float(np.nanmean(far)) / model.distance if model.distance > 0 and len(far) else 1.0
    said = (Remark.of("clusters_farther", times=f"{times:.1f}"),) if times >= FARTHER else ()
    return _answer(model, who, found, said, None, (), ())


def _telling(traits: Sequence[str]) -> tuple[str, ...]:
    """Traits worth telling; the rhythm only repeats the number of orders."""
    return tuple(name for name in traits if name != "rhythm")


def _check(n: int, k: int | None, most: int, draws: int) -> None:
    if n < LEAST_CUSTOMERS:
        raise QuestionError(
            f"Only {n} customers have all features.",
            f"Clusters need {LEAST_CUSTOMERS}; leave out features with gaps, or load more customers.",
        )
    if (k is not None and not 1 <= k <= n // 10) or most < 2 or draws < 2:
        raise QuestionError(
            f"k={k}, most={most}, draws={draws} cannot be.",
            f"Ask for 1 to {n // 10} clusters, most of at least 2 and at least 2 draws.",
        )


def _segments(model: ClusterModel, where: np.ndarray) -> np.ndarray:
    """Cluster of each customer as text; None for −1."""
    import numpy as np

    found: np.ndarray = np.array([*model.segments, None], object)[where]
    return found


def _named(
    bare: ClusterModel, facts: pd.DataFrame, who: People, distance: float, taken: Quality | None, n: int
) -> ClusterModel:
    from dataclasses import replace

    said = {lang: naming.names(facts, bare.segments, who.level, lang) for lang in LANGUAGES}
    fitted: dict[str, Any] = {"customers": n, "data_version": who.data_version}
    fitted["as_of"] = who.as_of.isoformat() if who.as_of else None
    if taken:
        fitted |= {name: getattr(taken, name) for name in ("silhouette", "silhouette_sd", "stability")}
    known = {segment: {lang: said[lang][segment] for lang in LANGUAGES} for segment in bare.segments}
    return replace(bare, names=known, distance=distance, fitted=fitted)


def _doubts(tried: Sequence[Quality], taken: Quality | None) -> tuple[Remark, ...]:
    """What a reader must know before trusting the clusters."""
    from workbench.segments.choosing import STABLE

    if taken is None:
        return (Remark.of("clusters_none"),) if tried else ()
    found = [] if taken.structured else [Remark.of("clusters_cloud", k=taken.k)]
    if not taken.stable:
        found.append(
            Remark.of("clusters_unstable", stability=f"{taken.stability:.2f}", least=f"{STABLE:.1f}")
        )
    weak = sum(share < 0.6 for share in taken.jaccard)
    if taken.stable and weak:
        found.append(Remark.of("clusters_weak", count=weak))
    return tuple(found)


def _answer(
    model: ClusterModel,
    who: People,
    facts: pd.DataFrame,
    said: tuple[Remark, ...],
    taken: Quality | None,
    tried: tuple[Quality, ...],
    left_out: tuple[LeftOut, ...],
) -> Clusters:
    import pandas as pd

    where, far, gaps = model.place(who.table)
    segment = pd.Categorical.from_codes(where, pd.Index(model.segments))
    missing = counts(clusters_gaps=int((gaps & (where >= 0)).sum()), clusters_nowhere=int((where < 0).sum()))
    return Clusters(
        table=who.table.assign(segment=segment, distance=far),
        as_of=who.as_of,  # type: ignore[arg-type]
        thresholds=MappingProxyType({}),
        currency=who.currency,
        remarks=said + missing + who.remarks,
        data_version=who.data_version,
        sql=who.sql,
        model=model,
        quality=taken,
        tried=tried,
        left_out=left_out,
        facts=facts,
        people=who,
    )
