"""The question: which events of customers ask for a contact in the days ahead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.contacts.due.answer import TriggerNote, Triggers
from workbench.contacts.due.birthdays import birthdays
from workbench.contacts.due.cases import complaints, mentions
from workbench.contacts.due.ends import contract_ends, lapses
from workbench.contacts.due.events import Asked
from workbench.contacts.due.permits import Permits, chances, expected, permits
from workbench.contacts.due.rules import KINDS, TriggerRules, check_days
from workbench.customers.cards.rows import last_day
from workbench.customers.purchases import day_of
from workbench.errors import InputError, QuestionError, unknown
from workbench.i18n import LANGUAGES, formats, text
from workbench.store.part import part_of

if TYPE_CHECKING:
    import pandas as pd

    from workbench.data import Store

_FINDERS: Mapping[str, Callable[[Asked], pd.DataFrame]] = {
    "complaint": complaints,
    "mention": mentions,
    "contract": contract_ends,
    "lapse": lapses,
}


def triggers(
    store: Store,
    as_of: dt.date | str | None = None,
    days_ahead: int = 14,
    kinds: str | Iterable[str] = KINDS,
    segment: Any = None,
    *,
    rules: TriggerRules | None = None,
    group: str = "value_class",
    reason: str = "",
    who: str = "",
) -> Triggers:
    """Ask which events of customers ask for a contact, and by when.

    - `complaint`: still open, and due some days after it was opened.
    - `mention`: a review or mention of the last days, which wants an answer.
    - `contract`: ends soon, and nothing follows on.
    - `lapse`: the day on which a customer has probably left, by their own rhythm (BG/NBD).
    - `birthday`: opened for a `reason` alone, of those who may be congratulated; the audit log keeps it.

    What a contact of ours has answered already (any since the event opened; of a complaint only its solution)
    is not due.

    Args:
        store: The store.
        as_of: Last day that counts; None: the last on which customers did anything.
        days_ahead: Days after it in which something is due.
        kinds: Which events.
        segment: A rule of `segments` whose customers alone count; None: everybody.
        rules: When events are due; None: the usual ones.
        group: The customers' attribute by which methods are suggested.
        reason: Why birth dates are opened, in words; it is kept in the audit log. Empty: they stay closed,
            and birthdays are left out.
        who: Who opens them; empty: the user of this machine.

    Returns:
        What is due, with methods that are allowed; `.candidates()` and `.lines()` lead on to the plan and the
        calendar.

    Raises:
        QuestionError: for a kind, day, segment or attribute that is none.
        InputError: for a frame in the place of the store.
        PrivacyError: for a reason that is none, or where the audit log cannot be written.
    """
    asked_for = _kinds(kinds)
    check_days("days_ahead", days_ahead)
    day = _day(store, as_of)
    part = part_of(store, segment, day)
    asked = Asked(part, day, days_ahead, rules or TriggerRules())
    people = _people(part, group)
    found, notes = _found(asked, asked_for)
    if "birthday" in asked_for and reason.strip():
        found.append(birthdays(asked, _congratulated(asked, people), reason, who))
    elif "birthday" in asked_for:
        notes.append(TriggerNote.of("birthdays_closed"))
    return _answer(asked, _joined(found), people, group, notes)


def _kinds(kinds: str | Iterable[str]) -> tuple[str, ...]:
    names = (kinds,) if isinstance(kinds, str) else tuple(dict.fromkeys(kinds))
    for name in names:
        if name not in KINDS:
            raise unknown("trigger", name, KINDS)
    if not names:
        raise QuestionError("No kind of trigger is asked for.", f"Give some of: {', '.join(KINDS)}.")
    return names


def _day(store: Store, as_of: dt.date | str | None) -> dt.date:
    from workbench.store.store import Store as Stored

    if not isinstance(store, Stored):
        raise InputError(
            f"Triggers are asked of a store, and this is a {type(store).__name__}.",
            "Open a workspace: wb.open('demo').",
        )
    return last_day(store) if as_of is None else day_of(as_of)


def _people(part: Store, group: str) -> pd.DataFrame:
    """`customer_id` and the attribute of every customer."""
    people = part.table("customers")
    if group not in people.columns:
        raise unknown("customer attribute", group, people.columns)
    found: pd.DataFrame = part.query(people.select("customer_id", segment=people[group])).to_pandas()
    return found


def _found(asked: Asked, kinds: Sequence[str]) -> tuple[list[pd.DataFrame], list[TriggerNote]]:
    """The rows of each kind that needs no reason."""
    found: list[pd.DataFrame] = []
    notes: list[TriggerNote] = []
    for kind, find in _FINDERS.items():
        if kind in kinds:
            try:
                found.append(find(asked))
            except QuestionError as error:
                if kind != "lapse":
                    raise
                notes.append(TriggerNote.of("no_rhythm", why=error.what))
    return found, notes


def _congratulated(asked: Asked, people: pd.DataFrame) -> list[str]:
    """Customers who agreed to be written to by any method."""
    import pandas as pd

    known = permits(asked, people["customer_id"].tolist())
    may = known.may(people["customer_id"], pd.Series("birthday", index=people.index))
    return [str(name) for name in people["customer_id"].to_numpy()[may.any(axis=1)]]


def _joined(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    from workbench.contacts.due.events import nothing

    rows = [part.astype(object) for part in found if len(part)]
    table = pd.concat(rows, ignore_index=True) if rows else nothing()
    days = {name: pd.to_datetime(table[name]) for name in ("event", "opens", "due", "until")}
    return table.assign(**days, worth=pd.to_numeric(table["worth"], errors="coerce"))


def _answer(
    asked: Asked, rows: pd.DataFrame, people: pd.DataFrame, group: str, notes: list[TriggerNote]
) -> Triggers:
    """Rows that nobody has answered yet, with what may be done, in the order of the days."""
    rows = rows[~_answered(asked, rows)].merge(people, on="customer_id", how="left")
    rows = _dated(asked, rows)
    known = permits(asked, rows["customer_id"].unique().tolist())
    may = known.may(rows["customer_id"], rows["kind"])
    chance = expected(chances(asked.store.whole, group), rows["segment"], known.methods, usual=1.0)
    rows = _told(asked, rows.assign(**_advice(rows, known, may, chance)))
    names = _names(asked.store.whole)
    held = rows["held"].value_counts()
    notes += [TriggerNote.of(code, count=int(held[code])) for code in ("no_consent", "do_not_contact")
              if code in held]  # fmt: skip
    return Triggers(
        rows[list(SHOWN)], asked.day, asked.ahead, known.methods, may, chance, tuple(notes),
        int(asked.store.version), names,
    )  # fmt: skip


SHOWN = (
    *("customer_id", "kind", "day", "ready", "until", "overdue", "priority", "method", "marketer"),
    *("segment", "worth", "reason", "why_en", "why_zh", "event", "held", "of_table", "row_id"),
)


def _answered(asked: Asked, rows: pd.DataFrame) -> pd.Series:
    """Whether we contacted the customer since the event opened; a complaint ends only when it is solved."""
    import pandas as pd

    if "interactions" not in asked.store.tables or rows.empty:
        return pd.Series(False, index=rows.index)
    made = asked.store.table("interactions")
    made = made.filter(made.direction == "outbound", made.local_date <= asked.day)
    last = asked.store.query(made.group_by("customer_id").aggregate(last=made.local_date.max())).to_pandas()
    when = rows["customer_id"].map(last.set_index("customer_id")["last"])
    return (pd.to_datetime(when) >= rows["opens"]) & (rows["kind"] != "complaint")


def _dated(asked: Asked, rows: pd.DataFrame) -> pd.DataFrame:
    """The days of the list, in its order."""
    import pandas as pd

    today = pd.Timestamp(asked.day)
    first = [
        asked.rules.first(kind, reason) for kind, reason in zip(rows["kind"], rows["reason"], strict=True)
    ]
    found = rows.assign(
        day=rows["due"].where(rows["due"] >= today, today),
        ready=rows["opens"].where(rows["opens"] >= today, today),
        overdue=(today - rows["due"]).dt.days.clip(lower=0).astype("int64"),
        priority=np.array(first, dtype=np.int64),
    )
    return found.sort_values(
        ["day", "priority", "worth", "overdue", "customer_id"],
        ascending=[True, True, False, False, True],
        ignore_index=True,
    )


def _advice(rows: pd.DataFrame, known: Permits, may: np.ndarray, chance: np.ndarray) -> dict[str, Any]:
    """The method by which a row most likely pleases, that of the case first; and why none is allowed."""
    import pandas as pd

    if not len(rows) or not known.methods:
        held = "" if rows.empty else np.where(rows["kind"] == "complaint", "", "no_consent")
        return {"held": held}
    best = np.where(may, chance, -1.0).argmax(axis=1)
    suggested = np.array(known.methods, dtype=object)[best]
    none = ~may.any(axis=1)
    own = rows["method"].where(rows["kind"] == "complaint")
    method = own.where(own.notna(), pd.Series(np.where(none, None, suggested), index=rows.index))
    barred = known.barred(rows["customer_id"])
    held = np.where(none, np.where(barred, "do_not_contact", "no_consent"), "")
    return {"method": method, "held": held}


def _told(asked: Asked, rows: pd.DataFrame) -> pd.DataFrame:
    """Why each row is there, in both languages."""
    return rows.assign(**{f"why_{lang}": [_why(row, asked, lang) for row in rows.to_dict("records")]
                          for lang in LANGUAGES})  # fmt: skip


def _why(row: Mapping[Any, Any], asked: Asked, lang: str) -> str:
    import pandas as pd

    event, count, rhythm = row["event"].date(), row["count"], row["rhythm"]
    many = 1 if pd.isna(count) else int(count)
    code = "complaints" if row["reason"] == "complaint" and many > 1 else row["reason"]
    return text(
        f"contact_triggers.why_{code}",
        lang,
        day=formats.date(event, lang),
        days=formats.number(abs((asked.day - event).days), lang),
        count=formats.number(many, lang),
        rhythm="" if pd.isna(rhythm) else formats.number(max(1, round(rhythm)), lang),
        alive=formats.percent(asked.rules.alive, lang, 0),
    )


def _names(store: Store) -> dict[str, dict[str, dict[str, str]]]:
    """How the store's labels show methods."""
    return {
        "method": {
            lang: {
                value: name
                for (dimension, value), name in store.labels(lang).items()
                if dimension == "method"
            }
            for lang in LANGUAGES
        }
    }
