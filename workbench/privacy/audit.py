"""The audit log: `audit/log.jsonl`, one line an act, each chained to the one before by its hash.

The head of the chain is also kept in this user's home, so that a log that was cut short, or written anew
from some line on, is found out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from workbench.errors import PrivacyError
from workbench.privacy import door, heads
from workbench.settings import user

if TYPE_CHECKING:
    import pandas as pd

LOG = Path("audit") / "log.jsonl"
FIRST = "0" * 64
_WAIT_SECONDS = 60.0
_TAIL = 1 << 16
_SHOWN = 20


@dataclass(frozen=True)
class Check:
    """What a look at the whole log found.

    Attributes:
        lines: Whole lines.
        problems: One sentence for each place where the log is not what was written.
        anchored: Whether this machine knows a head of the chain to hold the log against.
        torn: Whether a crash left an unfinished line at the end; it never counted.
    """

    lines: int
    problems: tuple[str, ...]
    anchored: bool
    torn: bool

    @property
    def is_whole(self) -> bool:
        """Whether nothing was changed, removed or reordered, as far as can be known here."""
        return not self.problems


def append(
    root: Path,
    what: str,
    who: str = "",
    *,
    subjects: Sequence[str] = (),
    counts: Mapping[str, int] | None = None,
    **about: object,
) -> str:
    """Add one line, on the disk before this returns; safe from several processes.

    A page's kernel behind walls cannot write the log: it tells its server, which says who acts.

    Args:
        root: Folder of the workspace.
        what: The act, for example `import`, `export`, `personal_opened`, `erasure`, `key_rotated`.
        who: Who acts; empty: `WORKBENCH_USER`, else the user of this machine.
        subjects: Marks of the customers concerned, never identifiers or pseudonyms.
        counts: Numbers that say how much.
        about: Anything else that is worth knowing, as short texts.

    Returns:
        The line's hash.

    Raises:
        PrivacyError: when the line cannot be written; then what it is about must not happen.
    """
    if door.leads_out(root):
        return _told(root, {"what": what, "who": who, "subjects": list(subjects),
                            "counts": {name: int(number) for name, number in (counts or {}).items()},
                            "about": about})  # fmt: skip
    with _locked(root), _sentences(root):
        file = root / LOG
        with file.open("a+b") as stream:
            number, before = _last(stream)
            line: dict[str, object] = {
                "n": number + 1,
                "time": dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds"),
                "who": who or me(),
                "what": what,
                **({"subjects": list(subjects)} if subjects else {}),
                "counts": dict(counts or {}),
                **{name: value for name, value in about.items() if value not in ("", None)},
                "before": before,
            }
            head = _hash(line)
            stream.write(_text({**line, "hash": head}) + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        heads.keep(root, number + 1, head)
    return head


@contextmanager
def act(root: Path, what: str, who: str = "", **about: Any) -> Iterator[dict[str, int]]:
    """Write a line that something begins, and after it one that it is done or failed.

    Yields:
        Counts to fill in for the second line.
    """
    counts: dict[str, int] = {}
    append(root, f"{what}_begun", who, **about)
    try:
        yield counts
    except BaseException:
        append(root, f"{what}_failed", who, **about)
        raise
    append(root, what, who, counts=counts, **about)


@contextmanager
def recorded(root: Path, what: str, who: str = "", **about: Any) -> Iterator[None]:
    """Write the line of an act before it happens, and another one if it fails."""
    append(root, what, who, **about)
    try:
        yield
    except BaseException:
        append(root, f"{what}_failed", who, **about)
        raise


def _told(root: Path, line: Mapping[str, object]) -> str:
    """Have the server write a line; its hash."""
    try:
        head, reason = door.ask({"line": line})
    except (OSError, ValueError):
        head, reason = "", "the server does not answer"
    if not head:
        raise _unwritable(root, str(reason))
    return str(head)


def verify(root: Path) -> Check:
    """Read the whole log and hold it against its chain and against the head kept in this user's home."""
    known = heads.known(root)
    problems: list[str] = []
    number, before, at_anchor, torn = 0, FIRST, FIRST, False
    for raw in _lines(root):
        torn = not raw.endswith(b"\n")
        if torn:
            break
        number, line = number + 1, _parsed(raw)
        problems += _wrong(line, number, before)
        before = str(line.get("hash", "")) if line else ""
        at_anchor = before if known and number == known["n"] else at_anchor
    if known and number < known["n"]:
        problems.append(f"The log ends at line {number}; line {known['n']} was written. Lines were cut off.")
    elif known and known["n"] and at_anchor != known["hash"]:
        problems.append(f"Line {known['n']} is not the one that was written; the log was made anew.")
    return Check(number, tuple(problems[:_SHOWN]), bool(known), torn)


def frame(root: Path, marks: Sequence[str] | None = None) -> pd.DataFrame:
    """The log as a table, the newest line first.

    Args:
        root: Folder of the workspace.
        marks: Only lines about customers with one of these marks; None: all lines.

    Returns:
        Columns `n`, `time` (UTC), `who`, `what`, `customers` (number of marks), `counts`, `about`.
    """
    import pandas as pd

    lines = [line for raw in _lines(root) if raw.endswith(b"\n") and (line := _parsed(raw))]
    chosen = [line for line in lines if marks is None or set(marks) & set(line.get("subjects", ()))]
    rows = [
        (
            line.get("n"),
            line.get("time"),
            line.get("who"),
            line.get("what"),
            len(line.get("subjects", ())),
            line.get("counts"),
            {name: value for name, value in line.items() if name not in _PLAIN},
        )
        for line in reversed(chosen)
    ]
    table = pd.DataFrame(rows, columns=["n", "time", "who", "what", "customers", "counts", "about"])
    return table.assign(time=pd.to_datetime(table["time"], utc=True))


_PLAIN = frozenset(("n", "time", "who", "what", "subjects", "counts", "before", "hash"))


def me() -> str:
    """Who acts: `WORKBENCH_USER`, else the user of this machine; never a name that a visitor only says."""
    return user()


def _wrong(line: Mapping[str, Any], number: int, before: str) -> list[str]:
    if not line:
        return [f"Line {number} is no line of the log."]
    if line.get("hash") != _hash({name: value for name, value in line.items() if name != "hash"}):
        return [f"Line {number} was changed."]
    if line.get("n") != number or line.get("before") != before:
        return [f"Before line {number} something was removed, added or reordered."]
    return []


def _lines(root: Path) -> Iterator[bytes]:
    if (root / LOG).is_file():
        with _sentences(root), (root / LOG).open("rb") as stream:
            yield from stream


def _last(stream: BinaryIO) -> tuple[int, str]:
    """Number and hash of the last whole line; what a crash left unfinished behind it is taken away."""
    size = stream.seek(0, os.SEEK_END)
    tail, start = b"", size
    while start and tail.count(b"\n") < 2 + (not tail.endswith(b"\n")):
        start = max(0, start - _TAIL)
        stream.seek(start)
        tail = stream.read(size - start)
    whole = tail.rfind(b"\n") + 1
    if whole < len(tail):
        stream.truncate(size - (len(tail) - whole))
    lines = tail[:whole].splitlines()
    stream.seek(0, os.SEEK_END)
    if not lines:
        return 0, FIRST
    line = _parsed(lines[-1])
    if not line:
        raise PrivacyError(
            "The last line of the audit log is damaged, so nothing can be added to it.",
            "See what is wrong with: workbench audit verify; then restore the log from a backup.",
            str(LOG),
        )
    return int(line["n"]), str(line["hash"])


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        found = json.loads(raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) and {"n", "hash"} <= set(found) else {}


def _text(line: Mapping[str, object]) -> bytes:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _hash(line: Mapping[str, object]) -> str:
    return hashlib.sha256(_text(line)).hexdigest()


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    with _sentences(root):
        (root / LOG).parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(root / LOG.parent / ".lock", timeout=_WAIT_SECONDS):
            yield
    except Timeout:
        raise _unwritable(root, "another program keeps it") from None
    except PermissionError as error:
        raise _unwritable(root, error.strerror or str(error)) from None


@contextmanager
def _sentences(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(root, error.strerror or str(error)) from None


def _unwritable(root: Path, reason: str) -> PrivacyError:
    return PrivacyError(
        f"The audit log cannot be used: {reason}.",
        "Nothing is imported, exported, opened or erased without a line in it; make its folder writable.",
        str(root / LOG),
    )
