"""Questions of comparison: which is really better, by how much, and how sure.

Every question answers with a `Comparison`. A question never has the name of its file, so that the
lazy face below and an import of the file cannot hide one another.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.compare.result import Comparison, Remark, SampleRatio, Verdict

_HOMES = {
    "Comparison": "result",
    "Remark": "result",
    "SampleRatio": "result",
    "Verdict": "result",
}

__all__ = [
    "Comparison",
    "Remark",
    "SampleRatio",
    "Verdict",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workbench.compare.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'workbench.compare' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
