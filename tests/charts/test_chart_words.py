import datetime as dt
import re
from html import unescape

import pytest
import vl_convert
from babel.dates import format_date

from workbench.charts import words
from workbench.i18n import formats

# No ties between two roundings: Python rounds them to even, JavaScript up.
AMOUNTS = [
    0, 1, 2.5, 9.994, 12.34, 99.96, 100.4, 999.4, 1000, 1234.4, 9999, 10_000, 12_345, 99_940, 128_400,
    1_284_000, 9_876_543, 45_678_901, 128_400_000, 1_284_000_000, 31_234_567_890, 4_567_890_123_456,
]  # fmt: skip
RATES = [0, 0.00001, 0.00042, 0.0031, 0.0312, 0.0999, 0.3333, 1, 1.5]


def shown(expression: str, rows: list[dict]) -> list[str]:
    """What Vega makes of an expression, row by row (text marks of a picture that it draws)."""
    values = [{**row, "i": index} for index, row in enumerate(rows)]
    spec = {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "data": {"values": values},
        "transform": [{"calculate": f"'<'+({expression})+'>'", "as": "text"}],
        "mark": "text",
        "encoding": {"text": {"field": "text"}, "y": {"field": "i", "type": "ordinal", "axis": None}},
    }
    svg = vl_convert.vegalite_to_svg(spec)
    return [unescape(found) for found in re.findall(r">&lt;([^<>]*)&gt;</text>", svg)]


def rows(amounts: list) -> list[dict]:
    return [{"m": amount} for amount in [*amounts, *(-amount for amount in amounts if amount), None]]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("short", [False, True])
@pytest.mark.parametrize("unit", ["count", "money", "percent", "share", "multiple", "days"])
def test_values_read_as_everywhere_else(unit, lang, short):
    given = rows(RATES if unit in ("percent", "share") else AMOUNTS)
    if unit == "share":  # no part of a whole is below 0
        given = [row for row in given if not (row["m"] or 0) < 0]
    expected = [formats.value(row["m"], unit, lang, "CNY", short) for row in given]
    assert shown(words.value("datum.m", unit, lang, "CNY", short), given) == expected


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_intervals_and_changes(lang):
    given = [
        {"m": 0.03, "lo": 0.02, "hi": 0.04, "b": 0.04},
        {"m": 0.03, "b": 0},
        {"m": 3, "b": 3},
        {"m": 4, "b": 2},
    ]
    low, high = (formats.percent(amount, lang) for amount in (0.02, 0.04))
    assert shown(words.interval("datum.lo", "datum.hi", "percent", lang), given) == [
        f"{low} – {high}",
        "",
        "",
        "",
    ]
    changes = [formats.change(amount, lang) for amount in (-0.25, 0.0, 1.0)]
    assert shown(words.change("datum.m", "datum.b"), given) == [changes[0], "", *changes[1:]]


def test_ticks_have_no_more_digits_than_they_need():
    ticks = [{"m": amount} for amount in (0, 0.005, 0.01, 0.5)]
    assert shown(words.tick("datum.m", "percent", "zh"), ticks) == ["0%", "0.5%", "1%", "50%"]
    amounts = [{"m": amount} for amount in (-20_000, 0, 500, 20_000, 150_000, 2_000_000, 300_000_000)]
    assert shown(words.tick("datum.m", "money", "zh", "CNY"), amounts) == [
        "−¥2万", "¥0", "¥500", "¥2万", "¥15万", "¥200万", "¥3亿",
    ]  # fmt: skip
    assert shown(words.tick("datum.m", "count", "en"), amounts) == [
        "−20K",
        "0",
        "500",
        "20K",
        "150K",
        "2M",
        "300M",
    ]


def test_days_are_named_as_babel_names_them():
    days = [dt.date(2026, 11, 16) + dt.timedelta(number) for number in range(8)]
    given = [{"m": int(dt.datetime(d.year, d.month, d.day, tzinfo=dt.UTC).timestamp() * 1000)} for d in days]
    for lang, pattern, locale in (("en", "EEE d MMM y", "en_US"), ("zh", "y年M月d日 EEE", "zh_CN")):
        expected = [format_date(day, pattern, locale=locale) for day in days]
        assert shown(words.date("datum.m", lang), given) == expected


def test_a_day_is_as_short_in_words_as_on_an_axis():
    """Of every month: British CLDR would write Sept, where axes have three letters."""
    days = [dt.date(2026, number, 4) for number in range(1, 13)]
    given = [{"m": int(dt.datetime(d.year, d.month, d.day, tzinfo=dt.UTC).timestamp() * 1000)} for d in days]
    for lang, first in (("en", "4 Jan"), ("zh", "1月4日")):
        said = [formats.short_date(day, lang) for day in days]
        assert shown(words.day_tick("datum.m", lang, False), given) == said
        months = [formats.month(day, lang) for day in days]
        assert shown(words.day_tick("datum.m", lang, True), given) == months
        assert said[0] == first
    assert formats.date(days[8], "en") == "4 Sep 2026"


def test_quotes_in_words_stay_words():
    assert shown(words.quoted("it's a \\ backslash"), [{}]) == ["it's a \\ backslash"]
