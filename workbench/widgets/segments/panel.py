"""The Segments panel: who they are, whom a rule means, how segments overlap, and who may be addressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from workbench import saved, segments
from workbench.customers.held import held
from workbench.errors import WorkbenchError
from workbench.i18n import formats, text
from workbench.i18n.errors import told
from workbench.segments.addressing import address
from workbench.segments.rules import editing, edits, picking
from workbench.segments.rules import shelf as kept
from workbench.segments.rules.nodes import Node
from workbench.segments.rules.resolving import opened
from workbench.segments.rules.rule import Rule
from workbench.segments.rules.starting import Known
from workbench.tables.html import Html, join, tag
from workbench.widgets import pointing, shell
from workbench.widgets.answers import Ask
from workbench.widgets.panel import Panel
from workbench.widgets.scene import Draw, Layout, Notice
from workbench.widgets.segments import alike, audience, builder, clusters, map, market, shelf, side
from workbench.widgets.segments.builder import Fault
from workbench.widgets.segments.shares import BEST
from workbench.widgets.segments.state import NEW, SegmentsState, written
from workbench.widgets.traits import StateError

DEFAULT = 6
"""Saved segments side by side where nobody chose."""


class Segments(Panel):
    """The RFM map, a rule as a tree in words with its size, saved segments, their overlap, the audience.

    Args:
        store: The store.
        settings: `rule`, `segment` (a saved one, by name or id), `picks`, `measure`, `days`, `compared`,
            `purpose`, `channel`, `form`, `alike`, `clusters` (`new`, or saved ones by name or id),
            `features`, `k`, `market`, `market_by`, `habit`, `chosen`, `lang`, `theme`.

    Raises:
        StateError: for an unknown setting or a value that is not allowed.
    """

    id: ClassVar[str] = "segments"
    kind: ClassVar[type[SegmentsState]] = SegmentsState
    late: ClassVar[Mapping[str, str]] = {"size": "size", "audience": "audience"}
    slow: ClassVar[frozenset[str]] = frozenset({"alike", "clusters", "market"})
    state: SegmentsState

    def __init__(self, store: Any, **settings: Any) -> None:
        self._base: saved.Item | None = None
        self._pointing = pointing.Pointing(self, follows=True)
        self.fault: Fault | None = None
        super().__init__(store, **settings)
        self._saving = shelf.SavingSegments(self, self._told)
        self._models = shelf.SavingClusters(self, self._told)
        self._settle()

    @property
    def blank(self) -> bool:
        """Never: a workspace without customers says so in the page."""
        return False

    @property
    def bare(self) -> bool:
        """Whether nobody is in the workspace."""
        return not any(self.store.row_counts.get(name) for name in ("customers", "transactions"))

    @property
    def has_orders(self) -> bool:
        """Whether there is something to draw a map of."""
        return bool(self.store.row_counts.get("transactions"))

    @property
    def written_rule(self) -> Rule:
        """The rule being written.

        Raises:
            StateError: where there is none.
        """
        tree = self.state.tree
        if tree is None:
            raise StateError(text("segments.no_rule", self.state.lang))
        return Rule(tree, self.base.name if self.base else "", self.state.segment)

    @property
    def base(self) -> saved.Item | None:
        """The saved segment that is open, as it was read then."""
        if self._base is None or self._base.id != self.state.segment:
            self._base = self._item(self.state.segment) if self.state.segment else None
        return self._base

    @base.setter
    def base(self, item: saved.Item | None) -> None:
        """Remember it, or that none is open."""
        self._base = item
        self.state.update(segment=item.id if item else "")

    @property
    def known(self) -> Known:
        """What the store knows, the saved segments as they are now and without the one that is open."""
        found: Known = self._answers.ask({"known": self._known})["known"]
        if isinstance(found, Exception):
            raise found
        names = {id: name for id, name in kept.names(self.store).items() if id != self.state.segment}
        return replace(found, segments=names)

    @property
    def side_by_side(self) -> dict[str, str]:
        """Name → rule of the saved segments that are compared."""
        return {item.name: self._asked(kept.tree_of(item)) for item in self._compared().values()}

    def open(self, query: str) -> None:
        """Show what a link says."""
        super().open(query)
        self._settle()

    def questions(self) -> dict[str, Ask]:
        """Count and size of the rule, the map, the flow, the overlap, the audience."""
        if self.bare:
            return {}
        asked = {"known": self._known}
        if self.has_orders:
            asked["map"] = Ask("segments.rfm_map", self._money)
            asked["flow"] = self._flow
            asked |= self._clusters()
        if self.state.tree is not None:
            means = {"segment": self._asked(self.state.tree)}
            asked["count"] = Ask("segments.count", means)
            asked["size"] = Ask("segments.size", means)
            asked |= self._gate(means)
            if self.state.alike != "none":
                asked["alike"] = Ask("segments.lookalikes", {"seed": means["segment"], **self._money})
            if self.state.market == "yes" and self.has_orders:
                by = list(self.state.market_by)
                asked["market"] = Ask("segments.target_market", {**means, "by": by or None, **self._money})
        return asked | self._beside()

    def regions(self) -> Mapping[str, Draw]:
        """How each region is drawn, in page order."""
        if self.bare:
            return {"bar": shell.bar, "notice": side.nobody}
        found, models = shelf.shelf(self), shelf.models(self)
        ruled, compared = self.state.tree is not None, tuple(self.side_by_side)
        return {
            "bar": shell.bar,
            "title": lambda scene: shell.title(scene, actions=("undo", "reset", "share", "views", "code",
                                                               "help")),
            "notice": shell.notice,
            "builder": _told(ruled, lambda scene: builder.builder(scene, self.known, self.fault, found)),
            "count": _told(ruled, side.count),
            "size": _told(ruled, side.size),
            "saved": _told(bool(found.mine or found.others), lambda scene: shelf.menu(scene, found)),
            "map": map.chart,
            "cells": map.table,
            "clusters": lambda scene: clusters.clusters(scene, models),
            "overlap": _told(bool(compared), lambda scene: side.overlap(scene, found, compared)),
            "audience": _told(ruled, lambda scene: audience.audience(scene, self.base)),
            "alike": alike.alike,
            "market": market.market if self.has_orders else side.nothing,
            "flow": side.flow,
            "guide": side.guide,
            pointing.REGION: self._pointing.bar,
        }  # fmt: skip

    def layout(self, place: Layout) -> Html:
        """The page with a place for each region."""
        if self.bare:
            return shell.blank(place)
        card = {"element": "section", "class_": "wb-card"}
        counted = tag("div", place("count"), place("size"), class_="wb-card wb-counted")
        return join(
            place("bar", "header", class_="wb-bar"),
            tag(
                "main",
                place("title", class_="wb-title"),
                place("notice", class_="wb-notices", aria_live="polite"),
                tag(
                    "div",
                    place("builder", **card),
                    tag("div", counted, place("saved", **card), class_="wb-stack"),
                    class_="wb-two wb-wider",
                ),
                tag("div", place("map", **card), place("cells", **card), class_="wb-two"),
                place("clusters", **card),
                tag("div", place("overlap", **card), place("audience", **card), class_="wb-two"),
                place("alike", **card),
                place("market", **card),
                place("flow", **card),
                place("guide", "section", class_="wb-card wb-foot"),
                pointing.place(place),
            ),
        )

    def acts(self) -> Mapping[str, Callable[[str, Any], None]]:
        """Choosing on the map, writing the rule, saving it, choosing what is compared."""
        return {
            **self._saving.acts(),
            **self._models.acts(),
            **self._pointing.acts(),
            "feature": self._feature,
            "renew": self._renew,
            "down": self._pressed,
            "pick": lambda _key, value: self._pick(picking.toggled(self.state.picks, str(value))),
            "brush": self._brush,
            "unpick": lambda _key, _value: self._pick(()),
            "take": self._take,
            "edit": self._edit,
            "new": lambda _key, _value: self._write(None, segment="", picks=()),
            "compare": self._compare,
            "alike": self._save_alike,
        }

    _known = Ask("segments.known", {})

    @property
    def _flow(self) -> Ask:
        return Ask("segments.rfm_drift", {"days": int(self.state.days), **self._money})

    @property
    def _money(self) -> dict[str, str]:
        """The currency of most orders where there are several, which are never added up."""
        found = held(self.store).currencies
        return {"currency": found[0]} if len(found) > 1 else {}

    def _clusters(self) -> dict[str, Ask]:
        """New clusters, or those of a saved model."""
        state = self.state
        if state.clusters == "none":
            return {}
        if state.clusters != NEW:
            return {"clusters": Ask("segments.clusters_of", {"name": state.clusters})}
        count = None if state.k == "auto" else int(state.k)
        given = {"features": list(state.features) or None, "k": count, **self._money}
        return {"clusters": Ask("segments.cluster", given)}

    def more_code(self) -> list[str]:
        """Who is chosen on a chart."""
        return self._pointing.code()

    def _compared(self) -> dict[str, saved.Item]:
        """Id → the saved segments that are compared, in their order."""
        found = shelf.shelf(self)
        items = {item.id: item for item in (*found.mine, *found.others)}
        chosen = self.state.compared or tuple(items)[:DEFAULT]
        return {id: items[id] for id in chosen if id in items}

    def _beside(self) -> dict[str, Ask]:
        """The overlap of the saved segments, and the size of each."""
        several = self.side_by_side
        each = enumerate(several.values(), 1)
        sizes = {f"size_{number}": Ask("segments.size", {"segment": rule}) for number, rule in each}
        both = {"overlap": Ask("segments.overlap", {"segments": several})} if len(several) > 1 else {}
        return both | sizes

    def _gate(self, means: Mapping[str, Any]) -> dict[str, Ask]:
        purpose, channel = audience.chosen(self.store, self.state)
        if not purpose:
            return {}
        name = self.base.name if self.base else text("segments.this_rule", self.state.lang)
        given = {**means, "purpose": purpose, "channel": channel, "form": self.state.form, "name": name}
        return {"audience": Ask("audiences.of_segment", given)}

    def _asked(self, tree: Node) -> str:
        """A rule as it is asked: the segments it names in their place, for they may change meanwhile."""
        ring = ((self.state.segment, ""),) if self.state.segment else ()
        try:
            return written(opened(tree, kept.lookup(self.store), ring if tree == self.state.tree else ()))
        except WorkbenchError:
            return written(tree)  # asking says what is wrong with it

    def _pick(self, picks: tuple[str, ...]) -> None:
        """Choose on the map; the rule follows as long as it is nothing else."""
        before = self._of_picks(self.state.picks)
        if self.state.rule == before and not self.state.segment:
            self.state.update(picks=picks, rule=self._of_picks(picks))
        else:
            self.state.update(picks=picks)

    def _pressed(self, key: str, value: Any) -> None:
        """A click on a chart: a cell is chosen or no longer; a square or a bar becomes the rule."""
        if key == "both":
            ids = list(self._compared())
            places = [
                int(part) for part in str(value).split(":") if part.isdecimal() and int(part) < len(ids)
            ]
            self._write(
                editing.grouped(picking.all_in([ids[place] for place in places])), segment="", picks=()
            )
        elif ">" in str(value):
            self.state.update(chosen=f"flow/{value}")
        elif key == "after":
            later = self._answers.ask({"flow": self._flow})["flow"].answers[-1]
            tree = picking.one_of(str(value), later.thresholds, later.currency)
            self._write(editing.grouped(tree), segment="", picks=())
        else:
            self._pick(picking.toggled(self.state.picks, str(value)))

    def _brush(self, key: str, value: Any) -> None:
        self._pick((*self.state.picks, *picking.between(key, str(value))))

    def _take(self, key: str, _value: Any) -> None:
        """Make what is chosen on the map the rule, or a part of it."""
        new = picking.picked(self.state.picks, **self._money)
        tree = editing.grouped(self.state.tree)
        if key != "add" or tree is None:
            self._write(editing.grouped(new), segment="")
        else:
            self._write(tree & new)

    def _edit(self, key: str, value: Any) -> None:
        """Change one part of the rule; a fault stays where it was made."""
        try:
            tree = edits.edited(self.state.tree, key, str(value), self.known)
        except WorkbenchError as error:
            self.fault = Fault(key, told(error, self.state.lang))
            return
        self._write(tree)

    def _write(self, tree: Node | None, **more: Any) -> None:
        self.fault = None
        self.state.update(rule=written(tree), **{"alike": "none", "market": "no", **more})

    def _save_alike(self, key: str, value: Any) -> None:
        """Save the most alike under a name, and open them; their scores are in the new data version."""
        if "alike" not in (asked := self.questions()):
            raise StateError(text("segments.no_rule", self.state.lang))
        found = self._answers.ask({"alike": asked["alike"]})["alike"]
        if isinstance(found, Exception):
            raise found
        item = address(self.store, found, BEST[self.state.alike], str(value), key == "shared")
        self._write(editing.grouped(kept.tree_of(item)), segment=item.id, picks=(), alike="none")
        self.base = item
        self._told("saved_shared" if key == "shared" else "saved", name=item.name)

    def _feature(self, _key: str, value: Any) -> None:
        """Let a column shape the clusters, or no longer."""
        kept, name = self.state.features, str(value)
        now = tuple(item for item in kept if item != name) if name in kept else (*kept, name)
        self.state.update(features=now)

    def _renew(self, _key: str, _value: Any) -> None:
        """Write the saved clusters that are shown again: segments made of them mean today's customers."""
        answer = self.answer("clusters")
        if answer is None:
            raise StateError(text("segments.no_clusters", self.state.lang))
        before = self.store.version
        many = segments.bring_up_to_date(self.store, answer)
        self.carry(before)
        said = text("segments.renewed", self.state.lang, n=formats.number(many, self.state.lang))
        self.notices = (Notice("info", said),)

    def _compare(self, key: str, _value: Any) -> None:
        found = shelf.shelf(self)
        ids = [item.id for item in (*found.mine, *found.others)]
        now = self.state.compared or tuple(ids[:DEFAULT])
        left = tuple(id for id in now if id != key and id in ids)
        self.state.update(compared=left if key in now else (*left, key))

    def _of_picks(self, picks: tuple[str, ...]) -> str:
        return written(editing.grouped(picking.picked(picks, **self._money))) if picks else ""

    def _told(self, key: str, **values: object) -> None:
        """Say it where the page listens, which is known only when there is one."""
        self.say(key, **values)

    def _settle(self) -> None:
        """Open a saved segment that was named without a rule; what is not there is said in place."""
        if not self.state.segment:
            return
        try:
            item = kept.find(self.store, self.state.segment)
            tree = editing.grouped(kept.tree_of(item))
        except WorkbenchError as error:
            self.notices = (*self.notices, Notice("bad", told(error, self.state.lang)))
            self.state.update(segment="")
            return
        self.state.update(segment=item.id, rule=self.state.rule or written(tree))
        self._base = item

    def _item(self, id: str) -> saved.Item | None:
        try:
            return saved.read(self.store.path, kept.KIND, id)
        except WorkbenchError:
            return None


def _told(something: bool, drawn: Draw) -> Draw:
    """A region that invites somebody to write or to choose stands only on a page where one can."""
    return lambda scene: drawn(scene) if something or scene.live else side.NOTHING
