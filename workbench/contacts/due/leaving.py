"""What is due as a file: pseudonyms, days and reasons; the line in the audit log comes first."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from workbench import exports
from workbench.contacts.reminders import calendar
from workbench.errors import InputError, PrivacyError
from workbench.i18n import text
from workbench.privacy import audit
from workbench.privacy.ring import ring

if TYPE_CHECKING:
    import pandas as pd

    from workbench.contacts.due.answer import Triggers
    from workbench.data import Store

ENDINGS = (".csv", ".xlsx", ".ics")
LEAST_REASON = 3
COLUMNS = (
    "day",
    "kind",
    "customer_id",
    "why",
    "method",
    "priority",
    "overdue",
    "until",
    "marketer",
    "segment",
)


def export(
    store: Store,
    found: Triggers,
    file: str | Path,
    reason: str,
    *,
    lang: str = "en",
    who: str = "",
    reminder: int | None = None,
) -> Path:
    """Write what may be acted on as a list or as calendar reminders.

    The file names customers by pseudonym alone; names and numbers leave through `workbench.audiences`.

    Args:
        store: The workspace.
        found: What is due.
        file: File to write, `.csv`, `.xlsx` or `.ics`, outside the workspace; only you can read it.
        reason: Why, in words; it is kept in the audit log.
        lang: Language of the texts.
        who: Who exports; empty: the user of this machine.
        reminder: Of an `.ics` file, minutes before a day begins at which it reminds; None: it does not.

    Returns:
        The file.

    Raises:
        PrivacyError: without a reason, or where the audit log cannot be written; nothing leaves then.
        InputError: for a file that lies in the workspace, has another ending, or cannot be written.
    """
    target = _target(store, Path(file).expanduser())
    if len(reason.strip()) < LEAST_REASON:
        raise PrivacyError("Persons leave only for a reason.", "Say why, for example: reason='spring offer'.")
    content = _content(store, found, target, lang, reminder)
    names = found.table.loc[found.table["held"] == "", "customer_id"].unique()
    audit.append(
        store.path, "triggers_exported", who, subjects=_marks(store, list(names)), counts=found.counts(),
        why=reason, format=target.suffix.lower()[1:], digest=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    exports.save(content, target, private=True)
    return target


def _target(store: Store, file: Path) -> Path:
    if file.suffix.lower() not in ENDINGS:
        raise InputError(
            f"What is due is written as no {file.suffix or 'file without ending'}.",
            f"Choose a file that ends with {', '.join(ENDINGS)}.",
            str(file),
        )
    if file.resolve().is_relative_to(store.path.resolve()):
        raise InputError(
            "A list of persons does not stay in the workspace: there it would outlive an erasure.",
            "Choose a folder outside it.",
            str(file),
        )
    return file


def _content(store: Store, found: Triggers, file: Path, lang: str, reminder: int | None) -> bytes:
    if file.suffix.lower() == ".ics":
        zone = store.settings.timezone or "UTC"
        name = text("contact_triggers.calendar", lang)
        return calendar(found.lines(lang), zone, name, lang, reminder=reminder).encode()
    listed = _listed(found, lang)
    return exports.csv(listed) if file.suffix.lower() == ".csv" else exports.xlsx(listed)


def _listed(found: Triggers, lang: str) -> pd.DataFrame:
    """The list as people read it."""
    free = found.table[found.table["held"] == ""]
    methods = found.names.get("method", {}).get(lang, {})
    shown = free.assign(
        kind=[text(f"contact_triggers.kind_{kind}", lang) for kind in free["kind"]],
        why=free[f"why_{lang}"],
        method=[methods.get(name, name) if isinstance(name, str) else "" for name in free["method"]],
        **{name: free[name].dt.strftime("%Y-%m-%d") for name in ("day", "until")},
    )
    heads = {name: text(f"contact_triggers.column_{name}", lang) for name in COLUMNS}
    listed: pd.DataFrame = shown[list(COLUMNS)].rename(columns=heads)
    return listed


def _marks(store: Store, people: list[str]) -> tuple[str, ...]:
    """Marks of those who are on the list; a world without persons has no key and no marks."""
    if not people or not store.row_counts.get("vault"):
        return ()
    keys = ring(store.path, create=False)
    return tuple(keys.mark("audit", person) for person in people)
