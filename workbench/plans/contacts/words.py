"""A contact plan in words: what it does, why each contact, what binds, what it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from workbench.customers.cards.words import member
from workbench.i18n import formats, text, texts
from workbench.i18n.errors import told
from workbench.plans.contacts.events import ROUTINE
from workbench.solvers.plan import SMALL_GAP, Note

if TYPE_CHECKING:
    from workbench.plans.contacts.proposal import ContactProposal

FULL = 0.98
"""Share of the time from which a marketer's day is full."""

SURE = 0.1
"""Share from which a probability is told without decimals."""


def headline(found: ContactProposal, lang: str) -> str:
    """What the plan does and brings."""
    plan = found.plan
    return text(
        "contact_proposals.headline",
        lang,
        contacts=formats.number(len(plan.table), lang),
        of=formats.number(plan.customers, lang),
        marketers=formats.number(found.load["marketer"].nunique(), lang),
        value=amount(found, plan.total_value, lang),
        start=formats.date(found.start, lang),
        end=formats.date(found.end, lang),
    )


def certificate(found: ContactProposal, lang: str) -> str:
    """How far from the best the plan can be, and what one more hour brings."""
    plan = found.plan
    near = "exact" if plan.gap <= SMALL_GAP else "gap"
    said = [
        text(f"contact_proposals.{near}", lang, gap=formats.percent(plan.gap, lang, 2)),
        hour(found, lang),
    ]
    return joined(said, lang)


def hour(found: ContactProposal, lang: str) -> str:
    """What a marketer handles a day, and what one more hour brings."""
    return text(
        f"contact_proposals.hour{'' if found.hour_pays else '_none'}",
        lang,
        load=formats.number(found.contacts_a_day, lang, 1),
        value=amount(found, found.hour_worth, lang),
    )


def reason(
    found: ContactProposal, row: Mapping[Any, Any], lang: str, names: Mapping[Any, str] | None = None
) -> str:
    """Why a contact is made: the segment and method, the gap against the routine, the worth."""
    known = names or {}
    values = {
        "segment": known.get((found.base.by, row["segment"]), row["segment"]),
        "method": member("method", row["method"], lang, known),
        "chance": formats.percent(row["chance"], lang, 0 if row["chance"] >= SURE else 1),
        "gap": formats.number(row["gap"], lang),
        "routine": formats.number(row["routine_days"], lang),
        "worth": amount(found, row["worth"], lang),
        "days": formats.number(found.asked.worth_days, lang),
    }
    said = row[f"why_{lang}"] or text(f"contact_proposals.{_kind(row)}", lang, **values)
    kind = "worth" if found.currency else "worth_none"
    return joined([said, text(f"contact_proposals.{kind}", lang, **values)], lang)


def _kind(row: Mapping[Any, Any]) -> str:
    """Whether a routine contact is the first one."""
    return "first" if row["gap"] != row["gap"] else "due"


def notes(found: ContactProposal) -> tuple[Note, ...]:
    """What must be known to believe the plan."""
    base, kept = found.base, [Note("not_random")]
    if base.worth.why_not is not None:
        kept.append(Note("no_orders"))
    elif base.worth.margin == 1.0:
        kept.append(Note("revenue"))
    if found.base.worth.currency and (many := _no_order(found)):
        kept.append(Note("no_order", (("many", float(many)),)))
    events = found.table["message"] != ROUTINE
    kept += [Note("events", (("many", float(events.sum())),))] if events.any() else []
    kept += [Note("unasked", (("method", name),)) for name in base.permits.unasked]
    for name in base.facts.assumed:
        kept.append(Note("assumed", (("method", name), ("minutes", base.facts.minutes[name]))))
    people = base.facts.people
    for code, many in (
        ("complaints", int(people["complaint"].sum())),
        ("no_segment", int(people["segment"].isna().sum())),
    ):
        kept += [Note(code, (("many", float(many)),))] if many else []
    return tuple(kept)


def _no_order(found: ContactProposal) -> int:
    """Customers who may be contacted and never ordered."""
    people = set(found.candidates["customer_id"])
    return len(people - set(found.base.worth.table["customer_id"]))


def noted(note: Note, lang: str, names: Mapping[Any, str] | None = None) -> str:
    """A note in words."""
    known = names or {}
    shown = {
        name: member(name, value, lang, known) if isinstance(value, str) else formats.number(value, lang)
        for name, value in note.values
    }
    return text(f"contact_proposals.note_{note.code}", lang, **shown)


def binds(found: ContactProposal, lang: str) -> list[str]:
    """Full days, caps, routine intervals and consents, each with what it keeps back."""
    load, facts = found.load, found.base.facts
    full = load[load["used"] >= FULL]
    waiting = _waiting(found)
    closed = found.base.permits.audiences
    lines = []
    if len(full):
        lines.append(
            text(
                "contact_proposals.bind_hours",
                lang,
                full=formats.number(len(full), lang),
                of=formats.number(len(load), lang),
                value=amount(found, found.hour_worth, lang),
            )
        )
    if waiting:
        lines.append(text("contact_proposals.bind_routine", lang, many=formats.number(waiting, lang)))
    if closed:
        none = set.intersection(*(_held(audience) for audience in closed.values()))
        many = facts.people["customer_id"].isin(none).sum()
        lines.append(text("contact_proposals.bind_consent", lang, many=formats.number(many, lang)))
    cap = {name: formats.number(getattr(found.base.cap, name), lang) for name in ("contacts", "days")}
    return [*lines, text("contact_proposals.bind_once", lang, **cap)]


def _held(audience: Any) -> set[str]:
    return set(audience.table["customer_id"]) - set(audience.ids)


def _waiting(found: ContactProposal) -> int:
    """Customers whom the gate lets through, and whose routine intervals have not passed by any method."""
    may = set().union(*(audience.ids for audience in found.audiences.values()))
    people = found.base.facts.people
    open_ = people[~people["complaint"] & people["segment"].notna()]["customer_id"]
    return len(may.intersection(open_) - set(found.candidates["customer_id"]))


def amount(found: ContactProposal, value: float, lang: str) -> str:
    """Money, or positive reactions where no orders say what customers bring."""
    if found.currency:
        return formats.money(value, found.currency, lang, short=True)
    return text("contact_proposals.reactions", lang, many=formats.number(value, lang, 1))


def purpose(name: str, lang: str) -> str:
    """What a purpose of consent is called; one of the workspace's own as it stands there."""
    key = f"segments.purpose_{name}"
    return text(key, lang) if key in texts() else name


def joined(parts: list[str], lang: str) -> str:
    """Sentences one after the other."""
    return ("" if lang == "zh" else " ").join(part for part in parts if part)


def why_no_money(found: ContactProposal, lang: str) -> str:
    """What the customer model said where it could not tell what customers bring."""
    error = found.base.worth.why_not
    return told(error, lang) if error else ""
