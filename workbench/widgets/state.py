"""What a panel shows, as validated settings: from and to a link, a saved view, keywords."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from traitlets import HasTraits

from workbench.errors import WorkbenchError, unknown
from workbench.i18n import LANGUAGES
from workbench.metrics import filters, periods
from workbench.metrics.dimensions import MEMBERS
from workbench.metrics.query import first_day
from workbench.widgets.traits import Filters, Setting, StateError, decoded, encoded, names_of, text_of

if TYPE_CHECKING:
    from workbench.data import Store

THEMES = ("auto", "light", "dark")
NO_COMPARISON = "none"
FEWEST_DAYS, MOST_DAYS = 7, 180
"""Ends of the slider for the last N days."""

QUIET = frozenset({"token", "voila-theme", "voila-template"})
"""Keys of a link that belong to the server and need no notice."""


def one_of(kind: str, allowed: tuple[str, ...]) -> Any:
    """A check for a closed list."""

    def check(_state: Any, value: Any) -> str:
        if value not in allowed:
            raise unknown(kind, value, allowed, StateError)
        return str(value)

    return check


def period(state: State, value: Any) -> str:
    """Check a period in words."""
    return periods.resolve(text_of(value), *state.span).name


def comparison(state: State, value: Any) -> str:
    """Check a comparison; None or an empty text is no comparison."""
    if value in (None, "", NO_COMPARISON):
        return NO_COMPARISON
    if value in periods.COMPARISONS:
        return str(value)
    try:
        return period(state, value)
    except WorkbenchError:
        allowed = (*periods.COMPARISONS, NO_COMPARISON, "a period such as 2026-10")
        raise unknown("comparison", value, allowed, StateError) from None


def where(state: State, value: Any) -> dict[str, tuple[str, ...]]:
    """Check filters: dimension → values that the store holds."""
    if not isinstance(value, Mapping):
        raise StateError(f"{value!r} are no filters.", "Write {'channel': ['search']}.")
    for name in value:
        if name not in MEMBERS:
            raise unknown("filter", name, MEMBERS, StateError)
    return filters.normal(state.store, {name: names_of(item) for name, item in value.items()})


class State(HasTraits):  # type: ignore[misc]
    """Settings that every panel has; a wrong value fails at assignment and says what is allowed.

    Args:
        store: The store the values are checked against.
        settings: Values of the settings.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    period = Setting("last_28_days", period, "Period in words: `last_28_days`, `2026-10`, …")
    compare = Setting("previous_period", comparison, "What the period is compared with, or `none`.")
    filters = Filters(lambda _state: {}, where, "Dimension → members that are kept.")
    lang = Setting(lambda state: state.store.settings.lang, one_of("language", LANGUAGES), "Language.")
    theme = Setting(lambda state: state.store.settings.theme, one_of("theme", THEMES), "Colours.")

    def __init__(self, store: Store, **settings: Any) -> None:
        super().__init__()
        self.store = store
        self.update(**settings)

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """(last day, first day) that have data, as periods are resolved."""
        last = self.store.as_of or dt.datetime.now(dt.UTC).date()
        return last, first_day(self.store) or last

    @property
    def days(self) -> int:
        """Length of the period in days; setting it chooses the last N days."""
        return periods.resolve(self.period, *self.span).days

    @days.setter
    def days(self, value: Any) -> None:
        """Choose the last `value` days, within the ends of the slider."""
        try:
            number = int(value)
        except (TypeError, ValueError):
            number = 0
        if isinstance(value, bool) or not FEWEST_DAYS <= number <= MOST_DAYS:
            raise StateError(
                f"{value!r} is no number of days.", f"Allowed: {FEWEST_DAYS} to {MOST_DAYS}.", "days"
            )
        self.update(period=f"last_{number}_days")

    @classmethod
    def settings(cls) -> dict[str, Setting]:
        """The settings by name, in the order of their definition from the base on."""
        found: dict[str, Setting] = {}
        for kind in reversed(cls.__mro__):
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
        parts = []
        for name, value in self.changed().items():
            setting = self.settings()[name]
            if isinstance(setting, Filters):
                parts += [f"{key}={_names(items)}" for key, items in value.items()]
            else:
                parts.append(f"{name}={setting.write(value)}")
        return "&".join(parts)

    def read_query(self, query: str) -> tuple[list[str], list[WorkbenchError]]:
        """Set the state from a link: everything that fits, the rest stays at its default.

        Args:
            query: With or without the leading question mark.

        Returns:
            Keys that are not known, and what was wrong with the values that did not fit.
        """
        written = dict(part.partition("=")[::2] for part in query.lstrip("?").split("&") if part)
        keys = {decoded(key): text for key, text in written.items()}
        settings = {name: item for name, item in self.settings().items() if not isinstance(item, Filters)}
        errors = [self._try(name, settings[name].parse(keys[name])) for name in settings if name in keys]
        kept = {name: _split(keys[name]) for name in MEMBERS if name in keys}
        errors += [self._try_filter(name, items) for name, items in kept.items()]
        ignored = [key for key in keys if key not in {*settings, *MEMBERS, *QUIET, "days"}]
        if "days" in keys:
            errors.append(self._try("days", keys["days"]))
        return ignored, [error for error in errors if error]

    def _try(self, name: str, value: Any) -> WorkbenchError | None:
        try:
            self.update(**{name: value})
        except WorkbenchError as error:
            return error
        return None

    def _try_filter(self, name: str, items: tuple[str, ...]) -> WorkbenchError | None:
        return self._try("filters", {**self.filters, name: items})

    def _set(self, name: str, value: Any) -> None:
        if name not in self.settings() and name != "days":
            raise unknown("setting", name, [*self.settings(), "days"], StateError, type(self).__name__)
        setattr(self, name, value)


def _names(items: tuple[str, ...]) -> str:
    return ",".join(encoded(item) for item in items)


def _split(written: str) -> tuple[str, ...]:
    return tuple(decoded(part) for part in written.split(",") if part)
