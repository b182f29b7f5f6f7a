"""Settings: defaults, then the workspace's `workbench.toml`, then `WORKBENCH_*` variables."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from workbench.errors import SettingsError, unknown

FILE_NAME = "workbench.toml"


def _setting(default: Any, doc: str) -> Any:
    return field(default=default, metadata={"doc": doc})


@dataclass(frozen=True)
class Settings:
    """What a workspace may set; every field is documented in the guide from its `doc`."""

    name: str = _setting("", "Title of the workspace, shown in the shell of every app.")
    schema_version: int = _setting(1, "Layout version of the workspace; written by the workbench.")
    lang: str = _setting("en", "Language of apps and reports: `en` or `zh`.")
    theme: str = _setting("auto", "Colours: `auto` (as the device), `light` or `dark`.")
    currency: str = _setting("", "Currency of answers (ISO 4217); empty: the one most spend is in.")
    country: str = _setting(
        "",
        "Country whose public holidays forecasts try, such as `CN` or `DE-BY`; empty: that of the currency; "
        "`none`: none.",
    )
    timezone: str = _setting("", "Time zone of naive times in CRM files (IANA name); empty: ask.")
    engine: str = _setting(
        "duckdb", "Engine of questions: `duckdb`, or a Spark: `local[*]`, `spark://host:port`."
    )
    margin: float = _setting(0.0, "Contribution margin as a share of revenue; 0: not known.")
    retention_days: tuple[tuple[str, int], ...] = _setting(
        (),
        "Days after which rows about persons go, by table, applied by `workbench retain`: "
        "`retention_days = { events = 400, quarantine = 90 }`.",
    )
    contact_cap: tuple[tuple[str, int], ...] = _setting(
        (),
        "Contacts after which nobody is addressed again for some days, all channels together: "
        "`contact_cap = { contacts = 4, days = 7 }`, which is also what holds without it.",
    )
    port: int = _setting(8866, "Port of the apps on 127.0.0.1.")
    public_url: str = _setting("", "Address under which others reach the apps; empty: local only.")
    uploads: str = _setting(
        "auto",
        "Who may import and undo in the Data app: `on` everybody with the link, `off` nobody, "
        "`auto` as long as the apps are local only (no `public_url`). JupyterLab is not concerned.",
    )
    personal: str = _setting(
        "auto",
        "Who may open personal values in the Customer card app: `on` everybody with the link, `off` nobody, "
        "`auto` as long as the apps are local only (no `public_url`). JupyterLab is not concerned.",
    )
    kernels: str = _setting(
        "auto",
        "How Python starts for each visitor of the apps: `auto` forked from a warm process where the system "
        "can do that, `plain` always on its own (slower, and more memory).",
    )
    confine: str = _setting(
        "auto",
        "Whether a visitor's Python is kept from other files, other visitors and the network: `auto` where "
        "the system can do that (Linux with Landlock), `on` serve only so, `off` never.",
    )
    chromium: str = _setting(
        "", "Program that prints PDF reports, a Chromium or Chrome; empty: the one on the path."
    )
    identity: str = _setting(
        "token",
        "Who says who visits the apps: `token` the links, `proxy` a reverse proxy in front that has asked "
        "for the login, `hub` the JupyterHub that runs the apps as its service.",
    )
    proxy_user_header: str = _setting(
        "X-Remote-User", "With `proxy`: header in which the proxy names the visitor."
    )
    proxy_role_header: str = _setting(
        "X-Workbench-Role",
        "With `proxy`: header with the visitor's role, or groups of which one is a role; none: `viewer`.",
    )
    proxy_advertisers_header: str = _setting(
        "X-Workbench-Advertisers",
        "With `proxy`: header with the advertisers whose data the visitor sees, as a JSON list or with "
        "commas between; absent or empty: everybody's.",
    )
    trusted_proxies: tuple[str, ...] = _setting(
        ("127.0.0.1", "::1"),
        "With `proxy`: addresses or networks that these headers are believed from; all others are refused.",
    )
    proxy_secret: str = _setting(
        "",
        "With `proxy`: what the proxy sends in the header X-Workbench-Secret, so that no other program on "
        "its machine can speak for it; empty: not asked for. Best given as WORKBENCH_PROXY_SECRET.",
    )
    upload_limit: int = _setting(200, "Largest file that the Data app takes, in MB.")


ROLE = "WORKBENCH_ROLE"
"""Variable that says in a visitor's kernel what the visitor's link opens."""
ADVERTISERS = "WORKBENCH_ADVERTISERS"
"""Variable with a JSON list of the advertisers whose rows a visitor's link opens; unset: everybody's."""
ROLES = ("viewer", "planner", "steward")
"""Who looks; who also saves and plans; who may do all that the settings allow."""
_TABLES = ("retention_days", "contact_cap")
_LISTS = ("trusted_proxies",)
SECRET = ("WORKBENCH_PROXY_SECRET", "JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")
"""Variables that the server alone may know, not the kernels it starts."""
_CHOICES = {
    "identity": ("token", "proxy", "hub"),
    "lang": ("en", "zh"),
    "theme": ("auto", "light", "dark"),
    "uploads": ("auto", "on", "off"),
    "personal": ("auto", "on", "off"),
    "kernels": ("auto", "plain"),
    "confine": ("auto", "on", "off"),
}

_RANGES = {"port": (0, 65535), "margin": (0, 1), "upload_limit": (1, 1_000_000)}


def role() -> str:
    """What who acts here may do: a visitor's role; whoever has a Python of their own is a steward."""
    found = os.environ.get(ROLE, "steward")
    return found if found in ROLES else "viewer"


def saves() -> bool:
    """Whether who acts here may save things and decide: all but viewers."""
    return role() != "viewer"


def advertisers() -> tuple[str, ...] | None:
    """Whose rows who acts here may see; None: everybody's. What cannot be read opens nobody's."""
    import json

    said = os.environ.get(ADVERTISERS)
    if said is None:
        return None
    try:
        found = json.loads(said)
    except ValueError:
        return ()
    return tuple(name for name in found if isinstance(name, str)) if isinstance(found, list) else ()


def lets(choice: str, settings: Settings) -> bool:
    """Whether a visitor of the apps may do what `choice` (`auto`, `on`, `off`) decides about."""
    return role() == "steward" and (choice == "on" or (choice == "auto" and not settings.public_url))


def home() -> Path:
    """Folder of the demo workspace and this user's state (`WORKBENCH_HOME`, else the platform's)."""
    if folder := os.environ.get("WORKBENCH_HOME"):
        return Path(folder).expanduser().resolve()
    from platformdirs import user_data_path

    return user_data_path("ad-crm-workbench", appauthor=False)


def user() -> str:
    """Who works here: `WORKBENCH_USER`, else the user of this machine."""
    import getpass

    try:
        return os.environ.get("WORKBENCH_USER") or getpass.getuser()
    except (OSError, KeyError):  # a container without a user name
        return str(os.getuid()) if hasattr(os, "getuid") else "unknown"


def load(workspace: Path | None = None, environ: Mapping[str, str] = os.environ) -> Settings:
    """Return the settings in force for a workspace folder.

    Args:
        workspace: Folder that may hold a `workbench.toml`; None: defaults and environment only.
        environ: Environment; `WORKBENCH_LANG=zh` overrides `lang`, and so on.

    Raises:
        SettingsError: for an unknown setting or a value that is not allowed.
    """
    file = workspace / FILE_NAME if workspace else None
    values = _read(file) if file and file.is_file() else {}
    names = {item.name for item in fields(Settings)}
    for name in values:
        if name not in names:
            raise unknown("setting", name, names, SettingsError, str(file))
    for name in names - {"schema_version", "name", *_TABLES}:
        if text := environ.get(f"WORKBENCH_{name.upper()}"):
            values[name] = text
    return _checked(values, str(file or "environment"))


def save(workspace: Path, settings: Settings) -> None:
    """Write the settings that differ from the defaults, replacing the file in one step."""
    import tomlkit

    document = tomlkit.document()
    for item in fields(Settings):
        value = getattr(settings, item.name)
        if value != item.default or item.name == "schema_version":
            document.add(item.name, dict(value) if item.name in _TABLES else value)
    file = workspace / FILE_NAME
    part = file.with_suffix(".part")
    part.write_text(tomlkit.dumps(document), encoding="utf-8")
    os.replace(part, file)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))  # Windows puts a mark before it
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"It is not valid TOML: {error}.", "Correct that line.", str(file)) from None


def _kind(name: str, value: Any) -> Any:
    """What makes a setting of what was written."""
    return _pairs if name in _TABLES else _addresses if name in _LISTS else type(value)


def _pairs(value: Any) -> tuple[tuple[str, int], ...]:
    """A table of whole numbers as pairs, in the order of their names."""
    if not isinstance(value, Mapping) or not all(type(days) is int and days >= 0 for days in value.values()):
        raise ValueError(value)
    return tuple(sorted((str(name), days) for name, days in value.items()))


def _addresses(value: Any) -> tuple[str, ...]:
    """A list of addresses and networks; in a variable with commas between them."""
    from ipaddress import ip_network

    listed = [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value
    return tuple(str(entry) for entry in listed if ip_network(entry, strict=False))


def _checked(values: dict[str, Any], where: str) -> Settings:
    settings = Settings()
    for name, value in values.items():
        kind: Any = _kind(name, getattr(settings, name))
        try:
            settings = replace(settings, **{name: kind(value)})
        except (TypeError, ValueError):
            raise SettingsError(
                f"Setting {name!r} is {value!r}, which is no {kind.__name__.strip('_')}.",
                "Correct it.",
                where,
            ) from None
    for name, allowed in _CHOICES.items():
        if getattr(settings, name) not in allowed:
            raise unknown(f"value of {name}", getattr(settings, name), allowed, SettingsError, where)
    for name, (least, most) in _RANGES.items():
        if not least <= getattr(settings, name) <= most:
            raise SettingsError(
                f"Setting {name!r} is {getattr(settings, name)!r}, which is not between {least} and {most}.",
                "Correct it.",
                where,
            )
    return settings
