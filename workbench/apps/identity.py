"""Who visits and what that opens: by a link with a token, as a reverse proxy says, or as a JupyterHub says.

The setting `identity` chooses one of them, and then only that one is believed.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from abc import abstractmethod
from dataclasses import asdict, dataclass
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler

from workbench.apps import ended, passes
from workbench.apps.passes import Pass

NOTHING = Pass("viewer", advertisers=())
"""What a login opens that has just ended."""


@dataclass
class Person(User):  # type: ignore[misc]
    """A visitor whom somebody trusted has named.

    Attributes:
        opened: What the visit opens.
    """

    opened: Pass = NOTHING


@dataclass
class Visit(User):  # type: ignore[misc]
    """Somebody who came in by a link: two browsers are two visits, even with one link.

    Attributes:
        visit: What tells this login from others; it ends when somebody logs out.
    """

    visit: str = ""


COOKIE_DAYS = 32
"""Days after which no cookie of a login is believed any more."""


class Doors(IdentityProvider):  # type: ignore[misc]
    """What the server asks of every identity."""

    has_form = False
    """Whether visitors log in by a form of ours."""
    can_leave = True
    """Whether visitors log out here."""

    def get_handlers(self) -> list[tuple[str, object]]:
        """No routes but the server's own."""
        return []

    @abstractmethod
    def opens(self, user: User) -> Pass | None:
        """What a login opens at this moment; None: it has ended."""

    @abstractmethod
    def whose(self, user: User) -> str:
        """What two requests of one visitor have in common: a kernel answers to nobody else."""

    def named(self, user: User) -> str:  # noqa: ARG002 (a link names nobody)
        """The visitor's name where it is proven; else empty."""
        return ""

    @abstractmethod
    def meet(self, handler: Any, wrong: bool = False) -> None:
        """What a visitor meets who has not said who they are."""

    def leave(self, handler: Any) -> str:
        """End the login of this browser, for good.

        Returns:
            Address to go to then.
        """
        from workbench.apps.pages import language

        self.clear_login_cookie(handler)
        return f"{handler.base_url}login?left=1&lang={language(handler)}"


class TokenLogin(Doors):
    """The owner's token opens everything, a pass what it says; nobody can set a password."""

    has_form = True

    async def get_user_token(self, handler: RequestHandler) -> User | None:
        """The user whom the token or pass of a request lets in."""
        given = self.get_token(handler) or ""
        found = passes.read(self.token, given) if given else None
        if found is None:
            return None
        known = self.get_user_cookie(handler)
        came = _visit(given, found)
        same = known and _link(known) == _link(came) and self.opens(known)
        return known if same else came

    def user_to_cookie(self, user: User) -> str:
        """A login as its cookie says it."""
        return json.dumps(asdict(user))

    def user_from_cookie(self, cookie_value: str) -> User | None:
        """The user of a login cookie, unless the login, or the pass it stands for, has ended."""
        said = json.loads(cookie_value)
        user = Visit(said["username"], said["name"], visit=said.get("visit", ""))
        return user if self.opens(user) else None

    def opens(self, user: User) -> Pass | None:
        """What a login opens; None: a pass that has ended, or a browser that has logged out."""
        if _mark(user) in ended.marks():
            return None
        return passes.read(self.token, user.username) if passes.is_pass(user.username) else passes.OWNER

    def leave(self, handler: Any) -> str:
        """End the login of this browser: a copy of its cookie opens nothing either."""
        ended.add(_mark(handler.current_user), int(time.time()) + COOKIE_DAYS * 86_400)
        return super().leave(handler)

    def process_login_form(self, handler: RequestHandler) -> User | None:
        """A user for the right token or pass, typed or pasted (a whole link will do)."""
        typed = handler.get_argument("password", default="").strip()
        given = passes.in_link(typed)
        found = passes.read(self.token, given)
        return _visit(given, found) if found else None

    def whose(self, user: User) -> str:
        """One browser: a link sent to twenty people makes twenty visitors of them."""
        return f"{_link(user)} {getattr(user, 'visit', '')}"

    def meet(self, handler: Any, wrong: bool = False) -> None:
        """The form for the token, in the language of the workspace."""
        from workbench.apps.pages import page

        following = handler.get_argument("next", default=handler.base_url)
        told: dict[str, Any] = {"wrong": wrong, "left": bool(handler.get_argument("left", default=""))}
        handler.write(page(handler, "login.html", next=following, xsrf=handler.xsrf_form_html(), **told))


def _visit(given: str, found: Pass) -> Visit:
    """A new login by a link: the owner's is told by chance alone, so that no cookie holds the token."""
    chance = secrets.token_hex(16)
    return Visit(f"owner-{chance}" if found == passes.OWNER else given, found.role, visit=chance)


def _link(user: User) -> str:
    """By what a visitor came in: the owner's link, or one pass."""
    return str(user.username) if passes.is_pass(user.username) else "owner"


def _mark(user: User) -> str:
    """What tells an ended login from others, without opening anything."""
    said = getattr(user, "visit", "") or user.username
    return hashlib.blake2b(said.encode(), digest_size=16, person=b"workbench-visit").hexdigest()
