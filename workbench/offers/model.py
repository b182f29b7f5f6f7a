"""The answer of `fit`: what to offer, to whom, why, and how often such offers came true."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.cards.permits import MARKETING
from workbench.errors import QuestionError
from workbench.i18n import formats
from workbench.offers.baskets import Baskets
from workbench.offers.check import top
from workbench.offers.pool import chunks, open_to, pooled
from workbench.offers.rules import LEAST_ORDERS, rules_of
from workbench.offers.ways import WAYS, Ways

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

SURE = 0.05
COLUMNS = ("customer_id", "rank", "product_id", "kind", "because", "how", "chance")


@dataclass(frozen=True, eq=False)
class OfferModel:
    """What was learnt about the next best offer.

    Attributes:
        as_of: Last day that counted.
        horizon_days: Length of the windows.
        k: Offers a customer in the check.
        weights: Way → its weight in the pool: `popular`, `rules`, `alike` (item–item), `content`.
        check: Hit rate@k and coverage in the last window, which nothing was learnt from: `method, customers,
            hits, hit_rate, low, high, over_popular, over_low, over_high, p_value, coverage`.
        data_version: Version of the store.
        store: The store.
        baskets: What was bought.
        ways: The four ways, learnt from all of it.
    """

    as_of: dt.date
    horizon_days: int
    k: int
    weights: Mapping[str, float]
    check: pd.DataFrame
    data_version: int
    store: Store = field(repr=False)
    baskets: Baskets = field(repr=False)
    ways: Ways = field(repr=False)

    @right_kinds
    def offers(
        self,
        customers: Iterable[str] | None = None,
        k: int = 3,
        channel: str | None = None,
        purpose: str = MARKETING,
    ) -> pd.DataFrame:
        """The best offers of customers who may be addressed.

        Args:
            customers: Pseudonyms; None: everybody who has bought.
            k: Offers a customer.
            channel: Where they will be told; consent counts there. None: any channel with consent.
            purpose: Purpose that the consent must be for.

        Returns:
            Best first: `customer_id`, `rank`, `product_id`; `kind` (`up_sell`: the dearest of a category of
            which the customer has a cheaper product; else `cross_sell`); `chance` (share of this product in
            what the customer buys new, by the model); `because` (the owned product that speaks most for it;
            missing for who has bought nothing); `how` (`together`, or `popular` for newcomers). `.attrs`:
            `asked`, `opted_out` (customers left out because they may not be addressed).

        Raises:
            QuestionError: for a purpose or channel that no consent names, or k under 1.
        """
        import pandas as pd

        if k < 1:
            raise QuestionError(f"k is {k!r}, which makes no sense.", "Give a whole number above 0.")
        asked = list(self.baskets.customers) if customers is None else list(dict.fromkeys(customers))
        may = self._allowed(asked, channel, purpose)
        rows = [
            row for names, owned, chance in self._parts(may) for row in self._ranked(names, owned, chance, k)
        ]
        table = pd.DataFrame(rows, columns=list(COLUMNS))
        table.attrs = {"asked": len(asked), "opted_out": len(asked) - len(may)}
        return table

    @right_kinds
    def rules(self, least: int = LEAST_ORDERS) -> pd.DataFrame:
        """What stands together in one order: support, confidence and lift with intervals."""
        return rules_of(self.baskets, least)

    def sentence(self, lang: str = "en") -> str:
        """How often the offers came true, beside what is popular."""
        rows = {row["method"]: row for row in self.check.to_dict("records")}
        ours, usual = rows["together"], rows["popular"]
        better = ours["over_popular"] > 0 and ours["p_value"] < SURE
        shown = ("hit_rate", "low", "high", "coverage")
        return i18n.text(
            "offers.better" if better else "offers.no_better",
            lang,
            n=formats.number(ours["customers"], lang),
            k=self.k,
            days=self.horizon_days,
            popular=formats.percent(usual["hit_rate"], lang, 1),
            **{name: formats.percent(ours[name], lang, 1) for name in shown},
        )

    def to_frame(self) -> pd.DataFrame:
        """A copy of the check."""
        return self.check.copy()

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `rows` of the check, the weights, what the model says of itself."""
        rows = [
            {name: None if value != value else value for name, value in row.items()}
            for row in self.check.to_dict("records")
        ]
        about = {name: getattr(self, name) for name in ("horizon_days", "k", "data_version")}
        return {"rows": rows, "weights": dict(self.weights), "as_of": self.as_of.isoformat(), **about}

    def _repr_html_(self) -> str:
        from html import escape

        return f"<p>{escape(self.sentence())}</p>{self.check.to_html(index=False)}"

    def _allowed(self, asked: list[str], channel: str | None, purpose: str) -> list[str]:
        """Customers with a consent; nobody where the workspace knows none."""
        from workbench.privacy import allowed

        if "consent" not in self.store.tables or not asked:
            return []
        end = dt.datetime.combine(self.as_of, dt.time.max, dt.UTC)
        channels = [channel] if channel else self._channels()
        granted = [allowed(self.store, asked, purpose, name, end)["allowed"].to_numpy() for name in channels]
        return [name for at, name in enumerate(asked) if any(part[at] for part in granted)]

    def _channels(self) -> list[str]:
        from workbench.privacy.consent import EVERY

        table = self.store.table("consent")
        rows = self.store.query(table.select("channel").distinct().order_by("channel"))["channel"].to_pylist()
        return [name for name in rows if name and name != EVERY] or [EVERY]

    def _parts(self, names: list[str]) -> Any:
        """Chunks of customers: names, what they own, chances."""
        import numpy as np
        from scipy.sparse import vstack

        place = {name: at for at, name in enumerate(self.baskets.customers)}
        owned = self.baskets.owned()
        nothing = owned[:0].copy()
        nothing.resize((1, owned.shape[1]))
        weight = np.array([self.weights[way] for way in WAYS])
        whole = vstack([owned, nothing]).tocsr()
        rows = np.array([place.get(name, len(place)) for name in names], np.int64)
        for part in chunks(len(names), owned.shape[1]):
            mine = whole[rows[part]]
            yield names[part], mine, pooled(self.ways, weight, mine)

    def _ranked(self, names: list[str], owned: Any, chance: np.ndarray, k: int) -> Iterable[tuple[Any, ...]]:
        import numpy as np

        open_ = open_to(owned)
        best = top(np.where(open_, chance, -1.0), k)
        shown, column = np.unique(best, return_inverse=True)
        pull = (self.ways.alike + self.ways.confidence).tocsc()[:, shown].toarray()
        column = column.reshape(best.shape)
        for at, name in enumerate(names):
            have = owned.indices[owned.indptr[at] : owned.indptr[at + 1]]
            for rank, product in enumerate(best[at]):
                if open_[at, product]:
                    told = self._told(int(product), have, pull[have, column[at, rank]])
                    yield name, rank + 1, self.baskets.products[product], *told, float(chance[at, product])

    def _told(self, product: int, have: np.ndarray, pull: np.ndarray) -> tuple[Any, ...]:
        """Kind of the offer, the owned product that speaks most for it, and how it was found."""
        if not len(have):
            return "cross_sell", None, "popular"
        because = self.baskets.products[have[pull.argmax()]] if pull.max() > 0 else None
        return "up_sell" if self._is_dearer(product, have) else "cross_sell", because, "together"

    def _is_dearer(self, product: int, have: np.ndarray) -> bool:
        """Whether everything owned of the category is cheaper."""
        same = have[self.baskets.category[have] == self.baskets.category[product]]
        return bool(len(same) and (self.baskets.price[same] < self.baskets.price[product]).all())
