"""The kinds of setting a panel's state is made of: validated, and readable in a link."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import quote, unquote

from traitlets import TraitError, TraitType

from workbench.errors import WorkbenchError
from workbench.metrics.dimensions import MEMBERS

SAFE = "()!*'@:~+ "
"""Characters that stay readable in a link, beside letters and digits; a space becomes `+`."""


class StateError(WorkbenchError, TraitError):  # type: ignore[misc]
    """A value that a panel's state does not allow; says what is allowed."""


Check = Callable[[Any, Any], Any]
"""(state, value) → the normal form of the value; raises a `WorkbenchError` that says what is allowed."""


class Setting(TraitType):  # type: ignore[misc]
    """One validated setting of a panel.

    Args:
        default: Value when nothing is set; a function of the state where it depends on the store.
        check: Brings a value into its normal form, or raises a `WorkbenchError`.
        doc: One sentence for the guide.
    """

    def __init__(self, default: Any, check: Check, doc: str) -> None:
        # None is checked like every value: traitlets would let it pass where it is allowed
        super().__init__(default_value=None)
        self.initial, self.check, self.doc = default, check, doc

    def default_of(self, state: Any) -> Any:
        """The default value for this state's store."""
        return self.initial(state) if callable(self.initial) else self.initial

    def default(self, obj: Any = None) -> Any:
        """The default as traitlets asks for it."""
        return self.default_of(obj)

    def validate(self, obj: Any, value: Any) -> Any:
        """The checked value.

        Raises:
            StateError: when the value is not allowed.
        """
        try:
            return self.check(obj, value)
        except StateError:
            raise
        except WorkbenchError as error:
            raise StateError(error.what, error.fix, self.name) from None

    def keys(self, name: str) -> tuple[str, ...]:
        """Keys of a link that belong to this setting."""
        return (name,)

    def link(self, name: str, value: Any) -> list[str]:
        """The value as `key=text` parts of a link."""
        return [f"{name}={self.write(value)}"]

    def read(self, _key: str, written: str, _now: Any) -> Any:
        """The value that one key of a link gives, from its raw (still percent-encoded) text."""
        return self.parse(written)

    def parse(self, written: str) -> Any:
        """The value of a link's raw text."""
        return decoded(written)

    def take(self, value: Any) -> Any:
        """The value that a control of the page sent."""
        return value

    def write(self, value: Any) -> str:
        """The value as percent-encoded text for a link."""
        return encoded(str(value))


class Words(Setting):
    """A tuple of names."""

    def parse(self, written: str) -> Any:
        """Names between commas; a comma inside a name is percent-encoded."""
        return tuple(decoded(part) for part in written.split(",") if part)

    def write(self, value: Any) -> str:
        """Names joined by commas."""
        return ",".join(encoded(str(item)) for item in value)


class Amounts(Setting):
    """Name → amount; in a link `name:amount` between commas."""

    def parse(self, written: str) -> Any:
        """Pairs between commas; a part without an amount fails its check."""
        parts = (part if ":" in part else decoded(part) for part in written.split(",") if part)
        return {
            decoded(name): decoded(amount) for name, _, amount in (part.rpartition(":") for part in parts)
        }

    def write(self, value: Any) -> str:
        """Pairs joined by commas."""
        return ",".join(f"{quote(str(name), safe='')}:{amount}" for name, amount in value.items())


class Filters(Words):
    """Dimension → names; in a link every dimension is a key of its own."""

    def keys(self, _name: str) -> tuple[str, ...]:
        """Every dimension."""
        return tuple(MEMBERS)

    def link(self, _name: str, value: Any) -> list[str]:
        """One part a dimension."""
        return [f"{key}={self.write(items)}" for key, items in value.items()]

    def read(self, key: str, written: str, now: Any) -> Any:
        """The filters with one dimension more."""
        return {**now, key: self.parse(written)}


def encoded(words: str) -> str:
    """Percent-encode for a query; spaces become `+`."""
    return quote(words, safe=SAFE.replace("+", "")).replace(" ", "+")


def decoded(words: str) -> str:
    """Undo `encoded`; what is no UTF-8 becomes replacement characters and fails its check."""
    return unquote(words.replace("+", " "))


def text_of(value: Any) -> str:
    """The value if it is text.

    Raises:
        StateError: when it is not.
    """
    if not isinstance(value, str):
        raise StateError(f"{value!r} is no text.", "Write it in quotes.")
    return value


def names_of(value: Any) -> tuple[str, ...]:
    """A name or several names as a tuple.

    Raises:
        StateError: for anything else.
    """
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Iterable) and not isinstance(value, Mapping | bytes):
        return tuple(text_of(item) for item in value)
    raise StateError(f"{value!r} is no list of names.", "Write it as a list, for example ['channel'].")
