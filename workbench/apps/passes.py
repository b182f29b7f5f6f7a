"""Passes: links that end by themselves and open less than the owner's token.

A pass says what its holder may do and until when, and is signed with a key made from the token: nothing is
kept on the server, it cannot be changed, and `--new-link` ends all of them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from workbench import settings
from workbench.apps import ended
from workbench.errors import SettingsError

LONGEST_DAYS = 366
_MARK, _LIMITED = "p1", "p2"
"""Beginnings of passes for everybody's data, and of those for some advertisers'."""
_LONGEST = 1500
"""Letters of a pass: it has to fit into an address and a cookie."""
_SIGN_BYTES = 18


@dataclass(frozen=True)
class Pass:
    """What a link opens.

    Attributes:
        role: One of `settings.ROLES`.
        until: Second of its end, as `time.time()` counts; 0: it does not end.
        advertisers: Whose data it opens; None: everybody's.
    """

    role: str
    until: int = 0
    advertisers: tuple[str, ...] | None = None

    def holds(self, now: float | None = None) -> bool:
        """Whether it has not ended yet."""
        return not self.until or (time.time() if now is None else now) < self.until


OWNER = Pass("steward")
"""What the owner's own token opens."""


def issue(
    token: str, role: str, days: float, now: float | None = None, advertisers: Sequence[str] | None = None
) -> str:
    """Make a pass.

    Args:
        token: The owner's token.
        role: What its holder may do: one of `settings.ROLES`.
        days: How long it opens.
        now: Second of its beginning; None: now.
        advertisers: Whose data it opens; None: everybody's.

    Returns:
        The text that stands in a link in the place of the token.

    Raises:
        SettingsError: for no such role, or a time or list of advertisers that is too long or none.
    """
    if role not in settings.ROLES:
        raise SettingsError(
            f"There is no role {role!r}.", f"Choose one of {', '.join(settings.ROLES)}.", "--role"
        )
    if not 0 < days <= LONGEST_DAYS:
        raise SettingsError(f"A link cannot hold for {days:g} days.", "Choose 1 to 366.", "--days")
    until = int((time.time() if now is None else now) + days * 86_400)
    said = _said(Pass(role, until, None if advertisers is None else tuple(advertisers)))
    made = f"{said}-{_sign(token, said)}"
    if advertisers is not None and (not advertisers or len(made) > _LONGEST):
        raise SettingsError(
            f"A link cannot be for {len(advertisers)} advertisers.",
            "Name fewer, at least one.",
            "--advertisers",
        )
    return made


def read(token: str, given: str, now: float | None = None) -> Pass | None:
    """What a text from a link or cookie opens; None: nothing.

    Args:
        token: The owner's token.
        given: The text.
        now: The present second; None: now.
    """
    if hmac.compare_digest(given.encode(), token.encode()):
        return OWNER
    parts = given.split("-", 4 if given.startswith(f"{_LIMITED}-") else 3)
    said, sign = "-".join(parts[:-1]), parts[-1]
    if not is_pass(given) or not hmac.compare_digest(sign.encode(), _sign(token, said).encode()):
        return None
    found = _meant(parts[:-1])
    return found if found and found.holds(now) and not is_ended(given) else None


def is_pass(text: str) -> bool:
    """Whether a text claims to be a pass."""
    return text.startswith((f"{_MARK}-", f"{_LIMITED}-"))


def end(token: str, given: str) -> Pass:
    """End a pass before its time, for good.

    Args:
        token: The owner's token.
        given: The pass, or a link with it.

    Returns:
        What it opened.

    Raises:
        SettingsError: for what is no pass of this server that holds.
    """
    text = in_link(given)
    found = read(token, text)
    if found is None or found == OWNER:
        raise SettingsError(
            "This is no link that `workbench share` made here, or it has ended already.",
            "Give the whole link. Your own link ends with `workbench app --new-link`.",
            "--end",
        )
    ended.add(_mark(text), found.until)
    return found


def in_link(given: str) -> str:
    """The token or pass of what somebody pasted: it alone, or the whole link."""
    return given.strip().rpartition("token=")[2].partition("&")[0]


def is_ended(given: str) -> bool:
    """Whether a pass was ended before its time."""
    return _mark(given) in ended.marks()


def _said(found: Pass) -> str:
    """A pass without its signature."""
    if found.advertisers is None:
        return f"{_MARK}-{found.role}-{found.until:x}"
    names = json.dumps(found.advertisers, ensure_ascii=False, separators=(",", ":")).encode()
    letters = base64.b32encode(names).decode().rstrip("=").lower()
    return f"{_LIMITED}-{found.role}-{found.until:x}-{letters}"


def _meant(parts: Sequence[str]) -> Pass | None:
    """What the parts of a pass say, whose signature has been checked; None: no pass."""
    try:
        mark, role, until, *names = parts
        letters = "".join(names).upper()
        listed = json.loads(base64.b32decode(letters + "=" * (-len(letters) % 8))) if names else None
        found = Pass(role, int(until, 16), None if listed is None else tuple(map(str, listed)))
    except (ValueError, TypeError, binascii.Error):
        return None
    return found if role in settings.ROLES and (mark == _LIMITED) == bool(names) else None


def _mark(given: str) -> str:
    """What tells a pass from others without opening anything."""
    return hashlib.blake2b(given.encode(), digest_size=16, person=b"workbench-ended").hexdigest()


def _sign(token: str, said: str) -> str:
    key = hashlib.blake2b(token.encode(), digest_size=32, person=b"workbench-pass").digest()
    digest = hmac.digest(key, said.encode(), "sha256")[:_SIGN_BYTES]
    return base64.urlsafe_b64encode(digest).decode()
