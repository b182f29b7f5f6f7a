"""Passes: links that end by themselves and open less than the owner's token.

A pass says what its holder may do and until when, and is signed with a key made from the token: nothing is
kept on the server, it cannot be changed, and `--new-link` ends all of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from dataclasses import dataclass

from workbench import settings
from workbench.errors import SettingsError

LONGEST_DAYS = 366
_MARK = "p1"
_SIGN_BYTES = 18


@dataclass(frozen=True)
class Pass:
    """What a link opens.

    Attributes:
        role: One of `settings.ROLES`.
        until: Second of its end, as `time.time()` counts; 0: it does not end.
    """

    role: str
    until: int = 0

    def holds(self, now: float | None = None) -> bool:
        """Whether it has not ended yet."""
        return not self.until or (time.time() if now is None else now) < self.until


OWNER = Pass("steward")
"""What the owner's own token opens."""


def issue(token: str, role: str, days: float, now: float | None = None) -> str:
    """Make a pass.

    Args:
        token: The owner's token.
        role: What its holder may do: one of `settings.ROLES`.
        days: How long it opens.
        now: Second of its beginning; None: now.

    Returns:
        The text that stands in a link in the place of the token.

    Raises:
        SettingsError: for no such role, or a time that is too long or none.
    """
    if role not in settings.ROLES:
        raise SettingsError(
            f"There is no role {role!r}.", f"Choose one of {', '.join(settings.ROLES)}.", "--role"
        )
    if not 0 < days <= LONGEST_DAYS:
        raise SettingsError(f"A link cannot hold for {days:g} days.", "Choose 1 to 366.", "--days")
    until = int((time.time() if now is None else now) + days * 86_400)
    said = f"{_MARK}-{role}-{until:x}"
    return f"{said}-{_sign(token, said)}"


def read(token: str, given: str, now: float | None = None) -> Pass | None:
    """What a text from a link or cookie opens; None: nothing.

    Args:
        token: The owner's token.
        given: The text.
        now: The present second; None: now.
    """
    if hmac.compare_digest(given.encode(), token.encode()):
        return OWNER
    parts = given.split("-", 3)
    if len(parts) != 4 or parts[0] != _MARK or parts[1] not in settings.ROLES:
        return None
    if not hmac.compare_digest(parts[3].encode(), _sign(token, "-".join(parts[:3])).encode()):
        return None
    found = Pass(parts[1], int(parts[2], 16))
    return found if found.holds(now) else None


def is_pass(text: str) -> bool:
    """Whether a text claims to be a pass."""
    return text.startswith(f"{_MARK}-")


def _sign(token: str, said: str) -> str:
    key = hashlib.blake2b(token.encode(), digest_size=32, person=b"workbench-pass").digest()
    digest = hmac.digest(key, said.encode(), "sha256")[:_SIGN_BYTES]
    return base64.urlsafe_b64encode(digest).decode()
