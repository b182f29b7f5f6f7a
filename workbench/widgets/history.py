"""What undo takes back: one step a change, one step a whole drag; language and theme stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST = 50
LASTING = ("lang", "theme")
"""Settings that undo and reset leave alone."""

Snapshot = Mapping[str, Any]


class History:
    """Snapshots before each change.

    Args:
        now: The state as it is.
    """

    def __init__(self, now: Snapshot) -> None:
        self._now = now
        self._past: list[Snapshot] = []
        self._dragging = False

    @property
    def any(self) -> bool:
        """Whether there is something to undo."""
        return bool(self._past)

    @property
    def dragging(self) -> bool:
        """Whether the last change belongs to a drag that may go on."""
        return self._dragging

    def kept(self) -> tuple[list[Snapshot], Snapshot, bool]:
        """Everything that is remembered, for `put_back`."""
        return [*self._past], self._now, self._dragging

    def put_back(self, kept: tuple[list[Snapshot], Snapshot, bool]) -> None:
        """Remember what was remembered then: what came since did not happen."""
        self._past, self._now, self._dragging = kept

    def note(self, now: Snapshot, dragging: bool = False) -> None:
        """Remember the state before this one, once for a whole drag."""
        if _lasting(now) != _lasting(self._now) and not self._dragging:
            self._past = [*self._past, self._now][-MOST:]
        self._now, self._dragging = now, dragging

    def back(self) -> Snapshot:
        """The state before the last change, with the language and theme of now."""
        kept = {name: self._now[name] for name in LASTING}
        before = self._past.pop() if self._past else self._now
        self._now = {**before, **kept}
        return self._now


def _lasting(state: Snapshot) -> dict[str, Any]:
    return {name: value for name, value in state.items() if name not in LASTING}
