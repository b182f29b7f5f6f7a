"""Help that is written once: what a class says of its attributes, in the docstrings that take them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


def explained(**classes: type) -> Callable[[Function], Function]:
    """Say what a class says of its attributes where a function's docstring has `{name}` on a line.

    Args:
        classes: Name of the place → the class.
    """

    def decorate(function: Function) -> Function:
        text = inspect.getdoc(function) or ""
        for name, of in classes.items():
            attributes = (inspect.getdoc(of) or "").partition("Attributes:\n")[2].partition("\n\n")[0]
            text = text.replace(f"    {{{name}}}", attributes.rstrip())
        function.__doc__ = text
        return function

    return decorate
