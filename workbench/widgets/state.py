"""What a panel shows, as validated settings: from and to a link, a saved view, keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from traitlets import HasTraits

from workbench.errors import WorkbenchError, unknown
from workbench.i18n import LANGUAGES
from workbench.metrics.dimensions import MEMBERS
from workbench.widgets.traits import Setting, StateError, decoded

if TYPE_CHECKING:
    from workbench.data import Store

THEMES = ("auto", "light", "dark")

QUIET = frozenset({"token", "version", "voila-theme", "voila-template"})
"""Keys of a link that belong to the server and need no notice."""

SHARED = frozenset({"period", "compare", "days", "lang", "theme", *MEMBERS})
"""Keys that the navigation takes along from panel to panel; one that has no use for them says nothing."""


def one_of(kind: str, allowed: tuple[str, ...]) -> Any:
    """A check for a closed list."""

    def check(_state: Any, value: Any) -> str:
        if value not in allowed:
            raise unknown(kind, value, allowed, StateError)
        return str(value)

    return check


class State(HasTraits):  # type: ignore[misc]
    """Settings that every panel has; a wrong value fails at assignment and says what is allowed.

    A panel about days of delivery takes `period.PeriodState` as its base instead.

    Args:
        store: The store the values are checked against.
        settings: Values of the settings.

    Attributes:
        also: Names beside the settings that may be set and stand in a link, each a property.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    also: ClassVar[tuple[str, ...]] = ()

    lang = Setting(lambda state: state.store.settings.lang, one_of("language", LANGUAGES), "Language.")
    theme = Setting(lambda state: state.store.settings.theme, one_of("theme", THEMES), "Colours.")

    def __init__(self, store: Store, **settings: Any) -> None:
        super().__init__()
        self.store = store
        self.update(**settings)

    @classmethod
    def settings(cls) -> dict[str, Setting]:
        """The settings by name, in the order of their definition; those of every panel come last."""
        found: dict[str, Setting] = {}
        for kind in (*(kind for kind in reversed(cls.__mro__) if kind is not State), State):
            found |= {name: item for name, item in vars(kind).items() if isinstance(item, Setting)}
        return found

    def update(self, **settings: Any) -> None:
        """Set several settings, or none of them when one is not allowed.

        Raises:
            StateError: naming the setting, the value and what is allowed.
        """
        before = self.snapshot()
        try:
            with self.hold_trait_notifications():
                for name, value in settings.items():
                    self._set(name, value)
        except WorkbenchError:
            self.restore(before)
            raise

    def snapshot(self) -> dict[str, Any]:
        """All settings as they are."""
        return {name: getattr(self, name) for name in self.settings()}

    def defaults(self) -> dict[str, Any]:
        """All settings as they are when nothing is set."""
        return {name: setting.default_of(self) for name, setting in self.settings().items()}

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Put a snapshot back."""
        with self.hold_trait_notifications():
            for name, value in snapshot.items():
                self.set_trait(name, value)

    def changed(self) -> dict[str, Any]:
        """The settings that differ from their defaults."""
        defaults = self.defaults()
        return {name: value for name, value in self.snapshot().items() if value != defaults[name]}

    @property
    def query(self) -> str:
        """The state as a short link query, without defaults and question mark."""
        return self._written(self.changed())

    @property
    def taken_along(self) -> str:
        """The part of the link query that other panels understand, too."""
        return "&".join(part for part in self.query.split("&") if part.partition("=")[0] in SHARED)

    def read_query(self, query: str) -> tuple[list[str], list[WorkbenchError]]:
        """Set the state from a link: everything that fits, the rest stays at its default.

        Args:
            query: With or without the leading question mark.

        Returns:
            Keys that are not known, and what was wrong with the values that did not fit.
        """
        written = dict(part.partition("=")[::2] for part in query.lstrip("?").split("&") if part)
        keys = {decoded(key): text for key, text in written.items()}
        homes = {key: name for name, item in self.settings().items() for key in item.keys(name)}
        errors = [self._read(name, key, keys[key]) for key, name in homes.items() if key in keys]
        errors += [self._try(name, keys[name]) for name in self.also if name in keys]
        ignored = [key for key in keys if key not in {*homes, *self.also, *QUIET, *SHARED}]
        return ignored, [error for error in errors if error]

    def _written(self, values: Mapping[str, Any]) -> str:
        known = self.settings()
        return "&".join(part for name, value in values.items() for part in known[name].link(name, value))

    def _read(self, name: str, key: str, text: str) -> WorkbenchError | None:
        setting = self.settings()[name]
        return self._try(name, setting.read(key, text, getattr(self, name)))

    def _try(self, name: str, value: Any) -> WorkbenchError | None:
        try:
            self.update(**{name: value})
        except WorkbenchError as error:
            return error
        return None

    def _set(self, name: str, value: Any) -> None:
        known = [*self.settings(), *self.also]
        if name == "segment" and name not in known:
            raise StateError(
                "What this page shows is not kept by customer, so a segment cannot filter it.",
                "Leave segment out; attribution, experiment, interactions and customer value take one.",
                type(self).__name__,
            )
        if name not in known:
            raise unknown("setting", name, known, StateError, type(self).__name__)
        setattr(self, name, value)
