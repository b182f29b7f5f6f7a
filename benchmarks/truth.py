"""Response curves against truths that are known: error, intervals, regret of plans, past advice.

Nothing here is a time, so it is the same on any machine. The numbers stand in docs/response.md, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import ROOT
from benchmarks.page import table

if TYPE_CHECKING:
    import pandas as pd

MIXES, BAYES, REGIONAL, PLANS, SEEDS = range(100, 250), range(100, 124), range(40), range(24), range(1, 25)
PUBLIC = ROOT.parent / "shared" / "data"
PAGE, BEGIN, END = ROOT / "docs" / "response.md", "<!-- measured -->", "<!-- end of measured -->"

CASES: dict[str, dict[str, Any]] = {
    "robyn_dt_simulated_weekly.csv": {
        "spend": ["tv_S", "ooh_S", "print_S", "facebook_S", "search_S"],
        "outcome": "revenue",
        "time": "DATE",
        "controls": ["competitor_sales_B", "newsletter"],
        "value": 1.0,
    },
    "meridian_national_all_channels.csv": {
        "spend": [f"Channel{at}_spend" for at in range(5)],
        "outcome": "conversions",
        "controls": ["competitor_sales_control", "sentiment_score_control", "Promo"],
        "value": "revenue_per_conversion",
    },
    "meridian_geo_full_funnel.csv": {
        "spend": [f"{name}_spend" for name in ("AwarenessVideo", "PerformanceDisplay", "PerformanceNative")],
        "outcome": "conversions",
        "region": "geo",
        "population": "population",
        "controls": ["BrandedGQV_control", "GenericGQV_control"],
        "value": "revenue_per_conversion",
    },
}
"""Public media mixes and how they are asked."""


ROBYN = {"tv_S": 0.0358, "ooh_S": 0.0638, "print_S": 0.0065, "facebook_S": 0.0138, "search_S": 0.0139}
"""Shares by Robyn 3.11.1 itself: `decompPer` of model 3_165_9, 157 weeks of the file, in its repository."""


def _worlds() -> Any:
    return import_module("tests.response.mix_worlds")


def _fitted(made: Any, draws: int, seed: int = 0) -> Any:
    from workbench import response

    return response.fit(made.frame, made.channels, "y", controls=["x"], draws=draws, seed=seed)


def held(rows: pd.DataFrame, truth: Any) -> float:
    """Share of the intervals of contributions that hold the truth."""
    return float(((rows["contribution_low"] <= truth) & (truth <= rows["contribution_high"])).mean())


def mixes(seeds: Iterable[int], draws: int) -> dict[str, float]:
    """Mixes of 8 channels over 156 weeks: `error` (of channel totals ÷ their sum), `held`, `total`."""
    import numpy as np

    found = []
    for seed in seeds:
        made = _worlds().world(seed)
        rows, truth = _fitted(made, draws, seed).contributions(), made.truth.sum(axis=1)
        told = rows["contribution"].to_numpy()
        error = float(np.abs(told - truth).sum() / truth.sum())
        found.append((error, held(rows, truth), float(told.sum() / truth.sum())))
    error, inside, total = np.array(found).T
    return {"error": float(error.mean()), "held": float(inside.mean()), "total": float(np.median(total))}


def bayes(seeds: Iterable[int], channels: int, periods: int, draws: int, warm: int) -> dict[str, float]:
    """The fit beside full Bayes on the same posterior, sampled by two chains a mix.

    `error`, `bayes` (error of the posterior's mean), `width` (of intervals, ÷ full Bayes'), `apart` (median
    disagreement of chains, 1 at best), `worst` (the same), `taken` (least share of steps).
    """
    import numpy as np

    hmc, found = import_module("tests.response.full_bayes"), []
    for seed in seeds:
        made = _worlds().world(seed, channels=channels, periods=periods)
        model = _fitted(made, 60, seed)
        chains = [hmc.sample(model.parts[0], [seed, at], draws, warm) for at in range(2)]
        every, truth = np.concatenate([chain.totals for chain in chains]), made.truth.sum(axis=1)
        rows = model.contributions()
        wide = np.subtract(*np.quantile(every, [0.95, 0.05], axis=0)).sum()
        width = float((rows["contribution_high"] - rows["contribution_low"]).sum() / wide)
        told = (rows["contribution"].to_numpy(), every.mean(axis=0))
        errors = [float(np.abs(each - truth).sum() / truth.sum()) for each in told]
        apart = float(hmc.agreement(chains).max())
        found.append([*errors, width, apart, min(chain.taken for chain in chains)])
    error, known, width, apart, taken = np.array(found).T
    return {
        "error": float(error.mean()),
        "bayes": float(known.mean()),
        "width": float(width.mean()),
        "apart": float(np.median(apart)),
        "worst": float(apart.max()),
        "taken": float(taken.min()),
    }


def regions(seeds: Iterable[int], draws: int, varied: bool = False) -> dict[str, float]:
    """Mixes of 6 regions and 3 channels over 104 weeks: `error`, `held`, `cells`, `total`, `spread`.

    Their curves are alike, or as `varied` as those of `mixes`.
    """
    import numpy as np

    from workbench import response

    found = []
    for seed in seeds:
        frame, truth = _worlds().regional_world(seed, varied=varied)
        asked = {"region": "region", "population": "people", "season": 0}
        model = response.fit(frame, ["c0", "c1", "c2"], "y", **asked, draws=draws, seed=seed)
        rows, cells = model.contributions(), model.contributions(by_region=True)
        known, part = truth.sum(axis=(1, 2)), model.parts[0]
        parents = part.best.w[part.problem.first_media - 3 : part.problem.first_media]
        told = rows["contribution"].to_numpy()
        error, total = np.abs(told - known).sum() / known.sum(), told.sum() / known.sum()
        inside = held(rows, known), held(cells, truth.sum(axis=2).ravel())
        found.append((error, *inside, total, (part.problem.tau / parents).mean()))
    names = ("error", "held", "cells", "total", "spread")
    return dict(zip(names, np.mean(found, axis=0).tolist(), strict=True))


def regret(seeds: Iterable[int]) -> dict[str, float]:
    """Share of the best split's response that `plan` loses, and `today`'s split, on the true curves."""
    import numpy as np

    from workbench.optimize import allocate
    from workbench.response.saturation import value

    found = []
    for seed in seeds:
        made = _worlds().world(seed)
        curves = _fitted(made, 0).curves()
        known = made.curves[["scale", "half", "shape"]]
        true = curves.assign(**known.rename(columns={"half": "half_saturation"}))
        budget = float(curves["current"].sum())
        splits = [allocate(each, budget).table["spend"].to_numpy() for each in (true, curves)]
        best, ours, today = (
            value("hill", x, *known.to_numpy().T).sum() for x in (*splits, curves["current"].to_numpy())
        )
        found.append((1 - ours / best, 1 - today / best))
    plan, today = np.mean(found, axis=0).tolist()
    return {"plan": plan, "today": today}


def delivered(seed: int, by: Sequence[str]) -> pd.DataFrame:
    """The demo world's whole weeks as `plans.history` gives them, without a workspace."""
    import numpy as np
    import pandas as pd

    from workbench.demo import delivery
    from workbench.demo.world import world

    known = world(seed)
    rows, facts = delivery.deliver(known)
    frame = pd.DataFrame(
        {
            "channel": np.array([one.channel for one in known.campaigns], object)[rows.campaign],
            "region": np.array([one.id for one in known.regions], object)[rows.region],
            "time": pd.to_datetime(known.first) + pd.to_timedelta(7 * known.week[rows.day], unit="D"),
            "spend": facts.cost_micros / 1e6,
            "response": np.maximum(facts.orders, 0),
        }
    )
    frame["time"] -= pd.Timedelta(days=known.first.weekday())
    whole = pd.Series(known.week).value_counts().loc[lambda days: days == 7].index
    frame = frame[np.isin(known.week[rows.day], whole)]
    weekly = frame.groupby([*by, "time"], observed=True)[["spend", "response"]].sum().reset_index()
    return weekly.assign(cell=weekly[list(by)].agg(" · ".join, axis=1))


def advice(seeds: Iterable[int], by: Sequence[str] = ("channel", "region")) -> dict[str, float]:
    """Plans of demo worlds, made with what was known, judged by the planted curves.

    `seeds`, `better` (seeds in which plans brought more than the split before), `plans`, `won`, `gain`,
    `claimed` (mean gain that plans claimed on their own curves).
    """
    import pandas as pd

    from workbench import demo, plans, response

    def fit(past: pd.DataFrame) -> pd.DataFrame:
        return response.from_claims(past, by, draws=0).curves()

    tests = [
        plans.backtest(delivered(seed, by), fit, judge=demo.truth(seed).response_curves, least=40, horizon=6)
        for seed in seeds
    ]
    rows = pd.concat([test.table for test in tests])
    return {
        "seeds": len(tests),
        "better": sum(test.gain > 0 for test in tests),
        "plans": len(rows),
        "won": int(rows["won"].sum()),
        "gain": float(rows["gain"].mean()),
        "claimed": float(rows["claimed"].mean()),
    }


def public(name: str, folder: Path = PUBLIC, draws: int = 100) -> dict[str, Any]:
    """One public mix fitted, checked and planned."""
    import pandas as pd

    from workbench import optimize, response
    from workbench.response.diagnostics import explained, held_out

    model = response.fit(pd.read_csv(folder / name), **CASES[name], draws=draws)
    curves, part = model.curves(), model.parts[0]
    plan = optimize.allocate(curves, float(curves["current"].sum()), draws=model.curves(draws=True))
    said = [item.status for item in model.diagnostics]
    return {
        "rows": model.contributions(),
        "explained": explained(part),
        "missed": held_out(part, 0.125)[0],
        "status": {status: said.count(status) for status in ("PASS", "REVIEW", "FAIL")},
        "gain": plan.gain,
        "gap": plan.gap,
        "response": plan.total_response,
    }


def section() -> Iterator[str]:
    """The numbers, one after the other as they are found."""
    yield from _simulated()
    yield from _planned()
    yield from _known()


def _simulated() -> Iterator[str]:
    whole, parts, alike = mixes(MIXES, 150), regions(REGIONAL, 80, True), regions(REGIONAL, 80)
    yield "**Simulated mixes** of known truth; the error is a share of what all channels bring."
    yield ""
    head = ("", "error of channel totals", "90% intervals that hold the truth", "all media ÷ truth")
    rows = [
        (f"{len(MIXES)} mixes: 8 channels, 156 weeks", *_told(whole)),
        (f"{len(REGIONAL)} mixes: 3 channels, 6 regions, 104 weeks", *_told(parts)),
        ("the same, each channel and region by itself", "–", f"{parts['cells']:.0%}", "–"),
        ("curves more alike than believed before: every shape 1", *_told(alike)),
    ]
    yield from table(head, rows)
    both = bayes(BAYES, 8, 156, 600, 300)
    yield ""
    yield (
        f"Beside full Bayes (two Hamiltonian chains on the same posterior, {len(BAYES)} mixes of 8 "
        f"channels): error {both['error']:.1%} against {both['bayes']:.1%}; intervals {both['width']:.2f} "
        f"times as wide; the chains' median disagreement is {both['apart']:.2f}."
    )
    yield ""


def _told(found: dict[str, float]) -> tuple[str, str, str]:
    return f"{found['error']:.0%}", f"{found['held']:.0%}", f"{found['total']:.2f}"


def _planned() -> Iterator[str]:
    lost, past = regret(PLANS), advice(SEEDS)
    yield (
        f"**Plans.** On {len(PLANS)} simulated mixes a plan on fitted curves brings {lost['plan']:.1%} less "
        f"than the best split of the same budget would; today's split brings {lost['today']:.1%} less."
    )
    yield ""
    yield (
        f"**Past advice.** In {past['seeds']} demo worlds, plans made with what was known then, and judged "
        f"by the planted curves, beat the split before in {past['better']} worlds and in {past['won']} of "
        f"{past['plans']} plans; they brought {past['gain']:.1%} more and had claimed {past['claimed']:.1%}."
    )
    yield ""


def _known() -> Iterator[str]:
    if not PUBLIC.is_dir():
        yield from ("Public mixes: not measured, their folder is not here.", "")
        return
    yield "**Public mixes**, fitted, checked and planned; nobody has published their truth."
    yield ""
    shown = ("explained", "missed ahead", "checks", "gain of the plan, without optimism")
    yield from table(("", "share of the outcome (90% interval)", *shown), map(_mix, CASES))
    own = ", ".join(f"{name} {share:.0%}" for name, share in ROBYN.items())
    yield from ("", f"Robyn itself says of its file, in a model that its repository holds: {own}.", "")


def _mix(name: str) -> tuple[str, ...]:
    """A public mix as a row."""
    found = public(name)
    shares = ", ".join(
        f"{one.channel.removesuffix('_spend')} {one.share:.0%} ({one.share_low:.0%}–{one.share_high:.0%})"
        for one in found["rows"].itertuples()
    )
    checks = ", ".join(f"{count} {status}" for status, count in found["status"].items() if count)
    today = found["response"] - found["gain"].claimed
    claimed, kept = (each / today for each in (found["gain"].claimed, found["gain"].corrected))
    gain = f"{claimed:+.1%}, {f'of it {kept:+.1%}' if kept > 0 else 'nothing'} left"
    return f"`{name}`", shares, f"{found['explained']:.0%}", f"{found['missed']:.0%}", checks, gain


def placed(lines: Sequence[str], page: Path = PAGE) -> None:
    """Put the numbers into their page of the guide."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text("\n".join([before + BEGIN, *lines, END + after]), encoding="utf-8")
