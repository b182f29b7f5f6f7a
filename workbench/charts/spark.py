"""`sparkline` and `sparkband`: the shape of a series as a small inline SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.charts.frame import missing

if TYPE_CHECKING:
    from workbench.forecast import Anomalies


def sparkline(values: Sequence[float | None], width: int = 120, height: int = 32) -> str:
    """Draw the shape of a series, its last point marked; it stretches to the width of its place.

    It is decoration beside a number that says the same, so it is hidden from screen readers.

    Args:
        values: Evenly spaced; a missing value breaks the line.
        width, height: Pixels of the drawing's own coordinates.

    Returns:
        SVG text in the accent colour of the page's theme; an empty drawing where nothing is known.
    """
    points = _points([None if missing(value) else float(value or 0) for value in values], width, height)
    line = "".join(points)
    last = points[-1][1:] if points else ""
    stroke = 'fill="none" stroke="var(--accent)" stroke-linecap="round" stroke-linejoin="round"'
    fixed = 'vector-effect="non-scaling-stroke"'
    dot = f'<path d="M{last}h0" {stroke} stroke-width="5" {fixed}/>' if last else ""
    path = f'<path d="{line}" {stroke} stroke-width="1.6" {fixed}/>' if line else ""
    return (
        f'<svg class="spark" viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false">{path}{dot}</svg>'
    )


def sparkband(
    values: Sequence[float | None],
    low: Sequence[float | None],
    high: Sequence[float | None],
    marked: Sequence[bool],
    width: int = 360,
    height: int = 64,
) -> str:
    """Draw a series in the band of what was to be expected, some of its values marked by diamonds.

    It is decoration beside a sentence that says the same, so it is hidden from screen readers.

    Args:
        values, low, high: Evenly spaced; a missing value breaks line or band.
        marked: Which values are marked.
        width, height: Pixels of the drawing's own coordinates.

    Returns:
        SVG text in the colours of the page's theme.
    """
    known = [_clean(values), _clean(low), _clean(high)]
    ends = _ends([value for row in known for value in row if value is not None])
    line, *edges = (_points(row, width, height, ends) for row in known)
    band = _band(*edges)
    fixed = 'vector-effect="non-scaling-stroke"'
    flagged = [point for point, flag in zip(line, marked, strict=True) if flag and point]
    marks = "".join(f'<path d="{_diamond(point)}" fill="var(--bad)"/>' for point in flagged)
    stroke = f'fill="none" stroke="var(--accent)" stroke-width="1.5" {fixed}'
    return (
        f'<svg class="spark" viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false">'
        f'<path d="{band}" fill="var(--accent)" opacity=".14"/>'
        f'<path d="{"".join(line)}" {stroke}/>{marks}</svg>'
    )


def glance(answer: Anomalies, key: Mapping[str, str] | None = None, shown: int = 28) -> str:
    """The newest days of a series in the band of what was expected, as small as a line of text allows.

    Args:
        answer: Of `forecast.anomalies`. key: The series; None: the first one. shown: Days.
    """
    days, flags = answer.days, answer.table
    for name, member in (key or answer.bundle.keys[0]).items():
        days, flags = days[days[name] == member], flags[flags[name] == member]
    days = days.tail(shown)
    marked = days["date"].isin(flags["date"])
    return sparkband(list(days["value"]), list(days["low"]), list(days["high"]), list(marked))


def _clean(values: Sequence[float | None]) -> list[float | None]:
    return [None if missing(value) else float(value or 0) for value in values]


def _band(low: list[str], high: list[str]) -> str:
    """The area between two lines, where both are known."""
    both = [(a[1:], b[1:]) for a, b in zip(low, high, strict=True) if a and b]
    if not both:
        return ""
    there, back = [low for low, _ in both], [high for _, high in reversed(both)]
    return f"M{'L'.join([*there, *back])}Z"


def _diamond(point: str) -> str:
    x, y = (float(part) for part in point[1:].split(","))
    return f"M{x:.1f},{y - 5:.1f}l5,5l-5,5l-5,-5Z"


def _ends(known: Sequence[float]) -> tuple[float, float]:
    """Smallest and largest of some values."""
    return (min(known), max(known)) if known else (0.0, 0.0)


def _points(
    values: list[float | None], width: int, height: int, ends: tuple[float, float] | None = None
) -> list[str]:
    """Path commands: a move after every gap, else a line; empty for a missing value between known ends."""
    known = [value for value in values if value is not None]
    if not known:
        return [""] * len(values) if ends else []
    low, high = ends or _ends(known)
    span, flat = (high - low) or 1.0, low == high
    inset = 6 if ends else 3
    step = (width - 2 * inset) / max(1, len(values) - 1)
    commands = []
    pen = "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            commands += [""] if ends else []
            continue
        up = 0.5 if flat else (value - low) / span
        commands.append(f"{pen}{inset + index * step:.1f},{height - inset - up * (height - 2 * inset):.1f}")
        pen = "L"
    return commands
