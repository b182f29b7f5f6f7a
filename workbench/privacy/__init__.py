"""Privacy: keys, pseudonyms, the vault, erasure, consent, suppression, retention and the audit log."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.privacy import audit
    from workbench.privacy.cells import Suppressed, suppress
    from workbench.privacy.consent import allowed
    from workbench.privacy.erasure import Erasure, forget, forget_again
    from workbench.privacy.overlaps import Difference, differences, refuse_differences, rows_to_hide
    from workbench.privacy.protection import Protected, lasting, protect
    from workbench.privacy.pseudonyms import pseudonymise
    from workbench.privacy.retention import Retained, retain
    from workbench.privacy.rotation import Rotation, rotate
    from workbench.privacy.vault import Personal, open_many, open_personal

__all__ = [
    "Difference",
    "Erasure",
    "Personal",
    "Protected",
    "Retained",
    "Rotation",
    "Suppressed",
    "allowed",
    "audit",
    "differences",
    "forget",
    "forget_again",
    "lasting",
    "open_many",
    "open_personal",
    "protect",
    "pseudonymise",
    "refuse_differences",
    "retain",
    "rotate",
    "rows_to_hide",
    "suppress",
]

_ROOMS = {
    "cells": ("Suppressed", "suppress"),
    "consent": ("allowed",),
    "erasure": ("Erasure", "forget", "forget_again"),
    "overlaps": ("Difference", "differences", "refuse_differences", "rows_to_hide"),
    "protection": ("Protected", "lasting", "protect"),
    "pseudonyms": ("pseudonymise",),
    "retention": ("Retained", "retain"),
    "rotation": ("Rotation", "rotate"),
    "vault": ("Personal", "open_many", "open_personal"),
}
_HOMES = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"workbench.privacy.{_HOMES[name]}"), name)
    if name == "audit":
        return import_module("workbench.privacy.audit")
    raise AttributeError(f"module 'workbench.privacy' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
