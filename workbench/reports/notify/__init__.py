"""Who is told about a report: services named in `notify.toml`, a few sentences, no cause twice."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.reports.notify.message import Message
    from workbench.reports.notify.registry import Service, services
    from workbench.reports.notify.telling import Told, tell, try_out

__all__ = ["Message", "Service", "Told", "services", "tell", "try_out"]

_HOMES = {
    "Message": "message",
    "Service": "registry",
    "services": "registry",
    "Told": "telling",
    "tell": "telling",
    "try_out": "telling",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
