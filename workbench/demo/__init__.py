"""The demo world: seeded, 18 months of advertising and customers, with planted truth to find again."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.demo.builder import build
    from workbench.demo.nature import natures
    from workbench.demo.planted import Truth, truth
    from workbench.demo.shared import workspace

__all__ = ["Truth", "build", "natures", "truth", "workspace"]

_HOMES = {
    "Truth": "planted",
    "build": "builder",
    "natures": "nature",
    "truth": "planted",
    "workspace": "shared",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workbench.demo.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workbench.demo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
