"""One error base: what is wrong, why it matters or where it is, and the way out."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class WorkbenchError(Exception):
    """A problem said in plain words; the only exception a user should ever meet.

    Args:
        what: One sentence that names the value and what is wrong with it.
        fix: One sentence that says how to put it right.
        where: File, line, column or setting, where there is one.
    """

    def __init__(self, what: str, fix: str = "", where: str = "") -> None:
        self.what, self.fix, self.where = what, fix, where
        super().__init__(" ".join(part for part in (where and f"{where}:", what, fix) if part))


class InputError(WorkbenchError):
    """A file or frame that cannot be read as what it should be."""


class TooShortError(InputError):
    """A history that is too short to say anything from it: it has `have` of the `need` steps."""

    have, need = 0, 0


class QuestionError(WorkbenchError):
    """A question whose parameters do not fit: an unknown metric, dimension, period or filter."""


class StoreError(WorkbenchError):
    """A workspace that is missing, too new, locked or damaged."""


class SettingsError(WorkbenchError):
    """A setting that is unknown or has a value that is not allowed."""


class PrivacyError(WorkbenchError):
    """A key that is missing or wrong, or personal data that may not be opened or cannot be erased."""


class ReportError(WorkbenchError):
    """A report that could not be run or published."""


class MissingExtraError(WorkbenchError):
    """An optional dependency that is not installed."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(
            f"This needs the optional package {package!r}, which is not installed.",
            f"Install it with: pip install 'ad-crm-workbench[{extra}]'.",
        )


def unknown(
    kind: str,
    value: object,
    allowed: Iterable[str],
    error: type[WorkbenchError] = QuestionError,
    where: str = "",
) -> WorkbenchError:
    """Return the error for a name that is not in a closed list, with the nearest match."""
    names = sorted({str(name) for name in allowed})
    near = get_close_matches(str(value), names, n=1)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    shown = ", ".join(names[:40]) + (" …" if len(names) > 40 else "")
    fix = f"{hint}Allowed: {shown}." if names else "There is none yet."
    return error(f"Unknown {kind} {value!r}.", fix, where)
