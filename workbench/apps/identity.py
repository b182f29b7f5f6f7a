"""Who visits and what that opens: by a link with a token, as a reverse proxy says, or as a JupyterHub says.

The setting `identity` chooses one of them, and then only that one is believed.
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from tornado.web import RequestHandler

from workbench.apps import passes
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


class Doors(IdentityProvider):  # type: ignore[misc]
    """What the server asks of every identity."""

    has_form = False
    """Whether visitors log in by a form of ours."""

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


class TokenLogin(Doors):
    """The owner's token opens everything, a pass what it says; nobody can set a password."""

    has_form = True

    async def get_user_token(self, handler: RequestHandler) -> User | None:
        """The user whom the token or pass of a request lets in."""
        given = self.get_token(handler) or ""
        found = passes.read(self.token, given) if given else None
        if found is None:
            return None
        if found != passes.OWNER:
            return User(given, found.role)
        known = self.get_user_cookie(handler)
        return known if known and self.opens(known) == found else self.generate_anonymous_user(handler)

    def user_from_cookie(self, cookie_value: str) -> User | None:
        """The user of a login cookie, unless the pass it stands for has ended."""
        user = super().user_from_cookie(cookie_value)
        return user if user and self.opens(user) else None

    def opens(self, user: User) -> Pass | None:
        """What a login opens; None: a pass that has ended."""
        return passes.read(self.token, user.username) if passes.is_pass(user.username) else passes.OWNER

    def process_login_form(self, handler: RequestHandler) -> User | None:
        """A user for the right token or pass, typed or pasted (a whole link will do)."""
        typed = handler.get_argument("password", default="").strip()
        given = passes.in_link(typed)
        found = passes.read(self.token, given)
        if found is None:
            return None
        return self.generate_anonymous_user(handler) if found == passes.OWNER else User(given, found.role)

    def whose(self, user: User) -> str:
        """The owner, or the holders of one pass: whoever has the same link."""
        return user.username if passes.is_pass(user.username) else "owner"

    def meet(self, handler: Any, wrong: bool = False) -> None:
        """The form for the token, in the language of the workspace."""
        from workbench.apps.pages import page

        following = handler.get_argument("next", default=handler.base_url)
        handler.write(page(handler, "login.html", next=following, wrong=wrong, xsrf=handler.xsrf_form_html()))
