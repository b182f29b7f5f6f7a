"""`survival`: the share of contracts that goes on after each renewal, seen and projected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.charts import frame, shares, words
from workbench.charts.chart import Chart
from workbench.i18n import formats, text

if TYPE_CHECKING:
    from workbench.customers import ContractModel

KEYS = {"m": "survival", "lo": "low", "hi": "high", "f": "fitted", "fl": "fitted_low", "fh": "fitted_high"}


def survival(model: ContractModel, lang: str = "en", height: int = shares.HEIGHT) -> Chart:
    """Draw Kaplan-Meier with its band, and the model that goes on beyond what was seen.

    Args:
        model: Answer of `customers.fit_contracts`.
        lang: `en` or `zh`.
        height: Pixels.
    """
    rows: list[frame.Row] = [{"t": 0, "m": 1, "lo": 1, "hi": 1, "f": 1, "fl": 1, "fh": 1}]
    for record in model.curve().to_dict("records"):
        cells = {key: frame.figure(record[column]) for key, column in KEYS.items()}
        rows.append({"t": int(record["time"])} | {k: v for k, v in cells.items() if v is not None})
    names = [text(f"charts.{key}", lang) for key in ("renewals", "still_there", "seen", "projected")]
    x = shares.axis("t", names[0], lang, "count")
    y = shares.axis("f", names[1], lang, domain=[0, 1])
    percent = {key: words.value(f"pointed.{key}", "percent", lang) for key in ("m", "f")}
    tip = words.tip(
        words.quoted(names[0] + " ") + "+format(pointed.t,'.0f')",
        (words.quoted(names[2]), f"(isValid(pointed.m)?{percent['m']}:'')"),
        (
            words.quoted(text("charts.interval", lang)),
            words.interval("pointed.lo", "pointed.hi", "percent", lang),
        ),
        (words.quoted(names[3]), percent["f"]),
        (
            words.quoted(text("charts.interval", lang)),
            words.interval("pointed.fl", "pointed.fh", "percent", lang),
        ),
    )
    stepped = {"interpolate": "step-after"}
    layers = [
        shares.band("fl", "fh", "$ink-3"),
        shares.band("lo", "hi", "$accent", **stepped),
        shares.line("f", "$ink-3", strokeWidth=1.6, strokeDash=[4, 3]),
        shares.line("m", "$accent", **stepped),
    ]
    last = model.curve().dropna(subset="survival").iloc[-1]
    alt = text(
        "charts.survival_alt",
        lang,
        renewals=formats.number(int(last["time"]), lang),
        share=formats.percent(last["survival"], lang, 1),
    )
    return Chart(shares.spec(x, y, layers, tip), rows, alt, height)
