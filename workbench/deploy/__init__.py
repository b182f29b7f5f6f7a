"""Files for a server that a team shares: systemd's unit, nginx in front of it with TLS, JupyterHub.

Each is written for one installation, with its paths, address and limits filled in, ready to be put in place.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from workbench import lab
from workbench.apps import address
from workbench.errors import SettingsError, unknown
from workbench.settings import Settings

FILES: Mapping[str, str] = {
    "systemd": "workbench.service",
    "nginx": "nginx.conf",
    "jupyterhub": "jupyterhub_config.py.txt",
}
"""Kind → file beside this one."""
SEAT_MB, BESIDE_MB = 100, 250
"""What a seat takes, and what server, template and spare take beside the seats."""
_SERVICE = "/services/workbench"
"""Where a hub puts a service of this name."""
_SLACK, _MOST = 1.25, 1.5
"""Times that from which memory is held back, and where it ends."""
_TASKS_A_SEAT, _TASKS_BESIDE = 40, 200
_PLAIN = re.compile(r"[\w./:@+*-]+")
"""What a word may hold to mean the same to systemd, nginx and Python."""


@dataclass(frozen=True)
class Site:
    """One installation.

    Attributes:
        workspace: Folder of the workspace.
        public_url: Address under which the team reaches the apps: `https://…`.
        port: Port on 127.0.0.1.
        seats: Pages open at once.
        user: User of the system that the apps run as; its state is in `/var/lib/USER`.
        read_only: Whether nobody saves anything into the workspace.
        certificate: File of the certificate and its chain.
        key: File of the certificate's key.
        settings: The workspace's; with `identity = "proxy"` nginx asks for the login.
        users: File of names and passwords for that login.
        secrets: File with the line that sends the proxy's secret.
    """

    workspace: Path
    public_url: str
    port: int
    seats: int
    user: str = "workbench"
    read_only: bool = False
    certificate: str = ""
    key: str = ""
    settings: Settings = field(default_factory=Settings)
    users: str = "/etc/nginx/workbench.users"
    secrets: str = "/etc/nginx/workbench-secret*.conf"


def written(kind: str, site: Site) -> str:
    """The file of one kind for an installation.

    Args:
        kind: One of `FILES`.
        site: The installation.

    Raises:
        SettingsError: for no such kind, a public address without TLS, or a word that such a file cannot hold.
    """
    if kind not in FILES:
        raise unknown("kind of file", kind, FILES, SettingsError)
    return _filled(FILES[kind], _words(site))


def _filled(file: str, words: Mapping[str, str]) -> str:
    """A text of this folder with its places filled."""
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    return re.sub(r"\{\{([A-Z_]+)\}\}", lambda place: words[place[1]], text)


def _words(site: Site) -> dict[str, str]:
    """What stands in the files' places."""
    public = urlsplit(_with_tls(site.public_url))
    host, folder = public.hostname or "", f"/etc/letsencrypt/live/{public.hostname}"
    home, path, memory = f"/var/lib/{site.user}", public.path, BESIDE_MB + SEAT_MB * site.seats
    plain = {
        "WORKSPACE": str(site.workspace.resolve()),
        "PROGRAM": str(Path(sys.prefix, "bin", "workbench")),
        "PYTHON": sys.executable,
        "USER": site.user,
        "HOME": home,
        "PUBLIC_URL": site.public_url.rstrip("/"),
        "HOST": host,
        "CERTIFICATE": site.certificate or f"{folder}/fullchain.pem",
        "KEY": site.key or f"{folder}/privkey.pem",
    }
    words = {**plain, **_login(site)}
    for value in words.values():
        _checked(value)
    login = site.settings.identity == "proxy"
    return {
        **words,
        "ROLES": _filled("nginx-roles.conf", {}) if login else "",
        "IDENTITY": _filled("nginx-login.conf" if login else "nginx-links.conf", words),
        "PREFIX": _SERVICE,
        "LAB_ARGUMENTS": json.dumps(lab.arguments({}), indent=4),
        "PORT": str(site.port),
        "SEATS": str(site.seats),
        "PATH": f"{path.rstrip('/')}/",
        "PROTECT_HOME": _protect_home(plain["WORKSPACE"], plain["PROGRAM"]),
        "WRITABLE": "" if site.read_only else f"ReadWritePaths={plain['WORKSPACE']}\n",
        "MEMORY_HIGH": f"{memory * _SLACK:.0f}",
        "MEMORY_MAX": f"{memory * _MOST:.0f}",
        "TASKS": str(_TASKS_BESIDE + _TASKS_A_SEAT * site.seats),
    }


def _login(site: Site) -> dict[str, str]:
    """Headers and files of a login that the proxy asks for."""
    return {
        "USER_HEADER": site.settings.proxy_user_header,
        "ROLE_HEADER": site.settings.proxy_role_header,
        "ADVERTISERS_HEADER": site.settings.proxy_advertisers_header,
        "USERS": site.users,
        "SECRETS": site.secrets,
    }


def _with_tls(url: str) -> str:
    """A public address that is asked for by https."""
    checked = address.checked_public_url(url)
    if not checked.startswith("https://"):
        raise SettingsError(
            "A team's apps need a public address with TLS.",
            "Give it with --public-url https://ads.example.com, or set public_url in workbench.toml.",
            "--public-url",
        )
    return checked


def _checked(word: str) -> None:
    """Refuse what would mean something else in one of the files."""
    if not _PLAIN.fullmatch(word):
        raise SettingsError(
            f"{word!r} cannot stand in such a file.",
            "Use paths and names of letters, digits and . _ - / only.",
        )


def _protect_home(*paths: str) -> str:
    """How systemd hides home folders: whole, unless something that is needed lies in one."""
    inside = any(path.startswith(("/home/", "/root/")) for path in paths)
    return "read-only" if inside else "yes"
