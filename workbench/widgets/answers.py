"""Questions of a panel: asked once per parameters and data version, and written as code."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from workbench.store import shared
from workbench.widgets.later import AtWork
from workbench.widgets.people import Saved

if TYPE_CHECKING:
    from workbench.data import Store

KEPT = 60
"""Answers kept; the oldest go first."""
OF_DATA = frozenset({"metrics.kpis", "metrics.trend", "metrics.slots", "findings.review"})
"""Questions whose answers follow from data version, settings, metrics and profiles alone: not from the day,
from what is saved, or from who asks. A warm process may have asked them for all pages (`store.shared`)."""


@dataclass(frozen=True)
class Ask:
    """One question: a public function of the package and its keyword arguments.

    Attributes:
        question: `metrics.kpis`, `metrics.slots`, `findings.review`, …
        arguments: Keyword arguments without the store; what is None or empty is left out, but for `by`,
            where empty means the total.
    """

    question: str
    arguments: Mapping[str, Any] = field(hash=False)

    def given(self) -> dict[str, Any]:
        """The arguments that say something."""
        return {
            name: value
            for name, value in self.arguments.items()
            if name == "by" or value not in (None, (), {}, [])
        }

    def code(self, name: str) -> str:
        """The question as a line of Python."""
        written = [f"{key}={_plain(value)!r}" for key, value in self.given().items()]
        return f"{name} = wb.{self.question}({', '.join(['store', *written])})"

    @property
    def key(self) -> str:
        """What tells it from every other question: also what a saved segment says now."""
        rules = [value.rule for value in self.arguments.values() if isinstance(value, Saved)]
        return "".join([self.code(""), *rules])

    def answer(self, store: Store) -> Any:
        """Ask it."""
        room, _, name = self.question.rpartition(".")
        given = {key: _asked(value) for key, value in self.given().items()}
        return getattr(import_module(f"workbench.{room}"), name)(store, **given)


class Answers:
    """Answers of one store, remembered by question and data version."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: dict[tuple[int, str], Any] = {}

    def ask(self, questions: Mapping[str, Ask]) -> dict[str, Any]:
        """Answer every question; those not known yet side by side. An error takes its answer's place."""
        version = self._store.version
        keys = {name: (version, item.key) for name, item in questions.items()}
        self._kept |= self._shared({key: questions[name] for name, key in keys.items()})
        new = {key: questions[name] for name, key in keys.items() if key not in self._kept}
        found = self._together(new) if len(new) > 1 else {key: self._try(new[key]) for key in new}
        answers = {**self._kept, **found}
        self._remember(found)
        return {name: answers[key] for name, key in keys.items()}

    def knows(self, question: Ask) -> bool:
        """Whether a question has been answered."""
        return (self._store.version, question.key) in self._kept

    def carry(self, questions: Mapping[str, Ask], before: int) -> None:
        """Take answers of an older data version for those of this one."""
        now = self._store.version
        old = {item.key: self._kept.get((before, item.key)) for item in questions.values()}
        self._remember({(now, key): answer for key, answer in old.items() if answer is not None})

    def _together(self, new: Mapping[tuple[int, str], Ask]) -> dict[tuple[int, str], Any]:
        """Answer questions side by side; all of them end when the one who waits is interrupted."""
        at_work, pool = AtWork(), ThreadPoolExecutor(max_workers=len(new))
        try:
            found = pool.map(lambda item: at_work.do(lambda: self._try(item)), new.values())
            return dict(zip(new, found, strict=True))
        except BaseException:
            at_work.stop()
            raise
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def take(self, questions: Mapping[str, Ask], found: Mapping[str, Any]) -> None:
        """Remember answers that were worked out elsewhere, at the store's data version."""
        self._remember({(self._store.version, item.key): found[name] for name, item in questions.items()})

    def renew(self) -> None:
        """Ask everything again: something besides the data has changed."""
        self._kept = {}

    def _shared(self, asked: Mapping[tuple[int, str], Ask]) -> dict[tuple[int, str], Any]:
        """Answers that this process was given before its page asked."""
        found = {
            key: shared.find(self._store, item.key)
            for key, item in asked.items()
            if item.question in OF_DATA and key not in self._kept
        }
        return {key: answer for key, answer in found.items() if answer is not shared.MISSING}

    def _try(self, question: Ask) -> Any:
        try:
            answer = question.answer(self._store)
            if question.question in OF_DATA:
                shared.note(self._store, question.key, answer)
            return answer
        except Exception as error:  # noqa: BLE001 - it is raised again where the answer is shown
            return error

    def _remember(self, found: Mapping[tuple[int, str], Any]) -> None:
        self._kept |= {key: answer for key, answer in found.items() if not isinstance(answer, Exception)}
        while len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]


def _asked(value: Any) -> Any:
    """An argument as the question takes it."""
    return value.asked() if isinstance(value, Saved) else value


def _plain(value: Any) -> Any:
    """Tuples as lists: what a person would write."""
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
