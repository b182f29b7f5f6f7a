"""Numbers, money, changes and dates as a reader of one language expects them (Babel, CLDR).

Nothing is ever shown as 0, NaN or ∞ when it is unknown: a missing value is an en dash.
"""

from __future__ import annotations

import datetime as dt
import math
from functools import cache
from typing import Any

from workbench.i18n import LOCALES
from workbench.schema import NO_CURRENCY

MISSING = "–"


class Shown(str):
    """A formatted text that still knows what it shows, so that a spreadsheet can get the number itself.

    Attributes:
        amount: The number or day behind the text.
        unit: `count`, `money`, `percent`, `multiple`, `change`, `points` or `date`.
        currency: ISO 4217 code of money; empty otherwise.
    """

    amount: float | dt.date
    unit: str
    currency: str

    @classmethod
    def of(cls, words: str, amount: float | dt.date | None, unit: str, currency: str = "") -> str:
        """The words with their amount; plain words where there is none."""
        if amount is None or (not isinstance(amount, dt.date) and not math.isfinite(amount)):
            return words
        shown = cls(words)
        shown.amount, shown.unit, shown.currency = amount, unit, currency
        return shown


def number(value: float | None, lang: str, digits: int = 0) -> str:
    """A plain number with thousands separators and exactly `digits` decimals."""
    if _missing(value):
        return MISSING
    pattern, locale = _pattern(digits, lang)
    return Shown.of(str(pattern.apply(value, locale)).replace("-", "−"), value, "count")


@cache
def _pattern(digits: int, lang: str) -> tuple[Any, Any]:
    """How a number is written: Babel would read pattern and locale anew for each."""
    from babel import Locale
    from babel.numbers import parse_pattern

    return parse_pattern("#,##0" + ("." + "0" * digits if digits else "")), Locale.parse(LOCALES[lang])


def compact(value: float | None, lang: str) -> str:
    """A large number in three significant digits: 1.28M, 128万."""
    if _missing(value) or value is None or abs(value) < 10_000:
        return number(value, lang, _digits(value))
    from babel.numbers import format_compact_decimal

    # plain English: British CLDR writes 1m and 1bn, where the trade writes 1M and 1B
    shown = format_compact_decimal(value, locale=lang, fraction_digits=_spare(value, lang))
    return Shown.of(str(shown).replace("-", "−"), value, "count")


def money(value: float | None, currency: str, lang: str, short: bool = False) -> str:
    """An amount in currency units with its symbol; `short` gives ¥128.4万 / ¥1.284M."""
    if _missing(value) or value is None:
        return MISSING
    sign = "−" if value < 0 else ""
    size = abs(value)
    figure = compact(size, lang) if short else number(size, lang, _money_digits(size))
    return Shown.of(f"{sign}{symbol(currency, lang)}{figure}", value, "money", currency)


def whole_money(value: float | None, currency: str, lang: str) -> str:
    """An amount without its fraction, for plans, which are no bills."""
    if _missing(value) or value is None:
        return MISSING
    return Shown.of(f"{symbol(currency, lang)}{number(value, lang)}", value, "money", currency)


def percent(value: float | None, lang: str, digits: int | None = None) -> str:
    """A share as a percentage: 0.0312 → 3.12%; enough digits to tell small rates apart."""
    if _missing(value) or value is None:
        return MISSING
    places = _digits(value * 100) if digits is None else digits
    return Shown.of(number(value * 100, lang, places) + "%", value, "percent")


def value(amount: float | None, unit: str, lang: str, currency: str = "", short: bool = False) -> str:
    """A metric's value in its unit (`count`, `percent`, `share` of a whole, `money`, `multiple`, `days`)."""
    if unit == "money":
        return money(amount, currency, lang, short)
    if unit == "percent":
        return percent(amount, lang)
    if unit == "share":
        return percent(amount, lang, 1)
    if unit == "multiple":
        return Shown.of(number(amount, lang, 2), amount, "multiple")
    return compact(amount, lang) if short else number(amount, lang, _count_digits(amount))


def change(relative: float | None, lang: str) -> str:
    """A relative change with its sign: 0.031 → +3.1%."""
    if _missing(relative) or relative is None:
        return MISSING
    return Shown.of(_signed(number(abs(relative) * 100, lang, 1) + "%", relative), relative, "change")


def points(difference: float | None, lang: str) -> str:
    """A difference of two rates in percentage points: 0.0021 → +0.21 pp."""
    if _missing(difference) or difference is None:
        return MISSING
    unit = "个百分点" if lang == "zh" else " pp"
    shown = _signed(number(abs(difference) * 100, lang, 2) + unit, difference)
    return Shown.of(shown, difference, "points")


def date(day: dt.date | None, lang: str, style: str = "medium") -> str:
    """A date as CLDR's `style` writes it: 22 Nov 2026, 2026年11月22日."""
    if day is None:
        return MISSING
    from babel.dates import format_date

    return Shown.of(_three_letters(str(format_date(day, style, locale=LOCALES[lang]))), day, "date")


def short_date(day: dt.date | None, lang: str) -> str:
    """A day of a year that is known, as axes show it: 4 Oct, 10月4日."""
    return date(day, lang, "M月d日" if lang == "zh" else "d MMM")


def month(day: dt.date | None, lang: str) -> str:
    """The month of a day, as axes show it: Oct 2026, 2026年10月."""
    return date(day, lang, "y年M月" if lang == "zh" else "MMM y")


def _three_letters(words: str) -> str:
    """British CLDR writes Sept where every other month, and every axis, has three letters."""
    return " ".join("Sep" if word == "Sept" else word for word in words.split(" "))


def capital(words: str) -> str:
    """Words that stand by themselves, in a menu or at the head of a row: with a capital."""
    return f"{words[:1].upper()}{words[1:]}"


def moment(instant: dt.datetime | None, lang: str, zone: dt.tzinfo) -> str:
    """A day and minute in a time zone: 22 Nov 2026, 18:05."""
    if instant is None or str(instant) == "NaT":
        return MISSING
    local = instant.astimezone(zone)
    return f"{date(local.date(), lang)}{' ' if lang == 'zh' else ', '}{local:%H:%M}"


@cache
def symbol(currency: str, lang: str) -> str:
    """A currency's symbol; empty where no currency is known."""
    if not currency or currency == NO_CURRENCY:
        return ""
    from babel.numbers import get_currency_symbol

    sign = str(get_currency_symbol(currency, locale=LOCALES[lang]))
    narrow = {"CN¥": "¥", "JP¥": "¥", "US$": "$"}.get(sign, sign)
    return narrow if len(narrow) == 1 else f"{narrow} "


def _signed(figure: str, direction: float) -> str:
    return ("+" if direction > 0 else "−" if direction < 0 else "±") + figure


def _missing(amount: float | None) -> bool:
    return amount is None or not math.isfinite(amount)


def _digits(amount: float | None) -> int:
    """Decimals that leave about three significant digits."""
    if amount is None or _missing(amount) or amount == 0 or abs(amount) >= 1000:
        return 0
    return min(4, max(0, 2 - math.floor(math.log10(abs(amount)))))


def _count_digits(amount: float | None) -> int:
    return 0 if amount is None or _missing(amount) or float(amount).is_integer() else 1


def _money_digits(size: float) -> int:
    return 2 if size < 1000 else 0


def _spare(amount: float, lang: str) -> int:
    """Decimals in compact form: three significant digits of the shown mantissa."""
    steps = 4 if lang == "zh" else 3
    exponent = math.floor(math.log10(abs(amount)))
    return max(0, 2 - exponent % steps)
