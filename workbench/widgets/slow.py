"""Answers that a page does not wait for: it is shown at once, asks for them, and gets them later."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.widgets.later import later

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.widgets.answers import Answers, Ask

KEPT = 20
"""Outcomes kept; the oldest go first."""

Key = tuple[int, str]


class Pending(Exception):
    """What stands in the place of an answer that is still being worked out.

    Attributes:
        mark: Tells this question from others, so that a page asks for each one once.
    """

    def __init__(self, mark: str) -> None:
        super().__init__(mark)
        self.mark = mark


class Halted(Pending):
    """What stands there after somebody has stopped the work, until it is asked for again."""


class Slow:
    """Slow answers of one panel: known, under way, or not asked for yet.

    An error is an outcome, too: it is kept, or the page would ask for ever.

    Args:
        store: The store.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._came: dict[Key, Any] = {}
        self._under_way: dict[Key, Callable[[], None]] = {}
        self._halted: set[Key] = set()

    def found(self, questions: Mapping[str, Ask]) -> dict[str, Any]:
        """What is known of each question; `Pending` in the place of the others."""
        keys = {name: self._key(question) for name, question in questions.items()}
        return {
            name: self._came[key] if key in self._came else self._missing(key) for name, key in keys.items()
        }

    def ask(self, questions: Mapping[str, Ask], answers: Answers, then: Callable[[], None]) -> None:
        """Work out what is not known, beside the kernel's messages; `then` follows each answer."""
        for name, question in questions.items():
            key = self._key(question)
            if key not in self._came and key not in self._under_way and key not in self._halted:
                self._under_way[key] = lambda: None
                stop = self._start(name, question, key, answers, then)
                if key in self._under_way:
                    self._under_way[key] = stop

    def stop(self, mark: str) -> None:
        """End the work on what is marked so; it stays without an answer until `resume`."""
        for key in [key for key in self._under_way if _mark(key) == mark]:
            self._halted.add(key)
            self._under_way.pop(key)()

    def resume(self, mark: str) -> None:
        """Let what is marked so be asked for again."""
        self._halted = {key for key in self._halted if _mark(key) != mark}

    def carry(self, questions: Mapping[str, Ask], before: int) -> None:
        """Take outcomes of an older data version for those of this one."""
        for question in questions.values():
            _, code = key = self._key(question)
            if (before, code) in self._came:
                self._came[key] = self._came[before, code]

    def take(self, questions: Mapping[str, Ask], found: Mapping[str, Any]) -> None:
        """Take outcomes that were worked out elsewhere, at the store's data version."""
        for name, question in questions.items():
            self._keep(self._key(question), found[name])

    def renew(self) -> None:
        """Know nothing: something besides the data has changed."""
        self._came = {}

    def _missing(self, key: Key) -> Pending:
        return (Halted if key in self._halted else Pending)(_mark(key))

    def _start(
        self, name: str, question: Ask, key: Key, answers: Answers, then: Callable[[], None]
    ) -> Callable[[], None]:
        def came(outcome: Any) -> None:
            self._under_way.pop(key, None)
            self._keep(key, outcome if isinstance(outcome, Exception) else outcome[name])
            then()

        return later(lambda: answers.ask({name: question}), came)

    def _keep(self, key: Key, outcome: Any) -> None:
        self._came[key] = outcome
        while len(self._came) > KEPT:
            del self._came[next(iter(self._came))]

    def _key(self, question: Ask) -> Key:
        return self._store.version, question.code("")


def _mark(key: Key) -> str:
    return hashlib.blake2b(repr(key).encode(), digest_size=4).hexdigest()
