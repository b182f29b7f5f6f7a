"""Saved clusters: scales and centroids, so that next month's customers land in the same clusters."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.errors import InputError, QuestionError
from workbench.schema import NO_CURRENCY
from workbench.segments.scaling import Space

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np
    import pandas as pd

    from workbench.data import Store
    from workbench.saved import Item
    from workbench.segments.clusters import Clusters

KIND = "clusters"
FORM = 1


@dataclass(frozen=True)
class ClusterModel:
    """Everything that says in which cluster a customer is.

    Attributes:
        space: Scales of the features.
        centres: Centroids in that space, one a cluster.
        names: Cluster → language → name.
        distance: Mean distance of a customer to the centroid at the fit, a coordinate.
        currency: ISO 4217 code of the amounts; `XXX`: not known.
        seed: Of the fit.
        fitted: What it was fitted on: `as_of`, `data_version`, `customers`, and of the quality
            `silhouette`, `silhouette_sd`, `stability`.
    """

    space: Space
    centres: tuple[tuple[float, ...], ...]
    names: Mapping[str, Mapping[str, str]] = field(hash=False)
    distance: float
    currency: str
    seed: int
    fitted: Mapping[str, Any] = field(hash=False)

    @property
    def segments(self) -> tuple[str, ...]:
        """Ids of the clusters, largest first at the fit."""
        return tuple(f"c{at + 1}" for at in range(len(self.centres)))

    @property
    def features(self) -> tuple[str, ...]:
        """Columns that it reads."""
        return self.space.names

    @property
    def mark(self) -> str:
        """What tells it from other models: the same scales and centroids have the same mark."""
        told = {"features": self.space.to_dict(), "centres": self.centres}
        return hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=5).hexdigest()

    @right_kinds
    def place(self, table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Cluster of each customer (its position; −1: nothing known), distance, and whether there are gaps.

        Raises:
            QuestionError: for a column that is missing.
        """
        import numpy as np

        from workbench.segments.kmeans import nearest
        from workbench.segments.people import check_columns

        check_columns(table, self.features)
        points = self.space.points(table)
        where, far = nearest(points, np.array(self.centres))
        return where, far, ~np.isfinite(points).all(axis=1)

    @right_kinds
    def assign(
        self,
        source: Any,
        as_of: dt.date | str | None = None,
        id: str | None = None,
        currency: str | None = None,
    ) -> Clusters:
        """Put customers, these or later ones, into the clusters of this model.

        Args:
            source: A store, or a frame with the same columns.
            as_of: Last day that counts in a store; None: the last on which customers acted.
            id: Column of a frame with the ids.
            currency: ISO 4217 code of the amounts.

        Returns:
            The answer, as `cluster` gives it, with the names of the model. A remark says when these
            customers lie much farther from the centroids than those of the fit.

        Raises:
            QuestionError: for a missing column, or amounts in another currency than the model's.
        """
        from workbench.segments.clusters import assigned

        return assigned(self, source, as_of, id, currency)

    @right_kinds
    def save(self, store: Store, name: str, who: str | None = None, shared: bool = False) -> Item:
        """Save it in the store's workspace under a name.

        Args:
            store: The store.
            name: What people call it.
            who: Its owner; None: who acts here.
            shared: Whether others see it.

        Raises:
            Refused: for a name that is taken or cannot be shown.
        """
        from workbench import saved

        return saved.create(store.path, KIND, name, self.to_dict(), who, shared)

    def to_dict(self) -> dict[str, Any]:
        """JSON values, from which `from_dict` makes the same model."""
        return {
            "form": FORM,
            "features": self.space.to_dict(),
            "centres": [list(centre) for centre in self.centres],
            "names": {segment: dict(known) for segment, known in self.names.items()},
            "distance": self.distance,
            "currency": self.currency,
            "seed": self.seed,
            "fitted": {key: value for key, value in self.fitted.items() if value is not None},
        }

    def to_json(self) -> str:
        """As `to_dict`, as text."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> ClusterModel:
        """The model that `to_dict` wrote down.

        Raises:
            InputError: for content that is none.
        """
        try:
            if content["form"] != FORM:
                raise InputError(
                    f"This cluster model has the form {content['form']!r}; this workbench reads {FORM}.",
                    "Update the workbench, or make the clusters again.",
                )
            return cls(
                space=Space.from_dict(content["features"]),
                centres=tuple(tuple(map(float, centre)) for centre in content["centres"]),
                names=content["names"],
                distance=float(content["distance"]),
                currency=str(content["currency"]),
                seed=int(content["seed"]),
                fitted=content.get("fitted", {}),
            )
        except (KeyError, TypeError, ValueError) as problem:
            raise InputError(
                f"This is no cluster model: {problem!r}.", "Give what to_dict or to_json wrote."
            ) from None


@right_kinds
def clusters_of(
    store: Store, name: str, as_of: dt.date | str | None = None, who: str | None = None
) -> Clusters:
    """Customers of a store in the clusters of a model that was saved there.

    Args:
        store: The store.
        name: Name or id of the saved model.
        as_of: Last day that counts; None: the last on which customers acted.
        who: The person; None: who acts here.

    Raises:
        QuestionError: where there is no such model, or the store lacks a column.
        InputError: where its file is damaged.
    """
    model = load_clusters(store, name, who)
    return model.assign(store, as_of, currency=None if model.currency == NO_CURRENCY else model.currency)


@right_kinds
def load_clusters(store: Store, name: str, who: str | None = None) -> ClusterModel:
    """A cluster model that was saved.

    Args:
        store: The store in whose workspace it is.
        name: Its name or id.
        who: The person; None: who acts here.

    Raises:
        QuestionError: where there is none of that name.
        InputError: where its file is damaged.
    """
    from workbench import saved

    known = saved.items(store.path, KIND, who)
    found = [item for item in known if name in (item.id, item.name)]
    if not found:
        names = ", ".join(item.name for item in known) or "none"
        raise QuestionError(f"There is no cluster model {name!r}.", f"Saved ones: {names}.")
    return ClusterModel.from_dict(found[0].content)
