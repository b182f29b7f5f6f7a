"""A page that follows the data: it notices a newer version and moves on when its numbers are there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workbench import data, quality
from workbench.widgets.answers import Answers, Ask
from workbench.widgets.later import later, runs_beside

if TYPE_CHECKING:
    from workbench.quality import Pulse
    from workbench.widgets.panel import Panel

LOG = logging.getLogger("workbench.widgets")

NEWS = "news"
"""The answer that says what a newer version brought."""


class Following:
    """Moves a panel on to newer data versions while a page shows it, unless its numbers are held.

    The page asks every few seconds; as long as nothing happened, a small file is read and nothing is drawn.
    The numbers of a newer version are worked out beside the kernel's messages, and the page shows the old
    ones until all of them are there.

    Args:
        panel: The panel; its questions have one called `news`.

    Attributes:
        held: Whether the reader keeps these numbers.
        before: The data version that was shown before this one; None as long as it never moved.
        coming: The newer version whose numbers are being worked out; None for none.
    """

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self.held = False
        self.before: int | None = None
        self.coming: int | None = None
        self._pulse: Pulse | None = None

    @property
    def newest(self) -> int:
        """The newest data version that is known of."""
        return self._pulse.version if self._pulse else self.panel.store.version

    @property
    def is_behind(self) -> bool:
        """Whether there is a newer data version than the one shown."""
        return self.newest > self.panel.store.version

    def hear(self, asked: Mapping[str, Any]) -> dict[str, Any] | None:
        """Answer a page that asks whether something happened; None where something did."""
        if asked.get("act") != "poll":
            return None
        now = quality.pulse(self.panel.store)
        if now != self._pulse:
            return None
        seq = asked.get("seq")
        return {"kind": "still", "seq": seq if isinstance(seq, int) else 0}

    def acts(self) -> dict[str, Callable[[str, Any], None]]:
        """What a page may ask: whether something happened, and to keep these numbers or to go on."""
        return {"poll": self._look, "hold": self._hold}

    def question(self) -> Ask:
        """What the version shown brought."""
        return _news(self.before)

    def _look(self, _key: str, _value: Any) -> None:
        """Something happened: the day changed, a folder has news, or there is a newer version."""
        before, self._pulse = self._pulse, quality.pulse(self.panel.store)
        if before and before.today != self._pulse.today:
            self.panel.renew()
        self._go()

    def _hold(self, _key: str, value: Any) -> None:
        """Keep these numbers, or follow again."""
        self.held = value == "keep"
        self._pulse = quality.pulse(self.panel.store)
        self._go()

    def _go(self) -> None:
        if self.held or self.coming is not None or not self.is_behind:
            return
        self.coming = self.newest
        store = self.panel.store
        asked = {**self.panel.questions(), NEWS: _news(store.version)}

        def work() -> tuple[int, dict[str, Any]]:
            fresh = data.open(store.path, store.engine)
            return fresh.version, Answers(fresh).ask(asked)

        later(work, lambda outcome: self._arrived(asked, outcome))

    def _arrived(self, asked: Mapping[str, Ask], outcome: Any) -> None:
        """The numbers of a newer version are there: show them, unless the old ones are kept by now."""
        self.coming = None
        if isinstance(outcome, Exception):
            LOG.warning("A newer data version could not be looked at: %s", outcome)
            self._pulse = None  # the page's next question tries again
        elif not self.held:
            version, found = outcome
            self.before = self.panel.store.version
            self.panel.move(asked, found, version)
        if runs_beside():
            self.panel.redraw()


def _news(before: int | None) -> Ask:
    return Ask("quality.news", {"before": before})
