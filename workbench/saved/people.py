"""Who saves, and what people and saved things may be called.

In a terminal, a notebook and JupyterLab it is the user of this machine (or `WORKBENCH_USER`). A visitor of
the app says a name: with one token for all, that is a claim and no proof, so it keeps things apart for
people who mean well; it protects nothing from someone who has the link.
"""

from __future__ import annotations

import os
import re
import unicodedata

from workbench.saved.refusals import Refused
from workbench.settings import user

VISITOR = "WORKBENCH_VISITOR"
"""Name that a visitor of the app has said; empty: none yet. Unset: no visitor."""

NAME = "workbench-name"
"""Cookie that remembers a visitor's name."""

LONGEST = 60
_BYTES = 120
"""Bytes of a file name without its ending: room for a suffix on every file system."""

_JOINERS = "\u200c\u200d"
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)")


def me() -> str:
    """Who acts here; empty for a visitor who has not said a name."""
    said = os.environ.get(VISITOR)
    return user() if said is None else said


def is_visitor() -> bool:
    """Whether this is the kernel of a visitor of the app."""
    return VISITOR in os.environ


def person(name: str) -> str:
    """A person's name in its normal form.

    Raises:
        Refused: for a name that cannot be shown.
    """
    return _plain(name, "no_person")


def title(name: str) -> str:
    """A saved thing's name in its normal form.

    Raises:
        Refused: for a name that cannot be shown.
    """
    return _plain(name, "no_name")


def same(one: str, other: str) -> bool:
    """Whether two names are one to a reader."""
    return _folded(one) == _folded(other)


def slug(name: str, otherwise: str) -> str:
    """A file name for a name: letters and digits of any script, the rest as hyphens.

    Args:
        name: Any name.
        otherwise: What stands where nothing is left, and before names that a system keeps for itself.
    """
    plain = unicodedata.normalize("NFKC", name).strip().lower()
    found = re.sub(r"[\W_]+", "-", plain).strip("-")
    found = found.encode()[:_BYTES].decode("utf-8", "ignore").rstrip("-") or otherwise
    return f"{otherwise}-{found}" if _RESERVED.match(found) else found


def _plain(name: str, refusal: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", name).split())
    kinds = {unicodedata.category(mark) for mark in plain if mark not in _JOINERS}
    visible = any(kind[0] in "LN" or kind == "So" for kind in kinds)
    if not visible or len(plain) > LONGEST or any(kind[0] == "C" for kind in kinds):
        raise Refused(refusal, name=plain[: LONGEST * 2], longest=LONGEST)
    return plain


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
