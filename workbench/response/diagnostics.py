"""Whether a fit can be planned on: checks, each with a status, a sentence and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.response import fitting, objective
from workbench.response.part import Part
from workbench.response.problem import build
from workbench.response.saturation import Floats
from workbench.response.thresholds import Thresholds
from workbench.sources.review import Finding, Status, finding

if TYPE_CHECKING:
    from workbench.response.model import ResponseModel

CHECKS = (
    *("periods", "channels", "varied", "fit", "holdout", "persistence", "entangled", "baseline"),
    *("beyond", "saturation", "calibrated"),
)
"""What is looked at, in order; the code of a finding is `response.<check>` or `response.<check>_ok`."""


def check(model: ResponseModel, limits: Thresholds) -> tuple[Finding, ...]:
    """All findings on a model, in order."""
    found: list[Finding] = []
    for part in model.parts:
        name = ", ".join(part.data.channels) if len(model.parts) > 1 else ""
        found += _part(part, limits, name)
    found += _whole(model)
    return _merged(found)


def _part(part: Part, limits: Thresholds, name: str) -> Iterator[Finding]:
    yield _periods(part, limits)
    yield from _varied(part, limits)
    yield _fit(part, limits, name)
    yield _holdout(part, limits, name)
    yield _persistence(part, limits, name)
    yield from _entangled(part, limits)
    yield from _baseline(part, limits)
    yield from _beyond(part, limits)
    yield from _saturation(part, limits)


def _whole(model: ResponseModel) -> Iterator[Finding]:
    channels = [name for part in model.parts for name in part.data.channels]
    if len(channels) == 1:
        yield _said("REVIEW", "channels", channel=channels[0])
    lifts = sum(len(part.problem.lifts.each) for part in model.parts)
    if model.claimed:
        yield _said("REVIEW", "claimed")
    elif lifts:
        yield _said("PASS", "calibrated_ok", count=lifts)
    else:
        yield _said("REVIEW", "calibrated")


def _said(status: Status, code: str, **values: Any) -> Finding:
    return finding(status, f"response.{code}", "en", **values)


def _high(value: float, limits: tuple[float, float]) -> Status:
    """Status of a value that should be low."""
    return "FAIL" if value > limits[1] else "REVIEW" if value > limits[0] else "PASS"


def _low(value: float, limits: tuple[float, float]) -> Status:
    """Status of a value that should be high."""
    return "FAIL" if value < limits[1] else "REVIEW" if value < limits[0] else "PASS"


def _code(status: Status, code: str) -> str:
    return f"{code}_ok" if status == "PASS" else code


def _of(name: str) -> str:
    return f" ({name})" if name else ""


def _periods(part: Part, limits: Thresholds) -> Finding:
    periods, parameters = len(part.data.times), len(part.best.z) + part.problem.size
    status = _low(periods * max(1, len(part.data.regions) // 2), limits.periods)
    return _said(status, _code(status, "periods"), periods=periods, parameters=parameters)


def _varied(part: Part, limits: Thresholds) -> Iterator[Finding]:
    for channel, spend in zip(part.data.channels, part.data.spend / part.data.size[:, None], strict=True):
        ratio = float(spend.std() / max(spend.mean(), 1e-300))
        status = _low(ratio, limits.varied)
        if status != "PASS":
            yield _said(status, "varied", channel=channel, ratio=f"{ratio:.1%}")


def explained(part: Part) -> float:
    """Share of the outcome's variance within regions that the fit explains."""
    outcome = part.data.outcome
    around = outcome - outcome.mean(axis=1, keepdims=True)
    total = float((around**2).sum())
    return 1 - float(((outcome - part.fitted) ** 2).sum()) / total if total > 0 else 1.0


def _fit(part: Part, limits: Thresholds, name: str) -> Finding:
    share = explained(part)
    status = _low(share, limits.explained)
    return _said(status, _code(status, "fit"), share=f"{share:.0%}", of=_of(name))


def held_out(part: Part, share: float) -> tuple[float, int]:
    """Mean absolute error of the last periods, foreseen from the others, as a share; and their number."""
    data = part.data
    many = max(2, round(share * len(data.times)))
    first = data.first(len(data.times) - many)
    if not all(row.any() for row in first.spend.sum(axis=1)) or not first.outcome.any():
        return float("nan"), many
    problem = part.problem
    lifts = type(problem.lifts)((), first.size, first.season, first.level)
    shorter = build(first, problem.base, problem.priors, problem.lay, part.lags, lifts)
    shorter = shorter.pooled(problem.tau, problem.weight)
    fewer = Part(shorter, fitting.again(shorter, part.best), part.forms, part.lags)
    told = fewer.projected(data, fewer.best.z, fewer.best.w).sum(axis=0)
    told = told + fewer.linear(fewer.best.w, data).sum(axis=0)
    last = data.outcome[:, -many:].sum(axis=0)
    missed = np.abs(last - told[:, -many:].sum(axis=0)).sum()
    return float(missed / max(np.abs(last).sum(), 1e-300)), many


def _holdout(part: Part, limits: Thresholds, name: str) -> Finding:
    missed, many = held_out(part, limits.held_out)
    if not np.isfinite(missed):
        return _said("REVIEW", "holdout_none", of=_of(name))
    status = _high(missed, limits.missed)
    return _said(status, _code(status, "holdout"), missed=f"{missed:.0%}", periods=many, of=_of(name))


def _persistence(part: Part, limits: Thresholds, name: str) -> Finding:
    rest = (part.data.outcome - part.fitted) / np.maximum(part.data.size[:, None], 1e-300)
    found = fitting.persistence(rest - rest.mean(axis=1, keepdims=True))
    status = _high(found, limits.persistence)
    return _said(status, _code(status, "persistence"), found=f"{found:.2f}", of=_of(name))


def inflation(part: Part) -> Floats:
    """Times that other columns widen the variance of each channel's coefficient, shape (C,)."""
    problem, best = part.problem, part.best
    point = objective.at(problem, best.z, best.log_sigma, best.used, slopes=False)
    regions, periods = problem.y.shape
    media = point.columns[:, : regions * periods].reshape(-1, regions, periods)
    apart = media - media.mean(axis=2, keepdims=True)
    kinds = [at for at, kind in enumerate(problem.cols.kinds) if kind != "intercept"]
    others = problem.cols.values[..., kinds].transpose(2, 0, 1)
    others = others - others.mean(axis=2, keepdims=True)
    rows = np.concatenate([apart, others]).reshape(len(apart) + len(others), -1)
    size = np.sqrt((rows**2).sum(axis=1))
    rows = rows / np.where(size > 0, size, 1.0)[:, None]
    gram = rows @ rows.T + 1e-10 * np.eye(len(rows))
    return np.where(size[: len(apart)] > 0, np.diag(np.linalg.inv(gram))[: len(apart)], 1.0)


def _entangled(part: Part, limits: Thresholds) -> Iterator[Finding]:
    for channel, times in zip(part.data.channels, inflation(part), strict=True):
        status = _high(float(times), limits.entangled)
        if status != "PASS":
            yield _said(status, "entangled", channel=channel, times=f"{times:.0f}")


def _baseline(part: Part, limits: Thresholds) -> Iterator[Finding]:
    if not part.problem.base.organic:
        return
    below = float((part.linear(part.best.w).sum(axis=(0, 1)) < 0).mean())
    status = _high(below, limits.negative)
    yield _said(status, _code(status, "baseline"), share=f"{below:.0%}")


def _beyond(part: Part, limits: Thresholds) -> Iterator[Finding]:
    curves = part.curves(part.best.z, part.best.w)
    half, highest = curves.half.sum(axis=1), part.data.spend.max(axis=2).sum(axis=1)
    for c, channel in enumerate(part.data.channels):
        if part.forms[c] not in ("log", "power") and half[c] > limits.beyond * highest[c]:
            yield _said("REVIEW", "beyond", channel=channel, times=f"{half[c] / highest[c]:.1f}")


def _saturation(part: Part, limits: Thresholds) -> Iterator[Finding]:
    if part.draws is None:
        return
    lay = part.problem.lay
    for at, name in enumerate(lay.names):
        if name == "half_saturation" and part.draws.z[:, at].std() > limits.silent:
            yield _said("REVIEW", "saturation", channel=part.data.channels[lay.owner[at]])


def _merged(found: list[Finding]) -> tuple[Finding, ...]:
    """Each finding once, the worst first."""
    order = {"FAIL": 0, "REVIEW": 1, "PASS": 2}
    once = {(item.code, item.sentence): item for item in found}
    return tuple(sorted(once.values(), key=lambda item: order[item.status]))
