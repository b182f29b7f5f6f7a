"""Parameters that every report takes, whether or not its notebook declares them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from workbench.errors import ReportError, unknown

NAMES = ("lang", "currency", "timezone")


def parted(given: Mapping[str, Any], declared: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """A notebook's own parameters, and those of every report among what was given.

    Args:
        given: Values by name.
        declared: Parameters of the notebook; one that it declares is its own, too.

    Raises:
        ReportError: for a currency or time zone that there is not.
    """
    shared = {name: str(given[name]) for name in NAMES if given.get(name)}
    check(shared)
    return {name: value for name, value in given.items() if name in declared or name not in NAMES}, shared


def check(shared: Mapping[str, str], where: str = "") -> None:
    """Refuse a currency or a time zone that there is not.

    Raises:
        ReportError: with the way out.
    """
    currency, zone = shared.get("currency", ""), shared.get("timezone", "")
    if currency and currency not in currencies():
        raise ReportError(
            f"There is no currency {currency!r}.", "Write the code of ISO 4217, such as CNY.", where
        )
    if zone and zone not in available_timezones():
        raise unknown("time zone", zone, available_timezones(), ReportError, where)


@cache
def currencies() -> frozenset[str]:
    """Codes of ISO 4217."""
    from babel import Locale

    return frozenset(Locale("en").currencies)
