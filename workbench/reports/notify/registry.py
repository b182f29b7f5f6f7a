"""`reports/notify.toml`: the services that may be told, each by a name of its own, without their secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import ReportError, unknown
from workbench.reports import toml
from workbench.reports.notify import secrets

FILE = "notify.toml"


@dataclass(frozen=True)
class Key:
    """One key of a service.

    Attributes:
        kind: Type of its value.
        needed: Whether a service is of no use without it.
        secret: Whether it may only be named, as `env:NAME` or `keyring:NAME`.
        allowed: The values there are; empty: any.
        most: Of a whole number, the largest; the smallest is 1.
    """

    kind: type = str
    needed: bool = False
    secret: bool = False
    allowed: tuple[str, ...] = ()
    most: int = 0


_SECRET = Key(needed=True, secret=True)
KINDS: Mapping[str, Mapping[str, Key]] = {
    "email": {
        "host": Key(needed=True),
        "port": Key(int, most=65535),
        "security": Key(allowed=("starttls", "ssl", "none")),
        "from": Key(needed=True),
        "to": Key(list, needed=True),
        "user": Key(),
        "password": Key(secret=True),
    },
    "wecom": {"key": _SECRET},
    "dingtalk": {"token": _SECRET, "signature": Key(secret=True)},
    "feishu": {"token": _SECRET},
    "slack": {"webhook": _SECRET},
    "teams": {"webhook": _SECRET},
    "webhook": {"address": Key(needed=True), "token": Key(secret=True)},
}
"""Kind of service → its keys."""
LISTED = "list of addresses"
_WORDS = {str: "text", int: "whole number", list: LISTED}


@dataclass(frozen=True)
class Service:
    """One service as it is set, its secrets only named.

    Attributes:
        name: Its name in `notify.toml`.
        kind: One of `KINDS`.
        values: Its keys; a secret stands there as the place where it is kept.
        places: Key → file, line and key, for sentences.
    """

    name: str
    kind: str
    values: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=dict, repr=False)

    def opened(self) -> dict[str, Any]:
        """The values with their secrets, to be handed on and forgotten.

        Raises:
            ReportError: where a secret is not kept where the file says.
        """
        return {
            name: secrets.fetched(value, self.places[name]) if secrets.is_reference(value) else value
            for name, value in self.values.items()
        }


def services(root: Path) -> dict[str, Service]:
    """The services of a reports folder by name; none where it has no `notify.toml`.

    Args:
        root: The reports folder.

    Raises:
        ReportError: for a file that is wrong, with file, line and key.
    """
    file = root / FILE
    if not file.is_file():
        return {}
    text, entries = toml.read(file)
    lines = toml.lines(text)
    return {name: _service(file, lines, name, entry) for name, entry in entries.items()}


def _service(file: Path, lines: Mapping[tuple[str, ...], int], name: str, entry: Any) -> Service:
    def place(key: str = "") -> str:
        line = lines.get((name, key)) or lines.get((name,))
        spot = f"{file.name}, line {line}" if line else file.name
        return f"{spot}, {name}.{key}" if key else f"{spot}, {name}"

    if not isinstance(entry, Mapping):
        raise ReportError(
            f"{name!r} stands outside of any service.", "Write it below the [name] of one.", place()
        )
    kind = str(entry.get("kind", ""))
    if kind not in KINDS:
        raise unknown("kind of service", kind, KINDS, ReportError, place("kind"))
    values = {key: value for key, value in entry.items() if key != "kind"}
    for key, value in values.items():
        _check(kind, key, value, place(key))
    for key, rule in KINDS[kind].items():
        if rule.needed and key not in values:
            raise ReportError(f"Service {name!r} has no {key!r}.", f"Add a line: {key} = …", place())
    return Service(name, kind, values, {key: place(key) for key in values})


def _check(kind: str, key: str, value: Any, where: str) -> None:
    """One key of a service; a value that may be a secret is never repeated."""
    if key not in KINDS[kind]:
        raise unknown("key of a service", key, ("kind", *KINDS[kind]), ReportError, where)
    rule = KINDS[kind][key]
    if secrets.is_reference(value):
        return
    if rule.secret:
        raise ReportError(
            "A secret does not belong into a file.",
            "Write env:NAME or keyring:NAME here, and keep it there.",
            where,
        )
    right = isinstance(value, rule.kind) and not isinstance(value, bool) and bool(value)
    if not right or (rule.kind is list and not all(isinstance(item, str) for item in value)):
        raise ReportError(f"This key takes a {_WORDS[rule.kind]}.", "Correct that line.", where)
    if rule.allowed and value not in rule.allowed:
        raise unknown("value", value, rule.allowed, ReportError, where)
    if rule.most and not 1 <= value <= rule.most:
        raise ReportError(f"This key takes a number from 1 to {rule.most}.", "Correct that line.", where)
