"""The answer of `propensity`: who will do it, what matters, and how well it held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.arguments import right_kinds
from workbench.customers.calibration import Recalibration, ranking
from workbench.customers.chosen import Chosen, chosen
from workbench.customers.estimators import Estimator, one_thread
from workbench.customers.remarks import Remark
from workbench.i18n import formats

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

SHUFFLED = 2_500
"""Rows of the hold-out whose features are shuffled for the drivers."""

REPEATS = 3
STEPS = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Quantiles at which a number is set to see what that does."""

MOST_NAMES = 8


@dataclass(frozen=True, eq=False)
class HoldOut:
    """How the model did in a window it never saw.

    Attributes:
        figures: `n, share` (of positive outcomes); `auc` with `_low, _high`; `ece` after and `ece_raw` before
            calibration, `ece_noise, ece_limit` (what right probabilities show: mean and 95% limit); `brier`
            with `_low, _high`, and `brier_base` (of the share alone).
        curve, curve_raw: Foretold against came, after and before calibration: `foretold, came, low, high, n`.
        lift: One row a tenth, best first: `decile, n, foretold, came, low, high, lift, lift_low, lift_high,
            captured` (share of all positive outcomes so far).
        gains: The same by depth: `depth, customers, found, share, share_low, share_high, lift, low, high`
            (`gains.lift_curve`).
    """

    figures: Mapping[str, float]
    curve: pd.DataFrame = field(repr=False)
    curve_raw: pd.DataFrame = field(repr=False)
    lift: pd.DataFrame = field(repr=False)
    gains: pd.DataFrame = field(repr=False)

    @property
    def useful(self) -> bool:
        """Whether it ranks better than chance, and its squared error beats everybody's share."""
        return self.figures["auc_low"] > 0.5 and self.figures["brier"] < self.figures["brier_base"]


@dataclass(frozen=True, eq=False)
class PropensityModel:
    """The answer of `propensity`.

    Attributes:
        outcome: `buy`, `churn` or `respond`.
        as_of: Last day that was known.
        horizon_days: Length of a window.
        kind: `boosting` or `logistic`.
        windows: First days of the windows, latest first: test, calibration, learning.
        learnt: Rows behind the model that predicts.
        holdout: How it did in the latest window, learnt and calibrated on earlier ones.
        remarks: What to mind; `.sentence("en")`.
        data_version: Version of the store.
        seed: Of the random numbers.
        estimator, calibration: The model that predicts.
        tried, test: The model that was tested, and what it was tested on.
        today: Features on `as_of`.
    """

    outcome: str
    as_of: dt.date
    horizon_days: int
    kind: str
    windows: tuple[dt.date, ...]
    learnt: int
    holdout: HoldOut
    remarks: tuple[Remark, ...]
    data_version: int
    seed: int
    estimator: Estimator = field(repr=False)
    calibration: Recalibration = field(repr=False)
    tried: tuple[Estimator, Recalibration] = field(repr=False)
    test: tuple[pd.DataFrame, np.ndarray] = field(repr=False)
    today: pd.DataFrame = field(repr=False)

    def predict(self) -> pd.DataFrame:
        """The probability of each customer in the horizon after `as_of`.

        Returns:
            One row a customer (for `respond` a customer × method: a contact tomorrow): `customer_id`,
            `method`; `p`, calibrated; `p_low, p_high`: 95% interval of the share of customers with this
            score who do it (uncertainty of the calibration, not of one person: that is yes or no).
        """
        import pandas as pd

        score = self.estimator.score(self.today)
        low, high = self.calibration.interval(score)
        columns: dict[str, Any] = {"customer_id": self.today.index}
        if self.outcome == "respond":
            columns["method"] = self.today["method"].to_numpy()
        columns |= {"p": self.calibration.apply(score), "p_low": low, "p_high": high}
        return pd.DataFrame(columns).sort_values(["customer_id"], kind="stable", ignore_index=True)

    def drivers(self, lang: str = "en") -> pd.DataFrame:
        """What the model goes by, most important first, measured on the hold-out.

        Args:
            lang: `en` or `zh`.

        Returns:
            `feature`, `label`; `importance` (AUC lost when it is shuffled, Breiman 2001) with its `sd` over
            repeats; `low_value, p_low` and `high_value, p_high`: where it is set for everybody, the value
            with the smallest and the largest mean probability (Friedman 2001); `sentence`. Features that tell
            the same share their importance; a driver is what goes along with the outcome, not its cause.
        """
        import pandas as pd

        rows = self._drivers()
        found = pd.DataFrame(rows).sort_values("importance", ascending=False, ignore_index=True)
        found.insert(1, "label", [feature_label(name, lang) for name in found["feature"]])
        return found.assign(sentence=[_driver_sentence(row, lang) for row in found.to_dict("records")])

    def sentence(self, lang: str = "en") -> str:
        """How well it held, in words."""
        figures, top = self.holdout.figures, self.holdout.lift.iloc[0]
        return i18n.text(
            "customers.propensity",
            lang,
            outcome=i18n.text(f"customers.outcome_{self.outcome}", lang),
            day=formats.date(self.windows[0], lang),
            days=formats.number(self.horizon_days, lang),
            auc=formats.number(figures["auc"], lang, 2),
            low=formats.number(figures["auc_low"], lang, 2),
            high=formats.number(figures["auc_high"], lang, 2),
            lift=formats.number(top["lift"], lang, 1),
            top=formats.percent(top["came"], lang, 1),
            share=formats.percent(figures["share"], lang, 1),
            ece=formats.percent(figures["ece"], lang, 1),
        )

    @right_kinds
    def best(self, share: float = 0.2) -> Chosen:
        """Whom to address: the customers with the highest probability, and what they will probably do.

        Args:
            share: Of the customers, above 0 and up to 1.

        Returns:
            `.table` (one row a customer), `.customers`, `.expected` with its 95% interval, `.sentence(lang)`.

        Raises:
            QuestionError: for another share.
        """
        return chosen(self, share)

    @property
    def table(self) -> pd.DataFrame:
        """A copy of `holdout.lift`: groups, no single customer."""
        return self.holdout.lift.copy()

    def to_frame(self) -> pd.DataFrame:
        """As `predict`."""
        return self.predict()

    @right_kinds
    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The groups of the hold-out as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.table, path)

    def to_dict(self) -> dict[str, Any]:
        """JSON values: `figures` and `rows` (lift by tenth) of the hold-out, and about the model."""
        return {
            "rows": self.holdout.lift.to_dict("records"),
            "figures": dict(self.holdout.figures),
            "outcome": self.outcome,
            "as_of": self.as_of.isoformat(),
            "horizon_days": self.horizon_days,
            "kind": self.kind,
            "windows": [day.isoformat() for day in self.windows],
            "remarks": [{"code": remark.code, **remark.values} for remark in self.remarks],
            "data_version": self.data_version,
        }

    def _repr_html_(self) -> str:
        from html import escape

        said = "".join(f"<p>{escape(remark.sentence('en'))}</p>" for remark in self.remarks)
        return f"<p>{escape(self.sentence('en'))}</p>{self.holdout.lift.to_html(index=False)}{said}"

    def _drivers(self) -> list[dict[str, Any]]:
        import numpy as np

        table, happened = self.test
        some = np.random.default_rng([self.seed, 5]).permutation(len(table))[:SHUFFLED]
        code = self.tried[0].encoder
        matrix = code.encode(table.iloc[some])
        with one_thread():
            whole = ranking(self.tried[0].of(matrix), happened[some])[0]
            lost = [self._lost(matrix, happened[some], at, whole) for at in range(len(code.columns))]
            ends = [self._ends(matrix, at) for at in range(len(code.columns))]
        return [
            {"feature": name, "importance": float(np.mean(gone)), "sd": float(np.std(gone, ddof=1)), **end}
            for name, gone, end in zip(code.columns, lost, ends, strict=True)
        ]

    def _lost(self, matrix: np.ndarray, happened: np.ndarray, at: int, whole: float) -> list[float]:
        """AUC lost when a column is shuffled."""
        import numpy as np

        rng = np.random.default_rng([self.seed, 6])
        found = []
        for _ in range(REPEATS):
            mixed = matrix.copy()
            mixed[:, at] = rng.permutation(mixed[:, at])
            found.append(whole - ranking(self.tried[0].of(mixed), happened)[0])
        return found

    def _ends(self, matrix: np.ndarray, at: int) -> dict[str, Any]:
        """Where a column is set for everybody: the values with the smallest and largest mean probability."""
        import numpy as np

        model, moved = self.tried
        code = model.encoder
        known = matrix[:, at][~np.isnan(matrix[:, at])]
        named = code.names.get(code.columns[at])
        values = (
            np.bincount(known.astype(int)).argsort()[::-1][:MOST_NAMES]
            if named
            else np.unique(np.quantile(known, STEPS))
        )
        found = {}
        for value in values:
            same = matrix.copy()
            same[:, at] = value
            found[named[int(value)] if named else float(value)] = float(moved.apply(model.of(same)).mean())
        low, high = min(found, key=found.__getitem__), max(found, key=found.__getitem__)
        return {"low_value": low, "p_low": found[low], "high_value": high, "p_high": found[high]}


def feature_label(name: str, lang: str) -> str:
    """A feature in words; an own one by its own name."""
    key = f"customers.feature_{name}"
    return i18n.text(key, lang) if key in i18n.texts() else name


def _driver_sentence(row: Mapping[Any, Any], lang: str) -> str:
    shown = {name: _shown(row[name], lang) for name in ("low_value", "high_value")}
    shares = {name: formats.percent(row[name], lang, 1) for name in ("p_low", "p_high")}
    return i18n.text("customers.driver", lang, label=row["label"], **shown, **shares)


def _shown(value: Any, lang: str) -> str:
    if isinstance(value, str):
        return value
    return formats.number(float(value), lang, 0 if abs(value) >= 10 or float(value).is_integer() else 2)
