"""The gate: who of the rule may be addressed, and why the others not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.audiences import FORMATS, Audience
from workbench.i18n import formats
from workbench.segments.rules.consents import pairs
from workbench.tables.controls import select
from workbench.tables.html import Html, join, tag
from workbench.widgets.scene import Region, Scene
from workbench.widgets.segments import words
from workbench.widgets.segments.state import SegmentsState

if TYPE_CHECKING:
    from workbench.data import Store
    from workbench.saved import Item


def chosen(store: Store, state: SegmentsState) -> tuple[str, str]:
    """Purpose and channel: those chosen where consents name them, else the first ones."""
    purposes, channels = _names(store)
    if not purposes:
        return "", ""
    purpose = state.purpose if state.purpose in purposes else purposes[0]
    return purpose, state.channel if state.channel in channels else channels[0]


def audience(scene: Scene, base: Item | None) -> Region:
    """Purpose, channel and format; who is held back and why; how the file is made."""
    head = tag("div", tag("h2", scene.say("audience")), class_="wb-head")
    purpose, channel = chosen(scene.store, scene.state)
    if not purpose:
        return Region(join(head, tag("p", scene.say("no_consents"), class_="wb-quiet")))
    asked = _controls(scene, purpose, channel) if scene.live else _in_words(scene, purpose, channel)
    if "audience" not in scene.found:
        return Region(join(head, asked, tag("p", scene.say("audience_none"), class_="wb-quiet")))
    if not scene.answer("count"):
        return Region(join(head, asked, tag("p", scene.say("audience_empty"), class_="wb-quiet")))
    found: Audience = scene.answer("audience")
    if not scene.live:
        return Region(join(head, asked, _published(scene, found)))
    said = tag("p", found.sentence(scene.lang), class_="wb-say")
    names = {purpose: words.purpose(scene, purpose), channel: words.way(scene, channel)}
    held = [tag("li", item.sentence) for item in found.held(scene.lang, names)]
    return Region(join(head, asked, said, tag("ul", held, class_="wb-notes"), _way_out(scene, base, found)))


def _controls(scene: Scene, purpose: str, channel: str) -> Html:
    purposes, channels = _names(scene.store)
    whys = [(name, formats.capital(words.purpose(scene, name))) for name in purposes]
    ways = [(name, words.way(scene, name)) for name in channels]
    return tag(
        "div",
        select(scene.say("purpose"), "purpose", purpose, whys),
        select(scene.say("channel"), "channel", channel, ways),
        select(scene.say("form"), "form", scene.state.form,
               [(name, scene.say(f"form_{name}")) for name in FORMATS]),
        class_="wb-controls",
    )  # fmt: skip


def _in_words(scene: Scene, purpose: str, channel: str) -> Html:
    parts = (words.purpose(scene, purpose), words.way(scene, channel), scene.say(f"form_{scene.state.form}"))
    return tag("p", " · ".join(parts), class_="wb-words")


def _published(scene: Scene, found: Audience) -> Html:
    """Counts that may leave with a report: small groups, and what would show them, are hidden."""
    rows = [_count(scene, row) for row in found.published().table.to_dict("records")]
    heads = [tag("th", scene.say(f"col_{name}"), scope="col") for name in ("reason", "customers")]
    return tag("table", tag("thead", tag("tr", heads)), tag("tbody", rows))


def _count(scene: Scene, row: dict[Any, Any]) -> Html:
    hidden = row["suppressed"]
    shown = scene.say("few") if hidden else formats.number(row["people"], scene.lang)
    return tag("tr", tag("th", scene.say(f"why_{row['reason']}"), scope="row"), tag("td", shown))


def _way_out(scene: Scene, base: Item | None, found: Audience) -> Html | None:
    """The command that writes the file: persons leave by who may work on the machine, not by a page."""
    if base is None:
        return tag("p", scene.say("save_first"), class_="wb-quiet")
    command = (
        f"workbench audience {_quoted(base.name)} --purpose {_quoted(found.purpose)} "
        f"--channel {_quoted(found.channel)} --format {found.form.name} --out FILE.csv --reason …"
    )
    return join(
        tag("p", scene.say("way_out"), class_="wb-quiet"), tag("pre", tag("code", command), tabindex="0")
    )


def _quoted(words: str) -> str:
    from shlex import quote

    return quote(words)


def _names(store: Store) -> tuple[list[str], list[str]]:
    found = pairs(store)
    return list(dict.fromkeys(one for one, _ in found)), list(dict.fromkeys(other for _, other in found))
