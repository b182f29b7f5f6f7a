"""The one way to write HTML here: `tag` escapes everything that is not already `Html`."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Any

from workbench.i18n.formats import Shown

VOID = frozenset({"input", "br", "hr", "img", "meta", "link"})

_CARRIED: ContextVar[bool] = ContextVar("carried", default=False)

Child = Any
"""A string (escaped), `Html` (kept), None or False (left out), or an iterable of these."""


class Html(str):
    """Markup that is already safe to send to a browser."""

    __slots__ = ()


def tag(name: str, *children: Child, **attributes: object) -> Html:
    """Return one element with escaped children and attributes.

    Args:
        name: Element name.
        children: Strings are escaped, `Html` is kept, None and False are left out, iterables flattened.
        attributes: `data_act="x"` becomes `data-act="x"`, `class_` becomes `class`; None and False
            leave an attribute out, True writes it without a value.

    Returns:
        The markup.
    """
    if carried():
        attributes = {**attributes, **_amount(children)}
    opening = f"<{name}{''.join(_attribute(key, value) for key, value in attributes.items())}>"
    return Html(opening if name in VOID else f"{opening}{join(*children)}</{name}>")


@contextmanager
def amounts() -> Iterator[None]:
    """Elements made inside carry the amounts behind their texts, for the files made of a report."""
    token = _CARRIED.set(True)
    try:
        yield
    finally:
        _CARRIED.reset(token)


def carried() -> bool:
    """Whether elements made now carry the amounts behind their texts."""
    return _CARRIED.get()


def carries(*numbers: float) -> bool:
    """Whether these numbers go along with elements made now: all are finite, and files are made of them."""
    return carried() and all(map(math.isfinite, numbers))


def join(*children: Child) -> Html:
    """Return children one after the other, escaped where they are plain text."""
    return Html("".join(_flat(children)))


def hidden(words: str) -> Html:
    """Text that only a screen reader says."""
    return tag("span", words, class_="wb-hidden")


def _flat(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if child is None or child is False:
            continue
        if isinstance(child, str):
            yield child if isinstance(child, Html) else escape(child)
        elif isinstance(child, Iterable):
            yield from _flat(child)
        else:
            yield escape(str(child))


def _attribute(key: str, value: object) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'


def _amount(children: Iterable[Child]) -> dict[str, str | None]:
    """`data-amount` and its unit, of the first child that knows what it shows."""
    for child in children:
        if isinstance(child, Shown):
            day = isinstance(child.amount, dt.date)
            amount = child.amount.isoformat()[:10] if day else f"{child.amount:.15g}"  # type: ignore[union-attr]
            return {"data_amount": amount, "data_unit": child.unit, "data_currency": child.currency or None}
    return {}
