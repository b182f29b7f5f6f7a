"""Where the apps are reached: the port, the links, the hosts they answer to, the secret in the link."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

from workbench import settings
from workbench.errors import SettingsError

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})
TRIES = 50
"""Ports that are looked at, from the wanted one on."""


@dataclass(frozen=True)
class Address:
    """How one running server is reached.

    Attributes:
        port: Port on 127.0.0.1.
        token: Secret that the link carries; whoever has it may look. Empty: links open nothing here.
        public_url: Address under which others reach the server, without a trailing slash; empty: local only.
    """

    port: int
    token: str
    public_url: str = ""

    @property
    def local_url(self) -> str:
        """Address on this machine, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}{self.base_path.rstrip('/')}"

    @property
    def base_path(self) -> str:
        """Path that every address starts with: the one of the public address, else `/`."""
        return urlsplit(self.public_url).path.rstrip("/") + "/"

    @property
    def hosts(self) -> frozenset[str]:
        """Host names that requests may be meant for; any other is refused (DNS rebinding)."""
        public = urlsplit(self.public_url).hostname
        return LOCAL_HOSTS | ({public} if public else frozenset())

    @property
    def origin(self) -> str:
        """Origin of the public address, as browsers send it; empty for a local-only server."""
        parts = urlsplit(self.public_url)
        return f"{parts.scheme}://{parts.netloc}".lower() if self.public_url else ""

    def link(self, path: str = "", public: bool = False) -> str:
        """Address of a page, with the token in it where links open pages."""
        base = self.public_url if public else self.local_url
        query = f"?{urlencode({'token': self.token})}" if self.token else ""
        return f"{base}/{quote(path.lstrip('/'))}{query}"


def checked_public_url(text: str) -> str:
    """Return a public address without its trailing slash; empty stays empty.

    Raises:
        SettingsError: when it is no http or https address.
    """
    parts = urlsplit(text.strip())
    if not text.strip():
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(
            f"The public address {text!r} is no web address.",
            "Write it like https://ads.example.com or http://192.168.1.20:8866.",
            "--public-url",
        )
    return text.strip().rstrip("/")


def token(fresh: bool = False) -> str:
    """The secret of this user's links: made once, kept for restarts, readable by this user only.

    Args:
        fresh: Make a new one; links and logins with the old one end.
    """
    file = state_folder() / "token"
    if fresh:
        file.unlink(missing_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        file.chmod(0o600)
        return file.read_text(encoding="ascii").strip() or token(fresh=True)
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        made = secrets.token_urlsafe(24)
        stream.write(made)
    return made


def cookie_secret(of: str) -> bytes:
    """Key that signs login cookies: from the token, so that both last and end together."""
    return hashlib.blake2b(of.encode(), digest_size=32, person=b"workbench-cookie").digest()


def state_folder() -> Path:
    """Folder of this user's server state; private to this user."""
    folder = settings.home() / "state"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def bind(port: int, tries: int = TRIES) -> list[socket.socket]:
    """Listen on 127.0.0.1 at `port`, or at the next of so many ports that is free.

    Raises:
        SettingsError: when no port near it is free, or `port` is none.
    """
    from tornado.netutil import bind_sockets

    if not 0 < port < 65536:
        raise SettingsError(f"{port} is no port.", "Choose one from 1024 to 65535.", "--port")
    for candidate in range(port, min(port + tries, 65536)):
        try:
            return list(bind_sockets(candidate, "127.0.0.1"))
        except (OSError, PermissionError):
            continue
    raise SettingsError(f"No port from {port} on is free.", "Choose another with --port.", "--port")
