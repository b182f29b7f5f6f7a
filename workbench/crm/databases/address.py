"""A database URL taken apart; credentials stay in memory and out of every text that is shown or kept."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from workbench.errors import InputError, unknown

Kind = Literal["postgresql", "mysql"]
KINDS: dict[str, Kind] = {
    "postgresql": "postgresql",
    "postgres": "postgresql",
    "mysql": "mysql",
    "mariadb": "mysql",
}
OURS = ("table", "query", "watermark")
OPTIONS = {
    "postgresql": (
        "host", "sslmode", "sslrootcert", "sslcert", "sslkey", "connect_timeout", "options", "service",
        "passfile", "target_session_attrs",
    ),
    "mysql": ("unix_socket", "ssl_ca", "ssl_cert", "ssl_key", "ssl_verify_cert", "connect_timeout"),
}  # fmt: skip
"""Parameters of a URL that are handed to the driver."""

PASSWORD_VARIABLES = {
    "postgresql": ("WORKBENCH_DATABASE_PASSWORD", "PGPASSWORD"),
    "mysql": ("WORKBENCH_DATABASE_PASSWORD", "MYSQL_PWD"),
}
KEYRING = "ad-crm-workbench"
"""Service name under which a keyring keeps passwords; the user there is `user@host/database`."""

_URL = re.compile(r"\s*([a-z][a-z0-9+.-]*)://", re.I)


@dataclass(frozen=True)
class Address:
    """One database, and what is read from it.

    Attributes:
        kind: `postgresql` or `mysql`.
        host, port, database, user: As the URL says; empty or 0: the driver's default.
        password: Never shown.
        options: Parameters for the driver.
        what: Name of a table or view, or one SELECT.
        watermark: Column that grows with every change.
    """

    kind: Kind
    host: str = ""
    port: int = 0
    database: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)
    what: str = ""
    watermark: str = ""

    @property
    def is_query(self) -> bool:
        """Whether `what` is a SELECT and no name."""
        return bool(re.match(r"\s*(\(|select\b|with\b|values\b|table\b)", self.what, re.I))

    @property
    def shown(self) -> str:
        """The place in words for reviews and the ledger: no user, no password, no options."""
        port = f":{self.port}" if self.port else ""
        name = "query" if self.is_query else quote(self.what, safe="._")
        return f"{self.kind}://{self.host or 'localhost'}{port}/{quote(self.database)} {name}"

    @property
    def origin(self) -> str:
        """Mark of the place and of what is read there; the same whoever reads it."""
        socket = self.options.get("unix_socket") or self.options.get("host", "")
        place = (
            self.kind,
            self.host or socket or "localhost",
            str(self.port),
            self.database,
            self.what.strip(),
        )
        return hashlib.sha256("\x1f".join(place).encode()).hexdigest()[:16]

    def hidden(self, text: object) -> str:
        """The first line of a driver's message without anything that is secret."""
        line = next(iter(str(text).strip().splitlines()), type(text).__name__)
        secrets = {self.password, quote(self.password, safe=""), *self.options.values()}
        for secret in sorted(filter(None, secrets), key=len, reverse=True):
            line = line.replace(secret, "…")
        if self.user:
            line = re.sub(rf"(?<!\w){re.escape(self.user)}(?!\w)", "…", line)
        return line[:300].rstrip(" .")


def is_url(text: object) -> bool:
    """Whether something is the URL of a database (or tries to be), and no path."""
    return isinstance(text, str) and _URL.match(text) is not None


def parse(url: str, what: str = "", watermark: str = "") -> Address:
    """Take a URL apart: `postgresql://user@host:5432/crm?table=orders&watermark=updated_at`.

    Args:
        url: Scheme `postgresql`, `postgres`, `mysql` or `mariadb`; the password may be in it, in a
            variable (`WORKBENCH_DATABASE_PASSWORD`, `PGPASSWORD`, `MYSQL_PWD`) or in the keyring.
        what: Table or SELECT; goes over the URL's `table` or `query`.
        watermark: Column; goes over the URL's.

    Raises:
        InputError: for a URL that cannot be read; it is never repeated in the sentence.
    """
    scheme = str(_URL.match(url)[1]).casefold() if _URL.match(url) else ""  # type: ignore[index]
    if scheme not in KINDS:
        raise unknown("kind of database", scheme, KINDS, InputError, "URL")
    try:
        parts = urlsplit(url.strip())
        port = parts.port or 0
        given = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    except ValueError:
        raise InputError(
            "The URL of the database cannot be read.",
            "Write it as postgresql://user@host:port/database?table=orders; "
            "write @ : / ? # % in a password as %40 %3A %2F %3F %23 %25.",
        ) from None
    kind = KINDS[scheme]
    for name in given:
        if name not in (*OURS, *OPTIONS[kind]):
            raise unknown("parameter", name, (*OURS, *OPTIONS[kind]), InputError, "URL of the database")
    found = Address(
        kind, parts.hostname or "", port, unquote(parts.path.lstrip("/")),
        unquote(parts.username or ""), unquote(parts.password or ""),
        {name: value for name, value in given.items() if name not in OURS},
        what.strip().rstrip(";").strip() or given.get("query", "") or given.get("table", ""),
        watermark or given.get("watermark", ""),
    )  # fmt: skip
    return _complete(found)


def _complete(found: Address) -> Address:
    if not found.what:
        raise InputError(
            "Nothing says which table is read from the database.",
            "Add ?table=orders to the URL, or name the table or one SELECT.",
        )
    return found if found.password else replace(found, password=_password(found))


def _password(found: Address) -> str:
    """The password from the environment, else from this user's keyring where there is one."""
    for name in PASSWORD_VARIABLES[found.kind]:
        if text := os.environ.get(name):
            return text
    try:
        import keyring

        return (
            keyring.get_password(KEYRING, f"{found.user}@{found.host or 'localhost'}/{found.database}") or ""
        )
    except Exception:  # noqa: BLE001  (no keyring, or none that can be opened: the driver's own ways are left)
        return ""
