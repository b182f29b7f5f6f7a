"""Visitors as a reverse proxy names them, which has asked for their login: headers believed from it alone."""

from __future__ import annotations

import hmac
import json
import re
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import unquote

from jupyter_server.auth.identity import User
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import RequestHandler

from workbench import i18n, saved, settings
from workbench.apps.identity import Doors, Person
from workbench.apps.passes import Pass
from workbench.settings import Settings

SECRET_HEADER = "X-Workbench-Secret"  # noqa: S105  (the name of a header)


class ProxyLogin(Doors):
    """The proxy's headers say who comes; no token, link or cookie opens anything."""

    can_leave = False
    rules = Settings()
    """Names of the headers and the addresses they are believed from; the server sets them."""

    def get_user(self, handler: RequestHandler) -> User | None:
        """The visitor whom a trusted proxy names in this request."""
        return told(handler.request, self.rules)

    def opens(self, user: User) -> Pass | None:
        """What the proxy said at the last request."""
        return user.opened if isinstance(user, Person) else None

    def whose(self, user: User) -> str:
        """The person, with what is opened to them."""
        return repr((user.username, self.opens(user)))

    def named(self, user: User) -> str:
        """The name the proxy gives."""
        return str(user.username)

    def meet(self, handler: Any, wrong: bool = False) -> None:  # noqa: ARG002 (there is no form)
        """Say that only the proxy's visitors come in."""
        from workbench.apps.pages import language, page

        lang = language(handler)
        heading, what = i18n.text("apps.proxy_title", lang), i18n.text("apps.proxy", lang)
        handler.set_status(403)
        handler.write(page(handler, "error.html", heading, heading=heading, what=what, retry=0))


def told(request: HTTPServerRequest, rules: Settings) -> Person | None:
    """Whom the headers of a request name, where they come from a trusted proxy; else None.

    Args:
        request: The request.
        rules: Settings that name headers and proxies.
    """
    if not (comes_from(peer(request), rules.trusted_proxies) and _secret(request.headers, rules)):
        return None
    name = _one(request.headers, rules.proxy_user_header)
    role = _one(request.headers, rules.proxy_role_header)
    limit = _one(request.headers, rules.proxy_advertisers_header)
    if role is None or limit is None or not is_name(name):
        return None
    return Person(str(name), opened=Pass(highest(re.split(r"[\s,;|]+", role)), 0, _listed(limit)))


def peer(request: HTTPServerRequest) -> str:
    """Address that the connection itself comes from, whatever X-Forwarded-For says."""
    place = getattr(getattr(request.connection, "context", None), "address", None)
    return str(place[0]) if isinstance(place, tuple) and place else ""


def comes_from(address: str, trusted: tuple[str, ...]) -> bool:
    """Whether an address is one of those that are trusted."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    plain = getattr(found, "ipv4_mapped", None) or found
    return any(plain in ip_network(entry, strict=False) for entry in trusted)


def highest(groups: list[str]) -> str:
    """The highest role among a person's groups; a viewer where none is a role."""
    held = [role for role in settings.ROLES if role in groups]
    return held[-1] if held else settings.ROLES[0]


def _one(headers: HTTPHeaders, name: str) -> str | None:
    """The value of a header; empty: absent; None: there twice, as where a visitor has slipped one in."""
    values = headers.get_list(name)
    if len(values) > 1:
        return None
    return _utf8(values[0]).strip() if values else ""


def _utf8(text: str) -> str:
    """A header's text: servers read headers as Latin-1, proxies write UTF-8."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def is_name(text: str | None) -> bool:
    """Whether a text is a name in its normal form: two spellings of one name would be two people's."""
    try:
        return bool(text) and saved.person(text or "") == text
    except saved.Refused:
        return False


def _listed(text: str) -> tuple[str, ...] | None:
    """Advertisers of a header; None: it names none, so everybody's data."""
    if not text:
        return None
    try:
        found = json.loads(text) if text.startswith("[") else map(unquote, text.split(","))
    except ValueError:
        return ()
    return tuple(dict.fromkeys(str(entry).strip() for entry in found if str(entry).strip()))


def _secret(headers: HTTPHeaders, rules: Settings) -> bool:
    given = headers.get(SECRET_HEADER, "")
    return not rules.proxy_secret or hmac.compare_digest(given.encode(), rules.proxy_secret.encode())
