"""`outlook`, `month`, `unusual`: what was, what is expected with its interval, what was odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from workbench.charts import frame, words
from workbench.charts.chart import Chart, empty
from workbench.charts.frame import Row
from workbench.charts.lines import HEIGHT, bands, date_of, spec_of
from workbench.charts.voice import Voice

if TYPE_CHECKING:
    import pandas as pd

    from workbench.catalogue import Metric
    from workbench.forecast import Anomalies, Forecast, Pacing

SHOWN = 112
"""Days of history that are shown before a forecast."""

NEWEST = 56
"""Days of a series that are shown with what was odd among them."""

_LABEL = 0.3
"""Part of the width that the name of an event takes."""

_LONGEST = 110
"""Pixels that it takes at most."""

_LATE = f"scale('x',datum.t)>max(width-{_LONGEST + 6},width/2)"
"""Whether an event begins so late that its name has to stand before its mark."""

Key = Mapping[str, str]
"""Dimension → member of the series that is drawn."""


def outlook(
    answer: Forecast,
    metric: Metric,
    lang: str = "en",
    key: Key | None = None,
    odd: Anomalies | None = None,
    names: Mapping[str, str] | None = None,
    height: int = HEIGHT,
    shown: int = SHOWN,
) -> Chart:
    """Draw a forecast after its history: line, dashed line in its interval, back-test, anomalies and events.

    Args:
        answer: Of `forecast.forecast`.
        metric: Of the catalogue, for unit and name.
        lang: `en` or `zh`.
        key: The series; None: the first one.
        odd: Of `forecast.anomalies` with the same breakdown; its days are marked.
        names: Event → how it is called. height: Pixels. shown: Steps of history.
    """
    key = key or answer.bundle.keys[0]
    history = _of(answer.history, key).tail(shown)
    ahead = _of(answer.table, key)
    if history["value"].isna().all():
        return empty(lang, height)
    say = Voice(metric, lang, answer.currency)
    rows = {frame.instant(row["date"]): {"m": frame.figure(row["value"])} for row in _records(history)}
    for row in [*_records(_of(answer.nowcast, key)), *_records(ahead)]:
        rows.setdefault(frame.instant(row["date"]), {"m": None}).update(_expected(row))
    _joined(rows)
    _past(rows, answer, key)
    _strange(rows, odd, key)
    _events(rows, answer, say, names or {})
    last = ahead.iloc[-1]
    alt = say.sentence(
        "outlook_alt",
        first=date_of({"t": frame.instant(ahead["date"].iloc[0])}, lang),
        last=date_of({"t": frame.instant(last["date"])}, lang),
        value=say.shown(last["forecast"]),
        low=say.shown(last["low"]),
        high=say.shown(last["high"]),
    )
    lines = {"m": say.word("was"), "f": say.word("expected"), "b": say.word("said_before")}
    return _drawn(say, _sorted(rows), lines, alt, height)


def month(
    answer: Pacing, metric: Metric, lang: str = "en", key: Key | None = None, height: int = HEIGHT
) -> Chart:
    """Draw the sums of a month: so far, expected in its interval, and the plan.

    Args:
        answer: Of `forecast.month_end`. metric, lang, key, height: As `outlook` takes them.
    """
    key = key or answer.forecast.bundle.keys[0]
    table = _of(answer.days, key)
    say = Voice(metric, lang, answer.forecast.currency)
    columns = {"m": "actual", "f": "projected", "lo": "low", "hi": "high", "b": "planned"}
    rows = {}
    for row in _records(table):
        rows[frame.instant(row["date"])] = _known(
            {name: frame.figure(row[column]) for name, column in columns.items()}
        )
    end = _of(answer.table, key).iloc[0]
    alt = say.sentence(
        "month_alt",
        last=date_of({"t": frame.instant(answer.last)}, lang),
        actual=say.shown(end["actual"]),
        value=say.shown(end["projected"]),
        low=say.shown(end["low"]),
        high=say.shown(end["high"]),
    )
    names = {"m": say.word("so_far"), "f": say.word("expected"), "b": say.word("plan")}
    return _drawn(say, _sorted(rows), names, alt, height)


def unusual(
    answer: Anomalies,
    metric: Metric,
    lang: str = "en",
    key: Key | None = None,
    names: Mapping[str, str] | None = None,
    height: int = HEIGHT,
    shown: int = NEWEST,
) -> Chart:
    """Draw the newest days of a series: line, what was expected in its interval, flagged days, events.

    Args:
        answer: Of `forecast.anomalies`.
        metric: Of the catalogue, for unit and name.
        lang: `en` or `zh`.
        key: The series; None: the first one.
        names: Event → how it is called. height: Pixels. shown: Days.
    """
    key = key or answer.bundle.keys[0]
    days = _of(answer.days, key).tail(shown)
    if days["value"].isna().all():
        return empty(lang, height)
    say = Voice(metric, lang, answer.currency)
    rows = {
        frame.instant(row["date"]): {name: frame.figure(row[column]) for name, column in _BAND.items()}
        for row in _records(days)
    }
    rows = {at: _known(row) for at, row in rows.items()}
    _strange(rows, answer, key)
    _events(rows, answer, say, names or {})
    marked = sum("a" in row for row in rows.values())
    first, last = (date_of({"t": at}, lang) for at in (min(rows), max(rows)))
    alt = say.sentence("unusual_alt", first=first, last=last, days=marked)
    return _drawn(say, _sorted(rows), {"m": say.word("was"), "f": say.word("expected")}, alt, height)


def _known(row: Row) -> Row:
    """A row without the cells that are missing; a missing value breaks the line."""
    return {name: cell for name, cell in row.items() if cell is not None or name == "m"}


def _of(table: pd.DataFrame, key: Key) -> pd.DataFrame:
    """The rows of one series."""
    for name, member in key.items():
        table = table[table[name] == member]
    return table


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def _expected(row: Mapping[str, Any]) -> Row:
    return {name: frame.figure(row[column]) for name, column in _AHEAD.items()}


_BAND = {"m": "value", "f": "expected", "lo": "low", "hi": "high"}
_AHEAD = {"f": "forecast", "lo": "low", "hi": "high"}


def _joined(rows: dict[int, Row]) -> None:
    """The expected line begins where the known one ends."""
    before = [at for at, row in rows.items() if row.get("m") is not None and "f" not in row]
    if before:
        value = rows[max(before)]["m"]
        rows[max(before)] |= {"f": value, "lo": value, "hi": value, "p": 1}


def _past(rows: dict[int, Row], answer: Forecast, key: Key) -> None:
    """What would have been said as many steps ago as the horizon has."""
    table = _of(answer.backtest, key)
    whole = table.groupby("origin")["ahead"].max()
    origins = whole[whole >= min(answer.horizon, whole.max())].index if len(whole) else []
    if not len(origins):
        return
    for row in _records(table[table["origin"] == max(origins)]):
        at = frame.instant(row["date"])
        if at in rows:
            rows[at]["b"] = frame.figure(row["forecast"])


def _strange(rows: dict[int, Row], odd: Anomalies | None, key: Key) -> None:
    for row in _records(_of(odd.table, key)) if odd is not None else []:
        at = frame.instant(row["date"])
        if at in rows:
            rows[at] |= {"a": frame.figure(row["value"]), "x": frame.figure(row["expected"])}


def _events(rows: dict[int, Row], answer: Forecast | Anomalies, say: Voice, names: Mapping[str, str]) -> None:
    """A mark where an event begins, and its name; one that began earlier at the first day shown."""
    first, last = min(rows), max(rows)
    apart, before, level = (last - first) * _LABEL, None, 0
    for event in answer.events:
        start, end = frame.instant(event.start), frame.instant(event.end)
        if end >= first and start <= last:
            at = min((day for day in rows if day >= max(start, first)), default=first)
            kept = rows[at].get("e")
            level = level + 1 if before is not None and at - before < apart and not kept else 0
            before = at
            called = names.get(event.name, event.name)
            rows[at] |= {"e": say.joined([kept, called]) if kept else called, "el": level}


def _sorted(rows: dict[int, Row]) -> list[Row]:
    return [{"t": at} | rows[at] for at in sorted(rows)]


def _drawn(say: Voice, rows: list[Row], names: Mapping[str, str], alt: str, height: int) -> Chart:
    """Layers over one axis of days."""
    there = [name for name in ("m", "f", "b") if any(row.get(name) is not None for row in rows)]
    shown = [names[name] for name in there]
    legend = {"orient": "top", "symbolType": "stroke", "symbolSize": 320, "offset": 6}
    scales = {
        "color": {"domain": shown, "range": [_COLOURS[name] for name in there]},
        "strokeDash": {"domain": shown, "range": [_DASHES[name] for name in there]},
    }
    which = {"field": "which", "type": "nominal", "legend": legend}
    style = {channel: which | {"scale": scale} for channel, scale in scales.items()}
    layers = [
        _shade(say),
        *(_line(say, name, names[name], style) for name in reversed(there)),
        *([_marks(say)] if any("a" in row for row in rows) else []),
        *(_flags() if any("e" in row for row in rows) else []),
        bands("date"),
    ]
    return Chart(spec_of(say, rows, _tip(say, names, there), layers), rows, alt, height)


_COLOURS = {"m": "$accent", "f": "$accent", "b": "$ink-3"}
_DASHES = {"m": [1, 0], "f": [6, 3], "b": [2, 3]}
_WIDTHS = {"m": 2.0, "f": 2.0, "b": 1.4}


def _y(say: Voice, field: str) -> dict[str, Any]:
    scale = {"zero": not say.metric.is_ratio, "nice": True}
    return {"y": {"field": field, "type": "quantitative", "scale": scale, "axis": say.axis()}}


def _shade(say: Voice) -> dict[str, Any]:
    mark = {"type": "area", "color": "$accent", "opacity": 0.14}
    return {"transform": [{"filter": "isValid(datum.lo)"}], "mark": mark,
            "encoding": _y(say, "lo") | {"y2": {"field": "hi"}}}  # fmt: skip


def _line(say: Voice, field: str, name: str, style: dict[str, Any]) -> dict[str, Any]:
    kept = [] if field == "m" else [{"filter": f"isValid(datum.{field})"}]
    return {
        "transform": [*kept, {"calculate": words.quoted(name), "as": "which"}],
        "mark": {"type": "line", "strokeWidth": _WIDTHS[field]},
        "encoding": _y(say, field) | style,
    }


def _marks(say: Voice) -> dict[str, Any]:
    """Anomalous days: a filled diamond, which no other mark is."""
    return {
        "transform": [{"filter": "isValid(datum.a)"}],
        "mark": {"type": "point", "filled": True, "shape": "diamond", "size": 130, "color": "$bad"}
        | {"opacity": 1},
        "encoding": _y(say, "a"),
    }  # fmt: skip


def _flags() -> list[dict[str, Any]]:
    """Where events begin, and what they are called."""
    only = [{"filter": "isValid(datum.e)"}]
    rule = {"type": "rule", "color": "$ink-3", "strokeWidth": 1, "strokeDash": [1, 3]}
    label = {"type": "text", "align": {"expr": f"{_LATE}?'right':'left'"}, "baseline": "top", "y": 2,
             "dx": {"expr": f"{_LATE}?-4:4"}, "dy": {"expr": "13*datum.el"}, "fontSize": 11,
             "color": "$ink-3", "limit": _LONGEST}  # fmt: skip
    return [
        {"transform": only, "mark": rule, "encoding": {}},
        {"transform": only, "mark": label, "encoding": {"text": {"field": "e"}}},
    ]


def _tip(say: Voice, names: Mapping[str, str], there: Sequence[str]) -> list[dict[str, Any]]:
    lines = [
        (words.quoted(names[name]), f"(isValid(pointed.{name})?{say.value(f'pointed.{name}')}:'')")
        for name in there
    ]
    lines.append((say.quoted("interval"), say.interval("pointed.lo", "pointed.hi")))
    lines.append((say.quoted("usual"), f"(isValid(pointed.x)?{say.value('pointed.x')}:'')"))
    lines.append((say.quoted("event"), "(isValid(pointed.e)?pointed.e:'')"))
    return words.tip(words.date("pointed.t", say.lang), *lines)
