"""Several models side by side, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from workbench.attribution.answer import DIRECT, FEWEST_OUTCOMES, Attribution, origin, published, rows
from workbench.errors import unknown
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from workbench.metrics.periods import Period


@dataclass(frozen=True, eq=False)
class Models:
    """Answers of several models about the same journeys.

    Attributes:
        answers: One a model, in the order asked for.
    """

    answers: tuple[Attribution, ...]

    @property
    def by(self) -> str:
        """What a row is."""
        return self.answers[0].by

    @property
    def currency(self) -> str:
        """ISO 4217 code of the values."""
        return self.answers[0].currency

    @property
    def period(self) -> Period | None:
        """Days that are answered; None: all rows."""
        return self.answers[0].period

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a model and member: `model`, then the columns of `Attribution.table`."""
        import pandas as pd

        parts = [answer.table.assign(model=answer.model.id) for answer in self.answers]
        table = pd.concat(parts, ignore_index=True)
        return table[["model", *(name for name in table.columns if name != "model")]]

    def __getitem__(self, model: str) -> Attribution:
        """The answer of one model."""
        found = {answer.model.id: answer for answer in self.answers}
        if model not in found:
            raise unknown("model", model, found)
        return found[model]

    def to_frame(self) -> pd.DataFrame:
        """Shares side by side: one row a member, one column a model, in the order of the first model."""
        wide = self.table.pivot(index=self.by, columns="model", values="share")
        models = [answer.model.id for answer in self.answers]
        return wide.loc[self.answers[0].table[self.by], models].rename_axis(columns=None).reset_index()

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON-safe values."""
        first = self.answers[0]
        return {
            "by": self.by,
            "rules": first.rules.to_dict(),
            "conversions": first.conversions,
            "value": first.value,
            "currency": first.currency,
            **origin(first),
            "rows": rows(self.table),
        }

    def sentence(
        self, lang: str = "en", names: Mapping[str, str] | None = None, model: str | None = None
    ) -> str:
        """Who gets most by a model (the first), and for whom the models differ most.

        Args:
            lang: `en` or `zh`.
            names: Member → how it is called.
            model: Id of the model that is quoted.
        """
        said = (self[model] if model else self.answers[0]).sentence(lang, names)
        wide = self.to_frame().set_index(self.by).drop(index=DIRECT, errors="ignore")
        if len(self.answers) < 2 or len(wide) < 2:
            return said
        gap = wide.max(axis=1) - wide.min(axis=1)
        member = str(gap.idxmax())
        shares = dict(zip(wide.columns, wide.loc[member].to_numpy(float), strict=True))
        low, high = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
        more = text(
            "attribution.differ",
            lang,
            member=(names or {}).get(member, member),
            low=formats.percent(shares[low], lang, 1),
            low_model=self[low].model.label(lang),
            high=formats.percent(shares[high], lang, 1),
            high_model=self[high].model.label(lang),
        )
        return f"{said}{'' if lang == 'zh' else ' '}{more}"

    def published(self, least: int = FEWEST_OUTCOMES) -> pd.DataFrame:
        """The table as it may leave: members with fewer converting journeys are added up as `(other)`."""
        return published(self.table, ["model", self.by], least)

    def to_csv(self, path: str | Path | None = None) -> bytes:
        """The publishable table as CSV that no spreadsheet runs; also written to `path`."""
        from workbench import exports

        return exports.csv(self.published(), path)

    def _repr_html_(self) -> str:
        from html import escape

        shown = self.to_frame().to_html(index=False, na_rep=formats.MISSING, float_format="{:.1%}".format)
        return f"<p>{escape(self.sentence())}</p>{shown}"
