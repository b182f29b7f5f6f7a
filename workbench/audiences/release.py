"""Out of the gate: what is needed is opened, spelled and written once; each step stands in the log."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import data, exports
from workbench.arguments import right_kinds
from workbench.audiences.answer import Audience
from workbench.audiences.formats import WORK_LIST
from workbench.audiences.gate import CUSTOMER, held_if_small, held_if_withdrawn, prepare, refusing
from workbench.audiences.identifiers import spelled
from workbench.errors import InputError, PrivacyError
from workbench.privacy import audit, open_many
from workbench.privacy.ring import ring

if TYPE_CHECKING:
    import pandas as pd

    from workbench.store.store import Store

PERSONAL = ("name", "email", "phone")
_WRITERS: dict[str, Callable[..., bytes]] = {".csv": exports.csv, ".xlsx": exports.xlsx}


@dataclass(frozen=True, eq=False)
class Release:
    """What left.

    Attributes:
        audience: Who was released and who held back, the identifiers looked at too.
        file: The file; None: nobody was released and nothing was written.
        rows: Persons in it.
        digest: SHA-256 of the file, also in the audit log; empty without one.
    """

    audience: Audience
    file: Path | None
    rows: int
    digest: str = ""

    def sentence(self, lang: str = "en") -> str:
        """What left, in words."""
        return self.audience.sentence(lang)

    def to_dict(self) -> dict[str, Any]:
        """JSON values; no customer."""
        return {
            **self.audience.to_dict(),
            "file": str(self.file) if self.file else None,
            "digest": self.digest,
        }


@right_kinds
def export(
    store: Store,
    members: Any,
    purpose: str,
    channel: str,
    form: str,
    file: str | Path,
    reason: str,
    *,
    who: str = "",
    country: str = "",
    **asked: Any,
) -> Release:
    """Write the file of those who may be addressed; the newest consents count, also for a past store.

    Args:
        store: The workspace.
        members, purpose, channel, form: As for `prepare`.
        file: File to write, `.csv` (or `.xlsx` for a work list), outside the workspace; only you can read it.
        reason: Why, in words; it is kept in the audit log.
        who: Who exports; empty: the user of this machine.
        country: Calling code of national phone numbers, for example `49`.
        asked: `segment`, `name`, `cap`, `minimum` and `at`, as for `prepare`; a past `at` brings no consent
            back that was withdrawn since.

    Returns:
        What left. Where everybody is held back nothing is written, and `.file` is None.

    Raises:
        PrivacyError: without a reason, or where the audit log cannot be written; nothing leaves then.
        InputError: for a file that lies in the workspace, has another ending, or cannot be written.
    """
    newest = data.open(store.path)
    target = _target(newest, Path(file).expanduser(), form)
    audience, rows = _let_through(newest, members, purpose, channel, form, reason, who, country, asked)
    if rows is None:
        return Release(audience, None, 0)
    return _write(newest, audience, rows, target, reason, who)


@right_kinds
def opened(
    store: Store,
    members: Any,
    purpose: str,
    channel: str,
    reason: str,
    *,
    who: str = "",
    country: str = "",
    **asked: Any,
) -> tuple[Audience, pd.DataFrame]:
    """Open the work list of those who may be addressed, for one person who calls or writes to them.

    The same gate as `export`'s: the newest consents count, and the audit log has its line before anything is
    seen.

    Args:
        store: The workspace.
        members, purpose, channel: As for `prepare`.
        reason: Why, in words; it is kept in the audit log.
        who: Who opens it; empty: the user of this machine.
        country: Calling code of national phone numbers, for example `49`.
        asked: `segment`, `name`, `cap` and `at`, as for `prepare`.

    Returns:
        (who is let through and who is held back, `customer_id, name, phone, email` of the former).

    Raises:
        PrivacyError: without a reason, or where the audit log cannot be written.
    """
    newest = data.open(store.path)
    audience, rows = _let_through(newest, members, purpose, channel, WORK_LIST, reason, who, country, asked)
    if rows is None:
        import pandas as pd

        return audience, pd.DataFrame(columns=list(audience.form.headers))
    _record(newest, audience, "work_list_opened", who, reason)
    return audience, rows


def _let_through(
    newest: Store,
    members: Any,
    purpose: str,
    channel: str,
    form: str,
    reason: str,
    who: str,
    country: str,
    asked: Mapping[str, Any],
) -> tuple[Audience, pd.DataFrame | None]:
    """Who passes the gate, and their rows; None where everybody is held back, which the log then has."""
    _check_code(country)
    audience = held_if_withdrawn(newest, prepare(newest, members, purpose, channel, form, **asked))
    if audience.is_released:
        audience, rows = _identified(newest, audience, reason, who, country)
        if audience.is_released:
            return audience, rows
    _record(newest, audience, "audience_refused", who, reason)
    return audience, None


def _check_code(country: str) -> None:
    """Refuse what is no calling code: with it every national number would silently match nobody."""
    if country and not re.fullmatch(r"(\+|00)?[1-9][0-9]{0,2}", country):
        raise InputError(f"{country!r} is no calling code.", "Give its digits, for example country='49'.")


def _target(store: Store, file: Path, form: str) -> Path:
    """The file, if a list of persons may be written there."""
    endings = [".csv", ".xlsx"] if form == WORK_LIST else [".csv"]
    if file.suffix.lower() not in endings:
        raise InputError(f"A {form} list is no {file.suffix or 'file without ending'}.",
                         f"Choose a file that ends with {' or '.join(endings)}.", str(file))  # fmt: skip
    if file.resolve().is_relative_to(store.path.resolve()):
        raise InputError(
            "A list of persons does not stay in the workspace: there it would outlive an erasure.",
            "Choose a folder outside it.",
            str(file),
        )
    return file


def _identified(
    store: Store, audience: Audience, reason: str, who: str, country: str
) -> tuple[Audience, pd.DataFrame]:
    """The audience after a look at the identifiers, and the rows of the file."""
    barred = refusing(store, audience) if audience.form.is_hashed else []
    personal = _personal(store, [*audience.ids, *barred], reason, who)
    rows = spelled(audience.form, personal, country)
    people = personal[CUSTOMER].iloc[: audience.size]
    ways = [header for header, value in audience.form.headers.items() if value in ("email", "phone")]
    kept, found = _matched(rows[ways], people) if audience.form.is_hashed else _clear(rows[ways], people)
    table = audience.table.copy()
    table["reason"] = table[CUSTOMER].map(found).fillna(table["reason"])
    left = ~people.isin(list(found))
    return held_if_small(replace(audience, table=table)), rows.iloc[: audience.size].assign(**kept)[left]


def _clear(rows: pd.DataFrame, people: pd.Series) -> tuple[pd.DataFrame, dict[str, str]]:
    """A work list names a person, who only has to have an address or number."""
    return rows, dict.fromkeys(people[(rows == "").all(axis=1)], "no_identifier")


def _matched(rows: pd.DataFrame, people: pd.Series) -> tuple[pd.DataFrame, dict[str, str]]:
    """Identifiers as a platform may match them, and why some people have none.

    A platform sees addresses, not persons: one that also belongs to somebody who refused is taken out, and
    one that two of them share stands once; who has no other of their own is the same to the platform.

    Args:
        rows: Identifiers of the released, and below them those of who refused.
        people: The released.
    """
    mine, barred = rows.iloc[: len(people)], rows.iloc[len(people) :]
    kept = mine.apply(lambda column: column.where(~column.isin(barred[column.name]), ""))
    empty, none = (mine == "").all(axis=1), (kept == "").all(axis=1)
    once = kept.apply(lambda column: column.where(~column.duplicated(), ""))
    shared = (once == "").all(axis=1) & ~none
    return once, {
        **dict.fromkeys(people[shared], "same_identifier"),
        **dict.fromkeys(people[none], "refused_elsewhere"),
        **dict.fromkeys(people[empty], "no_identifier"),
    }


def _personal(store: Store, people: list[str], reason: str, who: str) -> pd.DataFrame:
    """Personal values of customers, in the given order: from the vault, else as the table has them.

    Only a world made up, like the demo's, has them in the table itself.
    """

    plain = store.query(f"SELECT {CUSTOMER}, {', '.join(PERSONAL)} FROM customers").to_pandas()
    found = plain.set_index(CUSTOMER).reindex(people)
    if store.row_counts.get("vault"):
        opened = open_many(store, people, reason, who).to_pandas().set_index(CUSTOMER)
        found = opened[list(PERSONAL)].reindex(people).combine_first(found)
    elif len(reason.strip()) < 3:
        raise PrivacyError("Persons leave only for a reason.", "Say why, for example: reason='spring offer'.")
    result: pd.DataFrame = found.loc[people, list(PERSONAL)].rename_axis(CUSTOMER).reset_index()
    return result


def _write(
    store: Store, audience: Audience, rows: pd.DataFrame, file: Path, reason: str, who: str
) -> Release:
    """The line first, then the file: what left is always in the log."""
    write = _WRITERS[file.suffix.lower()]
    content = write(rows) if file.suffix.lower() == ".xlsx" else write(rows, mark=not audience.form.is_hashed)
    digest = hashlib.sha256(content).hexdigest()
    _record(store, audience, "audience_exported", who, reason, digest=digest)
    try:
        exports.save(content, file, private=True)
    except InputError:
        _record(store, audience, "audience_exported_failed", who, reason)
        raise
    return Release(audience, file, len(rows), digest)


def _record(store: Store, audience: Audience, what: str, who: str, reason: str, **about: str) -> None:
    counts = {"released": audience.size, **{held.reason: held.customers for held in audience.held()}}
    audit.append(
        store.path, what, who, subjects=_marks(store, audience), counts=counts, why=reason,
        group=audience.name, purpose=audience.purpose, channel=audience.channel,
        format=audience.form.name, **about,
    )  # fmt: skip


def _marks(store: Store, audience: Audience) -> tuple[str, ...]:
    """Marks of those who leave; a world without persons has no key and no marks."""
    if not audience.is_released or not store.row_counts.get("vault"):
        return ()
    keys = ring(store.path, create=False)
    return tuple(keys.mark("audit", person) for person in audience.ids)
