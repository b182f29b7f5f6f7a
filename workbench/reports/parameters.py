"""A notebook's typed `parameters` cell: what it takes, and whether given values fit it.

The cell is read as Python syntax and never executed: `name: type = literal  # help`.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import ReportError, unknown

if TYPE_CHECKING:
    from nbformat import NotebookNode

_SIMPLE: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "int": (int,),
    "float": (float, int),
    "bool": (bool,),
    "list": (list,),
    "dict": (dict,),
}
_TRUE, _FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


@dataclass(frozen=True)
class Parameter:
    """One line of the `parameters` cell.

    Attributes:
        name: Variable that is set.
        kind: Its annotation as written, `str` or `list[str] | None`; without one, the default's type.
        default: Its value where none is given; None also where the line is no literal.
        help: The comment behind it.
    """

    name: str
    kind: str
    default: Any
    help: str

    def fits(self, value: object) -> bool:
        """Whether `value` is of this kind."""
        return _fits(ast.parse(self.kind, mode="eval").body, value) if self.kind else True


def declared(notebook: NotebookNode) -> dict[str, Parameter]:
    """The parameters a notebook declares, by name, in order; empty without a `parameters` cell.

    Raises:
        ReportError: when the cell is no valid Python.
    """
    source = next((cell.source for cell in notebook.cells if _tagged(cell)), "")
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise ReportError(
            f"The cell tagged 'parameters' is no valid Python (line {error.lineno}).",
            "Write one `name: type = value  # help` a line.",
        ) from None
    lines = source.splitlines()
    found = [_declared(statement, lines) for statement in body]
    return {item.name: item for item in found if item}


def is_report(notebook: NotebookNode) -> bool:
    """Whether a notebook has a cell tagged `parameters`, which makes it a report."""
    return any(_tagged(cell) for cell in notebook.cells)


def check(notebook: NotebookNode, given: Mapping[str, Any], where: str = "") -> dict[str, Any]:
    """Return `given` once every name is declared and every value is of its declared kind.

    Raises:
        ReportError: for an unknown name or a value of another kind, before anything runs.
    """
    known = declared(notebook)
    for name, value in given.items():
        if name not in known:
            raise unknown("parameter", name, known, ReportError, where)
        if not known[name].fits(value):
            raise _misfit(known[name], value, where)
    return dict(given)


def from_text(parameter: Parameter, text: str, where: str = "") -> Any:
    """Read a value that was typed on the command line as the parameter's kind.

    `str` takes the text as it is, lists take JSON or `a,b`, an empty text is None where None is allowed.

    Raises:
        ReportError: when the text cannot be read as that kind.
    """
    for candidate in _readings(parameter.kind, text):
        if parameter.fits(candidate):
            return candidate
    raise _misfit(parameter, text, where)


def _tagged(cell: Any) -> bool:
    return "parameters" in cell.metadata.get("tags", ())


def _misfit(parameter: Parameter, value: object, where: str) -> ReportError:
    kind = parameter.kind or "value"
    return ReportError(
        f"Parameter {parameter.name!r} takes {kind}, not {value!r} ({type(value).__name__}).",
        f"Its default is {parameter.default!r}.",
        where,
    )


def _declared(statement: ast.stmt, lines: list[str]) -> Parameter | None:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            kind = ast.unparse(annotation).strip("'\"")
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            kind = ""
        case _:
            return None
    default = _literal(value)
    if not kind and default is not None:
        kind = type(default).__name__
    last = lines[(statement.end_lineno or 1) - 1].encode()[statement.end_col_offset or 0 :].decode()
    return Parameter(name, kind, default, last.partition("#")[2].strip())


def _literal(value: ast.expr | None) -> Any:
    try:
        return ast.literal_eval(value) if value else None
    except ValueError:
        return None


def _fits(kind: ast.expr, value: object) -> bool:
    match kind:
        case ast.Constant(value=None):
            return value is None
        case ast.Constant(value=str(quoted)):
            return _fits(ast.parse(quoted, mode="eval").body, value)
        case ast.Name(id=name) if name in _SIMPLE:
            return isinstance(value, _SIMPLE[name]) and (name == "bool" or not isinstance(value, bool))
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _fits(left, value) or _fits(right, value)
        case ast.Subscript(value=ast.Name(id=outer), slice=inner):
            return _fits_inside(outer, inner, value)
    return True  # an annotation beyond these (a class of the notebook's own) is the notebook's to check


def _fits_inside(outer: str, inner: ast.expr, value: object) -> bool:
    match outer, inner, value:
        case "list", _, list():
            return all(_fits(inner, item) for item in value)
        case "dict", ast.Tuple(elts=[key, item]), dict():
            return all(_fits(key, k) and _fits(item, v) for k, v in value.items())
        case "Optional", _, _:
            return value is None or _fits(inner, value)
        case "Literal", ast.Tuple(elts=choices), _:
            return any(_literal(choice) == value for choice in choices)
        case "Literal", _, _:
            return bool(_literal(inner) == value)
    return outer not in ("list", "dict")


def _readings(kind: str, text: str) -> list[Any]:
    """Every way to read `text`, the most literal one first where the kind is a string."""
    readings: list[Any] = [] if text else [None]
    if "str" in kind or "Literal" in kind or not kind:
        readings.append(text)
    if text.lower() in (*_TRUE, *_FALSE):
        readings.append(text.lower() in _TRUE)
    for read in (int, float, json.loads):
        try:
            readings.append(read(text))
        except ValueError:
            continue
    items = [part.strip() for part in text.split(",") if part.strip()]
    return [*readings, items, [_number(item) for item in items], text]


def _number(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
