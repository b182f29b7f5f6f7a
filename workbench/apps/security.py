"""Which requests are heard: only those for known hosts, and what pages may load."""

from __future__ import annotations

import os
from typing import Any

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.auth.login import LoginFormHandler
from tornado.httputil import HTTPMessageDelegate, HTTPServerRequest, split_host_and_port
from tornado.web import Application, HTTPError, RequestHandler

from workbench.apps.handlers import Wordy

_ELSE = (
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'self'"
)
OWN_POLICY = f"default-src 'none'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; {_ELSE}"
"""Of a workspace's own notebooks: who writes them may show any widget, and scripts of theirs."""


DRIVEN = "WORKBENCH_DRIVEN"
"""Variable that says that a test drives the browsers: what it waits for is text that the page evaluates."""


def policy(nonce: str = "") -> str:
    """What a page may load: files of this server alone, no script that stands in the page unmarked, no text.

    Charts are interpreted and the front end evaluates nothing that it needs, so a page runs no text as code.

    Args:
        nonce: What the page's own scripts are marked with; empty: a page without scripts of its own.
    """
    marked = f" 'nonce-{nonce}'" if nonce else ""
    driven = " 'unsafe-eval'" if os.environ.get(DRIVEN) else ""
    return f"default-src 'none'; script-src 'self'{driven}{marked}; {_ELSE}"


PATIENCE: dict[str, Any] = {
    "max_body_size": 1 << 20,
    "body_timeout": 30.0,
    "idle_connection_timeout": 75.0,
}
"""What a connection may cost before anybody has logged in: bytes of a form (files come in pieces through the
page's websocket), and seconds for a form and for the head of a request."""

HEADERS = {
    "Content-Security-Policy": policy(),
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


class Login(Wordy, LoginFormHandler):  # type: ignore[misc]
    """Where visitors go who have not said who they are; what they meet there is the identity's."""

    def _render(self, message: dict[str, str] | None = None) -> None:
        self.identity_provider.meet(self, wrong=bool(message))

    @allow_unauthenticated  # type: ignore[untyped-decorator]
    def post(self) -> None:
        """Take what the form says, where there is one."""
        if not self.identity_provider.has_form:
            raise HTTPError(405)
        super().post()
