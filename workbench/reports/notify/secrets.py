"""Secrets stay where they are kept: a file only names the variable or the keyring entry."""

from __future__ import annotations

import os

from workbench.errors import MissingExtraError, ReportError

PLACES = ("env:", "keyring:")
KEYRING = "ad-crm-workbench"
"""Service name under which a keyring keeps what `keyring:NAME` names; the user there is NAME."""


def is_reference(text: object, *places: str) -> bool:
    """Whether a text says where a secret is kept (in one of these places), and is none itself."""
    known = isinstance(text, str) and text.startswith(places or PLACES)
    return known and bool(str(text).partition(":")[2].strip())


def fetched(reference: str, where: str) -> str:
    """The secret that `env:NAME` or `keyring:NAME` names.

    Args:
        reference: Where it is kept.
        where: Which key of which file asks for it, for the sentence.

    Raises:
        ReportError: where nothing is kept under that name; the sentence never holds a secret.
    """
    place, _, name = reference.partition(":")
    found = os.environ.get(name.strip(), "") if place == "env" else _from_keyring(name.strip())
    if found:
        return found
    if place == "env":
        raise ReportError(
            f"The variable {name.strip()} is not set.", "Set it where the scheduler starts the report.", where
        )
    raise ReportError(
        f"The keyring has no entry {name.strip()!r}.",
        f"Keep it there: keyring set {KEYRING} {name.strip()}.",
        where,
    )


def _from_keyring(name: str) -> str:
    try:
        import keyring
    except ImportError:
        raise MissingExtraError("keyring", "keyring") from None
    try:
        return keyring.get_password(KEYRING, name) or ""
    except Exception:  # noqa: BLE001  (a keyring that is locked or none at all: there is no entry then)
        return ""
