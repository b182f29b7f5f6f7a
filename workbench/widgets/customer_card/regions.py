"""How the regions of the Customer card panel are drawn, but for the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from workbench.customers import Card, Found
from workbench.customers.cards.profile import MASK, PERSONAL
from workbench.customers.cards.words import member
from workbench.i18n import formats, texts
from workbench.offers import NextOffers
from workbench.tables.blocks import below, figure, grid, head
from workbench.tables.controls import button
from workbench.tables.html import Html, hidden, join, tag
from workbench.tables.readings import member as known
from workbench.widgets import people
from workbench.widgets.scene import NOTHING, Region, Scene

SIGNS = {True: ("✓", "wb-good"), False: ("×", "wb-bad")}


def search(scene: Scene, found: tuple[Found, ...]) -> Region:
    """The field that finds a customer, and those who may be meant."""
    if not scene.live:
        return Region(tag("p", scene.say("whose", customer=scene.state.customer), class_="wb-words"))
    field = tag(
        "input",
        type="text",
        placeholder=scene.say("search_hint"),
        aria_label=scene.say("search"),
        autocomplete="off",
        spellcheck="false",
    )
    go = tag("button", scene.say("search"), type="submit", class_="wb-btn wb-main")
    form = tag("form", field, go, class_="wb-line wb-seek", data_act="find", role="search")
    return Region(join(form, found and _candidates(scene, found)))


def pressing(scene: Scene) -> Region:
    """Where to begin: customers with an open complaint."""
    found: tuple[Found, ...] = scene.answer("pressing")
    title = head(scene.say("pressing"), people.control(scene))
    if not found:
        return Region(join(title, tag("p", scene.say("pressing_none"), class_="wb-quiet")))
    rows = [[_open(scene, item.customer_id), formats.date(item.day, scene.lang)] for item in found]
    heads = [scene.say("col_customer"), scene.say("col_complaint")]
    hint = scene.say("start") if scene.live else scene.say("start_report")
    return Region(join(title, grid(scene.say("pressing"), heads, rows, "tt"), below(hint)))


def answer(scene: Scene, opened: Card | None) -> Region:
    """The next best action with its reason, then worth and risk, then what else suggests itself."""
    card = _shown(scene, opened)
    lines = [line for line in (card.value_sentence(scene.lang), card.risk_sentence(scene.lang)) if line]
    chosen = card.next_action
    others = [action for action in card.actions if action is not chosen]
    return Region(
        join(
            tag("h2", scene.say("next"), class_="wb-hidden"),
            tag("p", card.sentence(scene.lang, scene.labels), class_="wb-verdict"),
            tag("div", [tag("p", line) for line in lines], class_="wb-said"),
            others and tag("ul", [_other(scene, action) for action in others], class_="wb-also"),
        )
    )


def figures(scene: Scene) -> Region:
    """The figures of the customer."""
    card: Card = scene.answer("card")
    found, lang, code = card.figures, scene.lang, card.figures.currency
    cards = [
        ("orders", formats.number(found.orders, lang), _since(scene, "last_order", found.last_day)),
        ("revenue", _money(found.revenue, code, lang), _others(scene, found.revenue, code)),
        ("average", _money(found.average_order, code, lang), _wallet(scene, card)),
        ("contact", _days(scene, found.days_since_contact), scene.say("pressure", n=found.contacts_30)),
        ("complaints", formats.number(found.complaints, lang), _still(scene, found.open_complaints)),
    ]
    shown = [figure(scene.say(name), value, about) for name, value, about in cards]
    return Region(tag("div", shown, class_="wb-kpis"))


def profile(scene: Scene, opened: Card | None, may_open: bool) -> Region:
    """Who it is; personal values masked, with the way to open them."""
    card = _shown(scene, opened)
    about = card.profile
    secret = [
        (name, about.opened.get(name, MASK)) for name in PERSONAL if name in (*about.masked, *about.opened)
    ]
    open_fields = [(name, _value(scene, name, value)) for name, value in about.fields.items()]
    items = [*[(name, _plain(scene, value)) for name, value in secret], *open_fields]
    terms = [
        tag("div", tag("dt", _field(scene, name)), tag("dd", _masked(scene) if value == MASK else value))
        for name, value in items
    ]
    title = head(scene.say("whose", customer=card.customer_id), about.opened and _mask(scene))
    return Region(join(title, tag("dl", terms, class_="wb-about"), _opener(scene, card, may_open)))


def offers(scene: Scene) -> Region:
    """Which products to offer next, and why; nothing where orders name no products."""
    if "offers" not in scene.found:
        return NOTHING
    found: NextOffers = scene.answer("offers")
    title = head(scene.say("offers"))
    if found.table.empty:
        why = scene.say("offers_opted_out" if found.opted_out else "offers_none")
        return Region(join(title, tag("p", why, class_="wb-quiet")))
    items = [tag("li", *_offer(scene, row)) for row in found.table.to_dict("records")]
    about = tag("p", found.model.sentence(scene.lang), class_="wb-below")
    return Region(join(title, tag("ol", items, class_="wb-offers"), about))


def permits(scene: Scene) -> Region:
    """What the customer agreed to, channel by channel."""
    card: Card = scene.answer("card")
    title = head(scene.say("consents"))
    if not card.permits.items:
        return Region(join(title, tag("p", scene.say("consents_none"), class_="wb-quiet")))
    rows = [
        [
            _channel(scene, item.channel),
            _word(scene, "purpose", item.purpose),
            join(_sign(item.allowed), _word(scene, "reason", item.reason)),
            formats.date(item.day, scene.lang),
        ]
        for item in card.permits.items
    ]
    heads = [scene.say(f"col_{name}") for name in ("channel", "purpose", "permit", "since")]
    return Region(join(title, grid(scene.say("consents"), heads, rows, "tttt")))


def more(scene: Scene) -> Region:
    """Contracts and tags."""
    card: Card = scene.answer("card")
    ends = [
        tag("li", scene.say("contract", start=formats.date(row["local_date"], scene.lang),
                            end=formats.date(row["end_date"], scene.lang)))
        for row in card.contracts
    ]  # fmt: skip
    tags = [
        tag("span", row["tag"], row["value"] and f": {row['value']}", class_="wb-filter") for row in card.tags
    ]
    none = tag("p", scene.say("more_none"), class_="wb-quiet") if not ends and not tags else None
    return Region(
        join(
            head(scene.say("more")),
            ends and tag("ul", ends, class_="wb-plain"),
            tags and tag("div", tags, class_="wb-tags"),
            none,
        )
    )


def definitions(scene: Scene) -> Region:
    """Where each number comes from."""
    names = ("action", "value", "risk", "masked", "pressure")
    terms = [
        tag("div", tag("dt", scene.say(f"term_{name}")), tag("dd", scene.say(f"about_{name}")))
        for name in names
    ]
    card = scene.found.get("card")
    notes = (
        [tag("li", note.sentence(scene.lang)) for note in card.worth.remarks]
        if isinstance(card, Card)
        else []
    )
    summary = tag("summary", scene.say("definitions"))
    body = (tag("dl", terms, class_="wb-defs"), notes and tag("ul", notes, class_="wb-notes"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def no_customers(scene: Scene) -> Region:
    """What a workspace without customers shows."""
    return Region(tag("p", scene.say("no_customers"), class_="wb-notice wb-info", role="status"))


def _shown(scene: Scene, opened: Card | None) -> Card:
    """The card with opened values only where somebody looks at a live page."""
    return opened if opened and scene.live else scene.answer("card")


def _candidates(scene: Scene, found: Iterable[Found]) -> Html:
    return tag("div", scene.say("several"), [_open(scene, item.customer_id) for item in found],
               class_="wb-filters", role="status")  # fmt: skip


def _open(scene: Scene, customer: str) -> Html | str:
    if not scene.live:
        return customer
    return button(customer, "show", value=customer, class_="wb-link")


def _other(scene: Scene, action: Any) -> Html:
    words = action.sentence(scene.lang, scene.labels)
    why = action.obstacle(scene.lang) or action.reason(scene.lang, scene.labels)
    mark = tag("span", scene.say("held"), class_="wb-badge wb-warn") if action.held else None
    return tag("li", tag("b", words), mark, tag("span", why, class_="wb-quiet"))


def _money(amounts: Any, code: str, lang: str) -> str:
    return formats.money(amounts.get(code), code, lang, short=True)


def _others(scene: Scene, revenue: Any, code: str) -> str:
    """Revenue in other currencies, which is never added up."""
    rest = [
        formats.money(amount, name, scene.lang, short=True)
        for name, amount in revenue.items()
        if name != code
    ]
    return scene.say("also", amounts=", ".join(rest)) if rest else scene.say("net")


def _wallet(scene: Scene, card: Card) -> str:
    share = card.figures.share_of_wallet
    return scene.say("wallet", share=formats.percent(share, scene.lang, 0)) if share is not None else ""


def _since(scene: Scene, key: str, day: Any) -> str:
    return scene.say(key, day=formats.date(day, scene.lang)) if day else ""


def _days(scene: Scene, days: int | None) -> str:
    return scene.say("never") if days is None else scene.say("days", n=formats.number(days, scene.lang))


def _still(scene: Scene, count: int) -> str:
    return scene.say("still_open", n=count) if count else scene.say("none_open")


def _field(scene: Scene, name: str) -> str:
    return scene.say(f"field_{name}")


def _value(scene: Scene, name: str, value: Any) -> str:
    if hasattr(value, "isoformat"):
        return formats.date(value, scene.lang)
    dimension = {"acquisition_channel": "channel", "acquisition_campaign_id": "campaign_id"}.get(name, name)
    return scene.labels.get((dimension, value), str(value))


def _plain(scene: Scene, value: Any) -> str:
    return formats.date(value, scene.lang) if hasattr(value, "isoformat") else str(value)


def _masked(scene: Scene) -> Html:
    return tag("span", tag("span", MASK, aria_hidden="true"), hidden(scene.say("masked")), class_="wb-masked")


def _mask(scene: Scene) -> Html:
    return button(scene.say("mask"), "mask")


def _opener(scene: Scene, card: Card, may_open: bool) -> Html | None:
    """The form that asks for a reason; it is part of the page only where somebody may open."""
    if not scene.live or not card.profile.masked:
        return None
    if not may_open:
        return below(scene.say("may_not_open"))
    field = tag("input", type="text", placeholder=scene.say("reason_hint"),
                aria_label=scene.say("reason"), autocomplete="off")  # fmt: skip
    go = tag("button", scene.say("open"), type="submit", class_="wb-btn")
    return join(
        tag("form", field, go, class_="wb-line wb-unmask", data_act="unmask"), below(scene.say("open_about"))
    )


def _offer(scene: Scene, row: Mapping[Any, Any]) -> tuple[Html, Html]:
    """A product, and what speaks for it."""
    because = known(row["because"])
    why = (
        scene.say("offer_because", product=_product(scene, because))
        if because
        else scene.say("offer_popular")
    )
    said = tag("span", scene.say(row["kind"]), " · ", why, class_="wb-quiet")
    return tag("b", _product(scene, row["product_id"])), said


def _product(scene: Scene, name: str) -> str:
    return scene.labels.get(("product_id", name), name)


def _channel(scene: Scene, channel: str) -> str:
    return member("method", channel, scene.lang, scene.labels)


def _word(scene: Scene, kind: str, value: str) -> str:
    """A word of the consent table, as far as it is one of the known ones."""
    key = f"customer_card.{kind}_{value}"
    return scene.say(f"{kind}_{value}") if key in texts() else value


def _sign(allowed: bool) -> Html:
    mark, look = SIGNS[allowed]
    return tag("span", mark, " ", class_=look, aria_hidden="true")
