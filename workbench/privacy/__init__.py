"""Privacy: keys, pseudonyms, the vault, erasure, consent, suppression, retention and the audit log."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.privacy import audit
    from workbench.privacy.consent import allowed
    from workbench.privacy.erasure import Erasure, forget
    from workbench.privacy.protection import Protected, protect
    from workbench.privacy.pseudonyms import pseudonymise
    from workbench.privacy.rotation import Rotation, rotate
    from workbench.privacy.vault import Personal, open_many, open_personal

__all__ = [
    "Erasure",
    "Personal",
    "Protected",
    "Rotation",
    "allowed",
    "audit",
    "forget",
    "open_many",
    "open_personal",
    "protect",
    "pseudonymise",
    "rotate",
]

_HOMES = {
    "allowed": "consent",
    "Erasure": "erasure",
    "forget": "erasure",
    "Personal": "vault",
    "Protected": "protection",
    "open_many": "vault",
    "open_personal": "vault",
    "protect": "protection",
    "Rotation": "rotation",
    "pseudonymise": "pseudonyms",
    "rotate": "rotation",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workbench.privacy.{_HOMES[name]}"), name)
    if name == "audit":
        return import_module("workbench.privacy.audit")
    raise AttributeError(f"module 'workbench.privacy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
