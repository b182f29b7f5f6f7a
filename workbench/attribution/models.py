"""The models: what each gives a channel credit for, and what it needs to know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import QuestionError, unknown
from workbench.i18n import text


@dataclass(frozen=True)
class Model:
    """One way to share a conversion among the touches before it.

    Attributes:
        id: Name in calls, tables and links.
        by_rule: Whether each journey shares its own conversion; otherwise all journeys are needed.
        data_driven: Whether the data decide the shares.
    """

    id: str
    by_rule: bool = True
    data_driven: bool = False

    def label(self, lang: str) -> str:
        """Name of the model."""
        return text(f"attribution.model_{self.id}", lang)

    def about(self, lang: str) -> str:
        """What it gives credit for, in one sentence."""
        return text(f"attribution.about_{self.id}", lang)


MODELS: dict[str, Model] = {
    model.id: model
    for model in (
        Model("markov", by_rule=False, data_driven=True),
        Model("shapley", data_driven=True),
        Model("last"),
        Model("first"),
        Model("linear"),
        Model("position"),
        Model("time_decay"),
    )
}
"""Model id → model, in the order in which they are shown."""

ALSO = {
    "position_based": "position", "u_shaped": "position", "last_touch": "last", "last_click": "last",
    "first_touch": "first", "first_click": "first", "even": "linear", "removal_effect": "markov",
}  # fmt: skip
"""Other names of the models."""

LARGEST_ORDER = 3
LONGEST_WINDOW = 3650


@dataclass(frozen=True)
class Rules:
    """Parameters of the models and of the journeys, checked.

    Attributes:
        models: The models asked for.
        window_days: Days before a conversion in which a touch counts.
        order: Touches that a state of the Markov chain remembers.
        half_life_days: Days after which a touch weighs half (time decay).
        ends: Credit of the first and the last touch (position); the touches between share the rest.
        direct: `own`: conversions without a touch are a row of their own; `leave_out`: only noted.
        direct_channel: Channel whose touches count only where a journey has no other; empty: none.
    """

    models: tuple[Model, ...]
    window_days: float = 30
    order: int = 1
    half_life_days: float = 7
    ends: tuple[float, float] = (0.4, 0.4)
    direct: str = "own"
    direct_channel: str = ""

    def __post_init__(self) -> None:
        _positive("window_days", self.window_days, LONGEST_WINDOW)
        _positive("half_life_days", self.half_life_days, LONGEST_WINDOW)
        if isinstance(self.order, bool) or self.order not in range(1, LARGEST_ORDER + 1):
            raise QuestionError(f"order={self.order!r} is no order of the chain.", "Use 1, 2 or 3.")
        if self.direct not in ("own", "leave_out"):
            raise unknown("value of direct", self.direct, ("own", "leave_out"))
        _check_ends(self.ends)

    @property
    def by_rule(self) -> tuple[str, ...]:
        """Ids of the models whose credits the query adds up."""
        return tuple(model.id for model in self.models if model.by_rule)

    @property
    def chained(self) -> bool:
        """Whether a model needs the steps of the journeys."""
        return any(not model.by_rule for model in self.models)

    def to_dict(self) -> dict[str, Any]:
        """The parameters as JSON-safe values, without those that no model here uses."""
        used = {model.id for model in self.models}
        return {
            "models": [model.id for model in self.models],
            "window_days": self.window_days,
            **({"order": self.order} if "markov" in used else {}),
            **({"half_life_days": self.half_life_days} if "time_decay" in used else {}),
            **({"ends": list(self.ends)} if "position" in used else {}),
            "direct": self.direct,
            **({"direct_channel": self.direct_channel} if self.direct_channel else {}),
        }


def pick(names: Sequence[str] | None) -> tuple[Model, ...]:
    """The models called so, each once; None: all.

    Raises:
        QuestionError: for an unknown model, or none.
    """
    asked = list(MODELS) if names is None else [_plain(name) for name in names]
    for name in asked:
        if name not in MODELS:
            raise unknown("model", name, MODELS)
    if not asked:
        raise QuestionError("No model is named.", f"Allowed: {', '.join(MODELS)}.")
    return tuple(MODELS[name] for name in dict.fromkeys(asked))


def _plain(name: Any) -> str:
    """The id of a model under another of its names."""
    text = str(name).lower().replace("-", "_").replace(" ", "_")
    return ALSO.get(text, text) if text in MODELS or text in ALSO else str(name)


def _positive(name: str, value: Any, most: float) -> None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number or not 0 < value <= most:
        raise QuestionError(
            f"{name}={value!r} is no number of days.", f"Use a number above 0, at most {most:,}, such as 30."
        )


def _check_ends(ends: Any) -> None:
    try:
        first, last = (float(part) for part in ends)
        fits = first >= 0 and last >= 0 and 0 < first + last <= 1
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise QuestionError(
            f"ends={ends!r} are no shares of the first and the last touch.",
            "Give two shares whose sum is at most 1, such as (0.4, 0.4).",
        )
