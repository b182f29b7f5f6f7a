"""What an Ibis expression must not hold, for DuckDB and Spark to answer it alike.

Each rule was learnt from a wrong number, or from an engine that refuses. A question filters and adds up
in the engine; everything else belongs into numpy, after it.
"""

from __future__ import annotations

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops

FORBIDDEN = {
    "the difference of times (DuckDB counts midnights, Spark 24 hours): use epoch seconds": (
        "DateDelta",
        "TimestampDelta",
        "TimeDelta",
        "DateDiff",
        "TimestampDiff",
        "TimeDiff",
    ),
    "integer division or remainder (signs differ): do it in numpy": ("FloorDivide", "Modulus"),
    "rounding (halves differ): round what is shown": ("Round",),
    "one of several rows (which one is the engine's choice): use min or max": (
        "First",
        "Last",
        "Arbitrary",
        "Mode",
    ),
    "an estimate (each engine has its own)": (
        "ApproxCountDistinct",
        "ApproxMedian",
        "ApproxQuantile",
        "ApproxMultiQuantile",
        "Median",
        "Quantile",
        "MultiQuantile",
    ),
    "a random number": ("RandomScalar", "RandomUUID"),
    "a hash (each engine has its own)": ("Hash", "HexDigest", "HashBytes"),
    "a pattern or format (dialects differ): do it in Python": (
        "Strftime",
        "StringToTimestamp",
        "StringToDate",
        "RegexSearch",
        "RegexExtract",
        "RegexReplace",
        "RegexSplit",
    ),
    "the clock of the machine: pass the day": ("TimestampNow", "DateNow"),
    "raw SQL": ("SQLStringView", "SQLQueryResult"),
    "Python code in the engine": ("ScalarUDF", "AggUDF"),
}
_REASONS = {
    kind: reason
    for reason, names in FORBIDDEN.items()
    for name in names
    if (kind := getattr(ops, name, None))
}


def problems(expression) -> list[str]:
    """What is not portable in an expression, one sentence each."""
    nodes = expression.op().find(ops.Node)
    found = {reason for node in nodes for reason in (_reason(node),) if reason}
    return sorted(found)


def _reason(node) -> str:
    plain = next((reason for kind, reason in _REASONS.items() if isinstance(node, kind)), "")
    return plain or _of_types(node) or (_division(node) if isinstance(node, ops.Divide) else "")


def _of_types(node) -> str:
    field = isinstance(node, ops.ExtractTemporalField) and not isinstance(node, ops.ExtractEpochSeconds)
    if field and node.arg.dtype.is_timestamp():
        return "a part of an instant (Spark silently stays in UTC): use the stored local columns"
    if isinstance(node, ops.Cast) and (_is_time(node.to) or _is_time(node.arg.dtype)):
        return "a cast to or from an instant (time zones differ): use the stored local columns"
    dtype = getattr(node, "dtype", None)
    if isinstance(dtype, dt.DataType) and dtype.is_decimal():
        return "a decimal (a bare literal came out 3.8e-8 off): cast to float64"
    return ""


def _is_time(dtype) -> bool:
    return dtype.is_timestamp() or dtype.is_time()


def _division(node) -> str:
    if not (node.left.dtype.is_float64() and node.right.dtype.is_float64()):
        return "a division of what is no float64: cast both sides first"
    return "" if isinstance(node.right, ops.NullIf | ops.Literal) else "a division without nullif(0)"
