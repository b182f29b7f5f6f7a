"""Visitors as a JupyterHub knows them, whose service the apps are: its login, its groups, its permission.

The hub starts the server with its addresses and a secret in `JUPYTERHUB_*`. A visitor without a login is
sent to it and comes back with a code (OAuth 2), for which the hub tells the server who that is.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.identity import User
from jupyter_server.auth.login import LoginFormHandler
from tornado.httpclient import AsyncHTTPClient, HTTPClientError
from tornado.web import HTTPError, RequestHandler

from workbench.apps.address import checked_public_url
from workbench.apps.handlers import WordyHandler
from workbench.apps.identity import Doors, Person
from workbench.apps.passes import Pass
from workbench.apps.proxy import highest, is_name
from workbench.errors import SettingsError

CALLBACK = "oauth_callback"
"""Last part of the address that the hub sends visitors back to."""
GROUP, ADVERTISER = "workbench-", "workbench-advertiser:"
"""Beginnings of groups that are roles, and of those that limit to an advertiser."""
ASK_AGAIN = 60.0
"""Seconds after which the hub is asked again whether a login holds."""
_STATE = "workbench-hub-state"
_SECONDS = 10
_NAMES = ("API_TOKEN", "API_URL", "CLIENT_ID", "BASE_URL", "SERVICE_PREFIX", "SERVICE_URL")


@dataclass(frozen=True)
class Hub:
    """What the hub tells its service at the start.

    Attributes:
        api: Address of its API, for the server.
        authorize: Address of its login, for browsers.
        client, secret: What the service is called there, and what proves it.
        public: Address of the service, for browsers, without a trailing slash.
        port: Port that the hub expects the service on.
        back: Address that the hub sends visitors back to, as the hub has it: it compares them by letter.
    """

    api: str
    authorize: str
    client: str
    secret: str
    public: str
    port: int
    back: str


def told(environ: Mapping[str, str] = os.environ, public_url: str = "") -> Hub:
    """Read what the hub has said in the environment.

    Args:
        environ: The environment.
        public_url: The setting; empty: the address that the hub names.

    Raises:
        SettingsError: where it has said nothing, or the address is not the service's.
    """
    found = {name: environ.get(f"JUPYTERHUB_{name}", "") for name in _NAMES}
    if missing := [name for name, value in found.items() if not value]:
        raise SettingsError(
            f"identity = 'hub' needs JUPYTERHUB_{missing[0]}, which a JupyterHub sets for its services.",
            "Let the hub start this command, or choose another identity.",
            "identity",
        )
    public = checked_public_url(public_url or environ.get("JUPYTERHUB_PUBLIC_URL", ""))
    if urlsplit(public).path.rstrip("/") != found["SERVICE_PREFIX"].rstrip("/") or not public:
        raise SettingsError(
            f"The public address {public!r} is not that of the hub's service {found['SERVICE_PREFIX']!r}.",
            "Set public_url to the hub's address with that path at its end.",
            "public_url",
        )
    parts = urlsplit(public)
    host = environ.get("JUPYTERHUB_HOST") or f"{parts.scheme}://{parts.netloc}"
    return Hub(
        api=found["API_URL"].rstrip("/"),
        authorize=f"{host}{found['BASE_URL'].rstrip('/')}/hub/api/oauth2/authorize",
        client=found["CLIENT_ID"],
        secret=found["API_TOKEN"],
        public=public,
        port=urlsplit(found["SERVICE_URL"]).port or 80,
        back=environ.get("JUPYTERHUB_OAUTH_CALLBACK_URL") or f"{public}/{CALLBACK}",
    )


@dataclass
class _Session:
    """One login: who it is, what proves it to the hub, and when that was last asked."""

    person: Person
    token: str
    asked: float


class HubLogin(Doors):
    """The hub's login opens what its groups say; no token or link opens anything."""

    hub: Hub
    """What the hub has told; the server sets it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._sessions: dict[str, _Session] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def get_user(self, handler: RequestHandler) -> User | None:
        """The visitor whose login the cookie names."""
        key = (handler.get_secure_cookie(self.get_cookie_name(handler)) or b"").decode()
        session = self._sessions.get(key)
        return session.person if session and self.opens(session.person) else None

    def opens(self, user: User) -> Pass | None:
        """What a login opens, as the hub said within the last minute or so."""
        key, session = next(((k, s) for k, s in self._sessions.items() if s.person is user), ("", None))
        if session is None:
            return None
        if time.monotonic() - session.asked > ASK_AGAIN:
            session.asked = time.monotonic()
            task = asyncio.ensure_future(self._ask(key, session))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)
        return session.person.opened

    def whose(self, user: User) -> str:
        """The person, with what is opened to them."""
        return repr((user.username, self.opens(user)))

    def named(self, user: User) -> str:
        """The name at the hub."""
        return str(user.username)

    def meet(self, handler: Any, wrong: bool = False) -> None:  # noqa: ARG002 (there is no form)
        """Send the visitor to the hub's login, with a note of where they wanted to go."""
        state = secrets.token_urlsafe(24)
        note = json.dumps({"state": state, "next": handler.get_argument("next", handler.base_url)})
        handler.set_secure_cookie(_STATE, note, httponly=True, samesite="Lax", path=handler.base_url)
        asked = {"client_id": self.hub.client, "redirect_uri": self.hub.back, "response_type": "code"}
        handler.redirect(f"{self.hub.authorize}?{urlencode({**asked, 'state': state})}")

    def leave(self, handler: Any) -> str:
        """End the login here, and go to the hub's own way out."""
        key = (handler.get_secure_cookie(self.get_cookie_name(handler)) or b"").decode()
        self._sessions.pop(key, None)
        super().leave(handler)
        return self.hub.authorize.removesuffix("api/oauth2/authorize") + "logout"

    async def welcome(self, handler: Any) -> str:
        """Take the code that a visitor brings from the hub; return where they wanted to go.

        Raises:
            HTTPError: for a visitor whom the hub has not sent, or does not know.
        """
        note = json.loads(handler.get_secure_cookie(_STATE) or b"{}")
        handler.clear_cookie(_STATE, path=handler.base_url)
        if not hmac.compare_digest(note.get("state", ""), handler.get_argument("state", "")) or not note:
            raise HTTPError(403)
        code = {"grant_type": "authorization_code", "code": handler.get_argument("code", "")}
        proof = {"client_id": self.hub.client, "client_secret": self.hub.secret}
        try:
            given = await self._fetch("/oauth2/token", {**code, **proof, "redirect_uri": self.hub.back})
            token = str(given.get("access_token", ""))
            person = known(await self._fetch("/user", token=token))
        except HTTPClientError:
            raise HTTPError(403) from None
        if person is None:
            raise HTTPError(403)
        key = secrets.token_urlsafe(24)
        self._sessions[key] = _Session(person, token, time.monotonic())
        options = {"httponly": True, "samesite": "Lax", "path": handler.base_url}
        secure = {"secure": True} if handler.request.protocol == "https" else {}
        handler.set_secure_cookie(self.get_cookie_name(handler), key, **options, **secure)
        return str(note["next"])

    async def _ask(self, key: str, session: _Session) -> None:
        """Ask the hub who a login is now; one that it knows no more, or as another, ends."""
        try:
            now = known(await self._fetch("/user", token=session.token))
        except (HTTPClientError, OSError) as error:
            if isinstance(error, HTTPClientError) and error.code in (401, 403, 404):
                self._sessions.pop(key, None)
            return  # a hub that restarts throws nobody out
        if now is None or (now.username, now.opened) != (session.person.username, session.person.opened):
            self._sessions.pop(key, None)

    async def _fetch(
        self, path: str, form: Mapping[str, str] | None = None, token: str = ""
    ) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        posted = {"method": "POST", "body": urlencode(form)} if form else {}
        answer = await AsyncHTTPClient().fetch(
            self.hub.api + path, headers=headers, request_timeout=_SECONDS, **posted
        )
        found = json.loads(answer.body)
        return found if isinstance(found, dict) else {}


class Callback(WordyHandler, LoginFormHandler):  # type: ignore[misc]
    """Where the hub sends visitors back to."""

    SUPPORTED_METHODS = ("GET",)

    @allow_unauthenticated  # type: ignore[untyped-decorator]
    async def get(self) -> None:
        """Let in whom the hub names, and lead them where they wanted to go, on this server only."""
        self._redirect_safe(await self.identity_provider.welcome(self))


def known(said: Mapping[str, Any]) -> Person | None:
    """The visitor whom an answer of the hub describes; None: nobody.

    Args:
        said: `name`, `admin` and `groups` as the hub's `/user` answers.
    """
    name, groups = said.get("name"), [str(group) for group in said.get("groups") or ()]
    if not isinstance(name, str) or not is_name(name):
        return None
    roles = [group.removeprefix(GROUP) for group in groups if group.startswith(GROUP)]
    roles += ["steward"] * bool(said.get("admin"))
    limit = tuple(group.removeprefix(ADVERTISER) for group in sorted(groups) if group.startswith(ADVERTISER))
    return Person(name, opened=Pass(highest(roles), 0, limit or None))
