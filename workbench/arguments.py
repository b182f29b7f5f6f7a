"""Arguments of the wrong kind are refused with a sentence, before a question is asked.

What an argument may be stands in the annotations of the function; `right_kinds` reads them once.
"""

from __future__ import annotations

import datetime as dt
import inspect
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, wraps
from numbers import Real
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from workbench.errors import QuestionError

P = ParamSpec("P")
R = TypeVar("R")

_CENTURY, _FUTURES, _SEED = 36_600, 1_000_000, 2**32 - 1
_SEEDS = ("seed", "random")
_MOST = {
    **dict.fromkeys(_SEEDS, _SEED),
    **dict.fromkeys(("horizon_days", "every_days", "grace_days", "within_days", "within", "days"), _CENTURY),
    "draws": _FUTURES,
}
"""The most that an argument of a name is, wherever it stands: no calendar or memory holds more."""

_NO = object()
_SHOWN = 40
_PLAIN = (str, int, float, dt.date, type(None))
_NAME = re.compile(r"[\w.]+")


@dataclass(frozen=True)
class _Kind:
    """What an argument may be.

    Attributes:
        what: In words, after "Give".
        take: The value as the function wants it; `_NO` where it is not of the kind.
    """

    what: str
    take: Callable[[Any], Any]


def right_kinds(function: Callable[P, R]) -> Callable[P, R]:
    """A function that refuses arguments of the wrong kind, and numbers that no calendar or memory holds.

    Whole numbers of numpy, and floats without a fraction, are whole numbers; one text is a list of one name
    where a list of names is wanted. What an annotation names that is not known here is let through.

    Raises:
        QuestionError: when it is called with one, naming the argument and what it may be.
    """
    kinds, names = _kinds(function), tuple(inspect.signature(function).parameters)

    @wraps(function)
    def asked(*args: P.args, **kwargs: P.kwargs) -> R:
        given: list[Any] = [
            _taken(name, value, kinds) for name, value in zip(names, args[: len(names)], strict=False)
        ]
        named: dict[str, Any] = {name: _taken(name, value, kinds) for name, value in kwargs.items()}
        return function(*given, *args[len(names) :], **named)  # type: ignore[arg-type]

    return asked


def _taken(name: str, value: Any, kinds: Mapping[str, tuple[_Kind, ...]]) -> Any:
    """An argument as its function wants it."""
    allowed = kinds.get(name, ())
    found = next((taken for kind in allowed if (taken := kind.take(value)) is not _NO), _NO)
    if allowed and found is _NO:
        what = " or ".join(dict.fromkeys(kind.what for kind in allowed if kind.what))
        raise QuestionError(f"{name}={_shown(value)} is of the wrong kind.", f"Give {what}.")
    if _is_number(found):
        _check_range(name, found)
    return found if allowed else value


def _check_range(name: str, number: Any) -> None:
    """Refuse what overflows; what else makes no sense the function itself tells better."""
    most = _MOST.get(name)
    if most and math.isfinite(number) and (number > most or (number < 0 and name in _SEEDS)):
        raise QuestionError(f"{name}={number!r} is out of range.", f"Give a number from 0 to {most}.")


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, _PLAIN) else type(value).__name__
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _kinds(function: Callable[..., Any]) -> dict[str, tuple[_Kind, ...]]:
    """Parameter → the kinds that its annotation allows; left out where that is not known."""
    found = {
        name: _of(str(item.annotation))
        for name, item in inspect.signature(function).parameters.items()
        if item.annotation is not item.empty and item.kind not in (item.VAR_KEYWORD, item.VAR_POSITIONAL)
    }
    return {name: kinds for name, kinds in found.items() if kinds}


@cache
def _of(annotation: str) -> tuple[_Kind, ...]:
    """The kinds of an annotation; none where a part of it is not known."""
    parts = [part.strip() for part in re.split(r"\|(?![^\[]*\])", annotation)]
    kinds = [_KINDS.get(_alias(part)) for part in parts]
    if None in kinds:
        return ()
    return tuple(kind for kind in kinds if kind)


def _alias(part: str) -> str:
    """`Sequence[str]` as it is listed below: what is in a list matters, what is in a mapping does not."""
    name = _NAME.match(part)
    outer = name[0].rpartition(".")[2] if name else part
    if outer in ("Sequence", "Iterable", "tuple"):
        return "names" if "[str" in part else "list"
    return outer


def _whole(value: Any) -> Any:
    return int(value) if _is_number(value) and value % 1 == 0 else _NO


def _number(value: Any) -> Any:
    return value if _is_number(value) else _NO


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, Real)


def _truth(value: Any) -> Any:
    return bool(value) if type(value).__name__ in ("bool", "bool_") else _NO


def _date(value: Any) -> Any:
    if type(value).__name__ == "datetime64":
        return value.astype("datetime64[D]").item()
    return value if isinstance(value, dt.date) else _NO


def _names(value: Any) -> Any:
    """A list of texts; other collections of texts as they are."""
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable) or isinstance(value, bytes | Mapping):
        return _NO
    kept = value if hasattr(value, "__len__") else list(value)
    return kept if all(isinstance(item, str) for item in kept) else _NO


def _list(value: Any) -> Any:
    return value if isinstance(value, Iterable) and not isinstance(value, str | bytes) else _NO


def _one_of(*kinds: type) -> Callable[[Any], Any]:
    return lambda value: value if isinstance(value, kinds) else _NO


def _called(name: str) -> Callable[[Any], Any]:
    """Takes values of a class by its name: what it is of lies in rooms above this one."""
    return lambda value: value if name in {base.__name__ for base in type(value).__mro__} else _NO


_CLASSES = {
    "Baskets": "the baskets of a model",
    "Calibration": "a calibration, as backtest(…).calibration is",
    "Cap": "a cap, as audiences.Cap(…) is",
    "Clusters": "clusters, as segments.cluster(…) finds them",
    "DataFrame": "a table of pandas",
    "Item": "a saved thing, as segments.find(…) gives it",
    "Lookalikes": "look-alikes",
    "Pointed": "a place of a chart, as segments.pointed(…) gives it",
    "PropensityModel": "a model of propensity",
    "Rule": "a rule, as segments.rule(…) gives it",
    "Store": "a store, as wb.open(…) gives it",
    "Table": "a table of rules",
    "ndarray": "an array of numpy",
}
"""Classes of other rooms, by name, and what they are in words."""

_KINDS = {
    "None": _Kind("", _one_of(type(None))),
    "int": _Kind("a whole number", _whole),
    "float": _Kind("a number", _number),
    "str": _Kind("text", _one_of(str)),
    "bool": _Kind("True or False", _truth),
    "date": _Kind("a date", _date),
    "datetime": _Kind("a moment", _one_of(dt.datetime)),
    "names": _Kind("a list of texts", _names),
    "list": _Kind("a list", _list),
    "Mapping": _Kind("a dict", _one_of(Mapping)),
    "Path": _Kind("a path", _one_of(Path)),
    "Labels": _Kind("a dict", _one_of(Mapping)),
    **{name: _Kind(what, _called(name)) for name, what in _CLASSES.items()},
}
