"""`sparkline`: the shape of a series as a small inline SVG."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.charts.frame import missing


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


def _points(values: list[float | None], width: int, height: int) -> list[str]:
    """Path commands: a move after every gap, else a line."""
    known = [value for value in values if value is not None]
    if not known:
        return []
    low, span = min(known), (max(known) - min(known)) or 1.0
    flat = min(known) == max(known)
    inset = 3
    step = (width - 2 * inset) / max(1, len(values) - 1)
    commands = []
    pen = "M"
    for index, value in enumerate(values):
        if value is None:
            pen = "M"
            continue
        up = 0.5 if flat else (value - low) / span
        commands.append(f"{pen}{inset + index * step:.1f},{height - inset - up * (height - 2 * inset):.1f}")
        pen = "L"
    return commands
