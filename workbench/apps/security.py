"""Who may ask: only for known hosts, only with the token; everything else is turned away."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.auth.login import LoginFormHandler
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest, split_host_and_port
from tornado.web import Application, RequestHandler

from workbench.apps import passes

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
"""Pages may load from this server and from nowhere else."""


HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every page."""


class GuardedApplication(Application):  # type: ignore[misc]
    """Refuses requests for hosts it was not started for, before any handler sees them."""

    def find_handler(self, request: HTTPServerRequest, **kwargs: Any) -> HTTPMessageDelegate:
        """Choose a handler, or the refusal."""
        host = split_host_and_port(request.host.lower())[0]
        if host not in self.settings["allowed_hosts"]:
            return self.get_handler_delegate(request, RefusedHost)
        return super().find_handler(request, **kwargs)


class RefusedHost(RequestHandler):  # type: ignore[misc]
    """The answer to a request for a host that is not ours."""

    def prepare(self) -> None:
        """Say no, and how to say yes."""
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish(
            "This server does not answer under this address. "
            "Start it with --public-url ADDRESS to allow it.\n"
            "本服务未开放此访问地址；如需使用，请在启动时加上 --public-url 地址。\n"
        )


class TokenLogin(IdentityProvider):  # type: ignore[misc]
    """The owner's token opens everything, a pass what it says; nobody can set a password."""

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

    def opens(self, user: User) -> passes.Pass | None:
        """What a login opens; None: a pass that has ended."""
        return passes.read(self.token, user.username) if passes.is_pass(user.username) else passes.OWNER

    def process_login_form(self, handler: RequestHandler) -> User | None:
        """A user for the right token or pass, typed or pasted (a whole link will do)."""
        typed = handler.get_argument("password", default="").strip()
        given = typed.rpartition("token=")[2].partition("&")[0]
        found = passes.read(self.token, given)
        if found is None:
            return None
        return self.generate_anonymous_user(handler) if found == passes.OWNER else User(given, found.role)

    def get_handlers(self) -> list[tuple[str, object]]:
        """The login page only."""
        return []


class Login(LoginFormHandler):  # type: ignore[misc]
    """Asks for the token, in the language of the workspace."""

    def _render(self, message: dict[str, str] | None = None) -> None:
        from workbench.apps.pages import page

        following = self.get_argument("next", default=self.base_url)
        self.write(
            page(
                self,
                "login.html",
                next=following,
                wrong=bool(message),
                xsrf=self.xsrf_form_html(),
            )
        )
