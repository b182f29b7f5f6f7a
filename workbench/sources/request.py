"""What the user asks of an import, checked before the file is opened."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from workbench.errors import InputError, unknown
from workbench.schema import GRAINS
from workbench.sources.dates import ORDERS
from workbench.sources.profile import CANONICAL
from workbench.sources.words import FACTOR, currencies

ENGINE = 1
"""Part of every import's identity: raised when the same file and settings would give other rows."""


OF_REPORTS = ("account", "advertiser", "channel", "goal", "grain", "scope", "unit")
"""What only exports of platforms have."""

OF_FILES = ("date_order", "decimal", "encoding")
"""What only files have; a database says it by its types."""


@dataclass(frozen=True)
class Request:
    """What the user says of the rows of an import; None: the file, the profile or a saved mapping decides.

    Attributes:
        source: Platform of an export; recognised from the headers where it is not said.
        mapping: Canonical column → header of the file; money is `cost` and `revenue`. With a date and a
            metric, exactly these columns are read; over the platform's own where `source` names one. For
            CRM tables the right side may be a value for all rows: `=email`.
        timezone: IANA name of the clock of times without a zone; needed for hourly data of platforms that
            do not say it.
        currency: ISO 4217 code of the amounts, where the file does not say it.
        account, advertiser, channel: Of exports: values for all rows.
        goal: Of exports: name or header of the conversion column that is the goal.
        grain: Of exports: level of the rows, where the columns do not show it.
        date_order: `dmy` or `mdy`, where the file's dates do not show it.
        decimal: `.` or `,`, where the file's numbers do not show it.
        scope: Of exports: name of the filter with which the report was made.
        encoding: Codec of the text, where it is none of UTF-8, GB18030, UTF-16.
        unit: Of exports: `units`, `fen` (hundredths, cents), `li` (thousandths) or `micros`, for amounts
            whose header does not say it.
    """

    source: str | None = None
    mapping: Mapping[str, str] | None = field(default=None, hash=False)
    timezone: str | None = None
    currency: str | None = None
    account: str | None = None
    advertiser: str | None = None
    channel: str | None = None
    goal: str | None = None
    grain: str | None = None
    date_order: str | None = None
    decimal: str | None = None
    scope: str | None = None
    encoding: str | None = None
    unit: str | None = None

    def over(self, saved: Request) -> Request:
        """This request, with what it leaves open taken from a saved one."""
        return replace(saved, **self.given())

    def given(self) -> dict[str, Any]:
        """The arguments that are set."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def without(self, names: Collection[str]) -> Request:
        """This request with some arguments left open."""
        return replace(self, **dict.fromkeys(names))

    def identity(self, mapping: Mapping[str, str]) -> str:
        """Everything that decides the result, as canonical JSON."""
        values = {**self.given(), "mapping": dict(mapping), "engine": ENGINE}
        if self.mapping:
            values["confirmed"] = True  # a guess that a person confirms is no doubt any more: it is read anew
        return json.dumps(values, sort_keys=True, ensure_ascii=False)


def checked(request: Request) -> Request:
    """Return the request with normal forms.

    Raises:
        InputError: for a value that is not allowed, with what is.
    """
    for name, value in request.given().items():
        if name == "mapping":
            _check_mapping(value)
        elif not isinstance(value, str) or not value.strip():
            raise InputError(f"{name} is {value!r}, which is no text.", f"Leave {name}= out, or give a text.")
    _among("date_order", request.date_order, ORDERS)
    _among("decimal", request.decimal, (".", ","))
    _among("grain", request.grain, GRAINS)
    _among("unit", request.unit, tuple(FACTOR))
    _check_timezone(request.timezone)
    _check_encoding(request.encoding)
    return replace(request, currency=_currency(request.currency))


def _check_mapping(mapping: Any) -> None:
    if not isinstance(mapping, Mapping):
        raise InputError(
            f"mapping is a {type(mapping).__name__}.", "Give {canonical column: header of the file}."
        )
    for name, header in mapping.items():
        if name not in CANONICAL:
            raise unknown("canonical column", name, CANONICAL, InputError, "mapping")
        if not isinstance(header, str):
            raise InputError(
                f"{name!r} maps to {header!r}, which is no header.", "Give one header's text.", "mapping"
            )


def _among(name: str, value: str | None, allowed: tuple[str, ...]) -> None:
    if value is not None and value not in allowed:
        raise unknown(name, value, allowed, InputError)


def _check_timezone(zone: str | None) -> None:
    if zone is None:
        return
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError):
        raise unknown("time zone", zone, available_timezones(), InputError) from None


def _check_encoding(name: str | None) -> None:
    if name is None:
        return
    try:
        "".encode(name)
        b"".decode(name)
    except (LookupError, ValueError):
        raise InputError(
            f"Unknown encoding {name!r}.", "Use utf-8, gb18030, utf-16, cp1252, big5 or shift_jis."
        ) from None


def _currency(code: str | None) -> str | None:
    if code is None:
        return None
    if code.strip().upper() not in currencies():
        raise unknown("currency", code, currencies(), InputError)
    return code.strip().upper()
