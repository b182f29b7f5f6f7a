"""The gate: consent, do-not-contact, the fatigue cap and the least size, before anything personal opens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from workbench.arguments import right_kinds
from workbench.audiences import cap as caps
from workbench.audiences.answer import RELEASED, Audience
from workbench.audiences.cap import Cap
from workbench.audiences.formats import named
from workbench.errors import QuestionError, unknown
from workbench.privacy import allowed
from workbench.segments import Rule, Segmentation

if TYPE_CHECKING:
    import pandas as pd

    from workbench.store.store import Store

CUSTOMER = "customer_id"


@right_kinds
def prepare(
    store: Store,
    members: Segmentation | Iterable[str] | Any,
    purpose: str,
    channel: str,
    form: str,
    *,
    segment: str | None = None,
    name: str = "",
    cap: Cap | None = None,
    minimum: int | None = None,
    at: dt.datetime | None = None,
) -> Audience:
    """Say who of a group may be addressed; nothing personal is opened and nothing leaves.

    Held back are, in this order: who is no customer; who must not be contacted at all; who withdrew or
    refused consent for this purpose and channel, or was never asked; who had as many contacts as the cap
    allows over all channels together; and everybody, where fewer are left than the format takes.

    Args:
        store: The workspace.
        members: A segmentation, a rule (as it stands now), a table with `customer_id`, or pseudonyms; twice
            the same is once.
        purpose: What for, as consents name it, for example `marketing`.
        channel: How, as consents name it, for example `email`.
        form: Format of the file: one of `FORMATS`.
        segment: Segment of a segmentation; needed where it has several.
        name: What the group is called in the audit log; empty: the segment's name.
        cap: The fatigue cap; None: the setting `contact_cap`, else 4 contacts in 7 days.
        minimum: Persons under which nothing leaves, if higher than the format's own.
        at: Instant with a time zone for which this must hold; None: now.

    Returns:
        The audience, with a reason for everybody who is held back.

    Raises:
        QuestionError: for a format, purpose, channel or segment that does not exist, or nobody at all.
        SettingsError: for a cap that lets nobody through.
    """
    kind, at = named(form), at or dt.datetime.now(dt.UTC)
    members = members.members(store) if isinstance(members, Rule) else members
    cap = cap or caps.of(dict(store.settings.contact_cap))
    people = _people(members, segment)
    reasons = _reasons(store, people, purpose, channel, cap, at)
    least = max(kind.minimum, minimum or 1)
    audience = Audience(
        _table(people, reasons), name or segment or _only_segment(members), purpose, channel, kind, least,
        cap, at, int(store.version),
    )  # fmt: skip
    return held_if_small(audience)


def held_if_small(audience: Audience) -> Audience:
    """The same audience, with everybody held back where too few are left."""
    from dataclasses import replace

    if not 0 < audience.size < audience.minimum:
        return audience
    table = audience.table.copy()
    table["reason"] = table["reason"].where(table["reason"] != RELEASED, "too_small")
    return replace(audience, table=table)


def held_if_withdrawn(store: Store, audience: Audience) -> Audience:
    """The same audience, without whom a later decision than its moment forbids to contact.

    A moment in the past, or none, brings no withdrawn consent back.
    """
    from dataclasses import replace

    now = allowed(store, audience.ids, audience.purpose, audience.channel)
    forbidden = now.loc[~now["allowed"]].set_index(CUSTOMER)["reason"]
    table = audience.table.copy()
    table["reason"] = table[CUSTOMER].map(forbidden).fillna(table["reason"])
    return held_if_small(replace(audience, table=table))


def refusing(store: Store, audience: Audience) -> list[str]:
    """Customers, in the group or not, who do not want to be addressed for this purpose on this channel."""
    now = allowed(store, None, audience.purpose, audience.channel)
    told = ("do_not_contact", "withdrawn", "refused")
    return list(now.loc[now["reason"].isin(told), CUSTOMER])


def _only_segment(members: Any) -> str:
    """Name of the one segment that a segmentation has; `audience` where it has no name."""
    found = list(members.table["segment"].dropna()) if isinstance(members, Segmentation) else []
    return str(found[0]) if found else "audience"


def _people(members: Any, segment: str | None) -> list[str]:
    """Pseudonyms, each once, in the given order."""
    table = members.table if isinstance(members, Segmentation) else _framed(members)
    if table is not None:
        table = _of_segment(table, segment)
        members = table[CUSTOMER]
    found = list(dict.fromkeys(str(name) for name in _listed(members) if name is not None and name == name))
    if not found:
        raise QuestionError("The group has no customers.", "Choose another segment, or widen its rule.")
    return found


def _listed(members: Any) -> Sequence[Any]:
    if isinstance(members, str):
        return [members]
    if hasattr(members, "to_pylist"):
        return list(members.to_pylist())
    if not isinstance(members, Iterable) or isinstance(members, bytes):
        raise QuestionError(
            f"{type(members).__name__} is no group of customers.",
            "Give a segmentation, a rule, or a list of ids.",
        )
    return list(members)


def _framed(members: Any) -> Any:
    """The group as a pandas table, where it is any kind of table."""
    import pandas as pd

    if isinstance(members, pd.DataFrame):
        table = members
    elif hasattr(members, "to_pandas") and hasattr(members, "columns"):
        table = members.to_pandas()
    else:
        return None
    if CUSTOMER not in table.columns:
        raise unknown("column", CUSTOMER, [str(name) for name in table.columns])
    return table


def _of_segment(table: pd.DataFrame, segment: str | None) -> pd.DataFrame:
    if "segment" not in table.columns:
        return table
    names = sorted({str(name) for name in table["segment"].dropna()})
    if segment is None and len(names) > 1:
        raise QuestionError(
            f"The segmentation has {len(names)} segments.", f"Say which one: segment={names[0]!r}."
        )
    if segment is not None and segment not in names:
        raise unknown("segment", segment, names)
    return table[table["segment"].astype(str) == segment] if segment is not None else table


def _reasons(
    store: Store, people: list[str], purpose: str, channel: str, cap: Cap, at: dt.datetime
) -> list[str]:
    known = set(store.query(f"SELECT {CUSTOMER} FROM customers")[CUSTOMER].to_pylist())
    consents = allowed(store, people, purpose, channel, at)["reason"]
    tired = caps.reached(store, cap, at)
    return [
        _reason(person in known, consent, person in tired)
        for person, consent in zip(people, consents, strict=True)
    ]


def _reason(is_known: bool, consent: str, is_tired: bool) -> str:
    if not is_known:
        return "not_a_customer"
    if consent != "granted":
        return consent
    return "over_the_cap" if is_tired else RELEASED


def _table(people: list[str], reasons: list[str]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({CUSTOMER: people, "reason": reasons})
