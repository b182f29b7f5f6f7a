"""Figures that reports keep, and what moved since an earlier report said them."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.widgets.figures import MIME, figure

if TYPE_CHECKING:
    from nbformat import NotebookNode

_EQUAL = 1e-9
"""Relative difference up to which two figures are the same."""
_SHOWN = 5


@dataclass(frozen=True)
class Moved:
    """A figure that another report, on older data, said otherwise.

    Attributes:
        name: Of the figure.
        label: How a reader knows it.
        unit: Its unit.
        currency: Of an amount.
        start: First day that it is of, in ISO form; may be empty.
        end: Last day.
        before: What was said; None: unknown then.
        now: What it is now.
        run: The run that said it.
        data_version: Its data version.
        said: When, in ISO form.
    """

    name: str
    label: str
    unit: str
    currency: str
    start: str
    end: str
    before: float | None
    now: float | None
    run: str
    data_version: int
    said: str

    @property
    def size(self) -> float:
        """How far it moved, relative to what was said; infinite where that was nothing."""
        if not self.before or self.now is None:
            return math.inf
        return abs(self.now / self.before - 1)


def record(
    name: str,
    value: float | None,
    unit: str = "count",
    label: str = "",
    currency: str = "",
    days: tuple[str, str] = ("", ""),
) -> None:
    """Keep a figure of a notebook in its report's manifest, so that the next run can tell what moved.

    Args:
        name: What it is called from run to run.
        value: The figure; None: unknown.
        unit: `count`, `money`, `percent`, `share`, `multiple` or `days`.
        label: How a reader knows it; empty: its name.
        currency: ISO 4217 code of an amount.
        days: First and last day that it is of, in ISO form.
    """
    import builtins

    display = getattr(builtins, "display", None)  # notebooks have it; anywhere else nothing keeps the figure
    amount = None if value is None or not math.isfinite(value) else float(value)
    if display:
        display({MIME: [figure(name, amount, unit, label, currency, days)]}, raw=True)


def collect(notebook: NotebookNode) -> list[dict[str, Any]]:
    """The figures in the outputs of an executed notebook; of two of one key the last one counts."""
    found = [
        item
        for cell in notebook.cells
        for output in cell.get("outputs", ())
        for item in output.get("data", {}).get(MIME, ())
    ]
    return list({_key(item): dict(item) for item in found}.values())


def moved(
    now: Iterable[Mapping[str, Any]], version: int, earlier: Iterable[Mapping[str, Any]]
) -> list[Moved]:
    """Figures that an earlier report on other data said otherwise, the largest difference first.

    Args:
        now: Figures of this run.
        version: Its data version.
        earlier: Manifests of earlier runs of the same report, the newest first.
    """
    left = {_key(item): item for item in now}
    found = []
    for manifest in earlier:
        if not left:
            break
        for item in manifest.get("figures", ()):
            fresh = left.pop(_key(item), None)
            if fresh and manifest["data_version"] != version and not _same(item["value"], fresh["value"]):
                found.append(_moved(fresh, item["value"], manifest))
    return sorted(found, key=lambda item: -item.size)


def sentences(found: list[Moved], lang: str) -> list[str]:
    """What moved, in words: one sentence a figure, the largest first; the rest is counted."""
    told = [_sentence(item, lang) for item in found[:_SHOWN]]
    more = len(found) - _SHOWN
    return told + ([i18n.text("reports.moved_more", lang, n=more)] if more > 0 else [])


def as_dicts(found: list[Moved]) -> list[dict[str, Any]]:
    """What moved, as plain values."""
    return [asdict(item) for item in found]


def _moved(fresh: Mapping[str, Any], before: float | None, manifest: Mapping[str, Any]) -> Moved:
    kept = {name: fresh[name] for name in ("name", "label", "unit", "currency", "start", "end")}
    run, version, said = manifest["run"], manifest["data_version"], str(manifest["finished"])
    return Moved(**kept, before=before, now=fresh["value"], run=run, data_version=version, said=said)


def _key(item: Mapping[str, Any]) -> str:
    return json.dumps(
        [item["name"], item["start"], item["end"], item["currency"], item["scope"]], sort_keys=True
    )


def _same(before: float | None, now: float | None) -> bool:
    if before is None or now is None:
        return before is now
    return math.isclose(before, now, rel_tol=_EQUAL, abs_tol=1e-12)


def _sentence(item: Moved, lang: str) -> str:
    from workbench.i18n import formats

    amounts = [formats.value(value, item.unit, lang, item.currency) for value in (item.before, item.now)]
    relative = None if item.size == math.inf else (item.now or 0) / (item.before or 1) - 1
    return i18n.text(
        "reports.moved_days" if item.start else "reports.moved",
        lang,
        label=item.label[:1].upper() + item.label[1:],
        days=_days(item, lang),
        before=amounts[0],
        now=amounts[1],
        change=formats.change(relative, lang),
        said=formats.date(dt.datetime.fromisoformat(item.said).date(), lang),
    )


def _days(item: Moved, lang: str) -> str:
    from workbench.i18n import formats

    days = [formats.date(dt.date.fromisoformat(day), lang) for day in (item.start, item.end) if day]
    return " – ".join(dict.fromkeys(days))
