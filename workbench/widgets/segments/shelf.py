"""What a page may do with saved segments, and the menu of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench import saved, segments
from workbench.errors import WorkbenchError
from workbench.i18n import text
from workbench.segments.clustermodel import KIND as MODELS
from workbench.segments.rules import editing
from workbench.segments.rules import shelf as kept
from workbench.tables.html import join, tag
from workbench.widgets import views, views_menu
from workbench.widgets.saving import Saving
from workbench.widgets.scene import Region, Scene
from workbench.widgets.segments.state import NONE, written
from workbench.widgets.traits import StateError

if TYPE_CHECKING:
    from workbench.widgets.segments.panel import Segments

PREFIX = "segment_"


class SavingSegments(Saving):
    """The acts of the menu of saved segments; a rule is saved as `segments.save` does it."""

    kind = kept.KIND
    prefix = PREFIX
    panel: Segments

    @property
    def opened(self) -> saved.Item | None:
        """The segment that is open, as it was read then."""
        return self.panel.base

    @opened.setter
    def opened(self, item: saved.Item | None) -> None:
        """Remember it, or that none is open."""
        self.panel.base = item

    def created(self, name: str, shared: bool) -> saved.Item:
        """Save the rule as a new segment."""
        return segments.save(self.panel.store, self.panel.written_rule, name, shared)

    def changed(self, opened: saved.Item) -> saved.Item:
        """Save the rule over the segment that is open."""
        return segments.save(self.panel.store, self.panel.written_rule, base=opened)

    def show(self, found: saved.Item) -> None:
        """Open a segment's rule."""
        tree = editing.grouped(kept.tree_of(found))
        self.panel.state.update(rule=written(tree), segment=found.id, picks=())
        self.panel.fault = None

    def fits(self, found: saved.Item) -> bool:
        """Whether it is a rule."""
        return kept.RULE in found.content


class SavingClusters(Saving):
    """The acts of the menu of saved clusters: scales and centroids that later customers fall into."""

    kind = MODELS
    prefix = "clusters_"
    panel: Segments

    @property
    def opened(self) -> saved.Item | None:
        """The saved clusters that are shown."""
        known = saved.items(self.panel.store.path, MODELS)
        return next((item for item in known if item.id == self.panel.state.clusters), None)

    @opened.setter
    def opened(self, item: saved.Item | None) -> None:
        """Nothing: the state says which are shown, and new clusters stay in sight after they were saved."""

    def acts(self) -> dict[str, Callable[[str, Any], None]]:
        """Those of every saved thing; what goes to the trash is no longer shown."""
        known = super().acts()
        trash = known[f"{self.prefix}trash"]

        def gone(key: str, value: Any) -> None:
            trash(key, value)
            if self.panel.state.clusters == key:
                self.panel.state.update(clusters=NONE)

        return {**known, f"{self.prefix}trash": gone}

    def created(self, name: str, shared: bool) -> saved.Item:
        """Save the clusters that are shown."""
        answer = self.panel.answer("clusters")
        if answer is None:
            raise StateError(text("segments.no_clusters", self.panel.state.lang))
        kept: saved.Item = answer.model.save(self.panel.store, name, shared=shared)
        return kept

    def changed(self, opened: saved.Item) -> saved.Item:  # noqa: ARG002 (nothing is ever saved over)
        """Refused: segments stand on saved clusters, so others get a name of their own."""
        raise StateError(text("shell.not_understood", self.panel.state.lang))

    def show(self, found: saved.Item) -> None:
        """Put the customers into saved clusters."""
        self.panel.state.update(clusters=found.id, features=(), k="auto", chosen="")


def models(panel: Segments) -> views.Shelf:
    """The saved clusters, as the one who looks may see them."""
    opened = panel.state.clusters
    found = views.shelf_of(panel.store.path, MODELS, prefix="clusters_")
    here = next((item for item in (*found.mine, *found.others) if item.id == opened), None)
    return replace(found, opened=here)


def is_changed(panel: Segments) -> bool:
    """Whether the rule says something else than the segment that is open."""
    if panel.base is None:
        return False
    try:
        return panel.state.rule != written(editing.grouped(kept.tree_of(panel.base)))
    except WorkbenchError:
        return True


def shelf(panel: Segments) -> views.Shelf:
    """The saved segments, as the one who looks may see them."""
    return views.shelf_of(
        panel.store.path, kept.KIND, lambda item: kept.RULE in item.content, panel.base,
        is_changed(panel), PREFIX,
    )  # fmt: skip


def menu(scene: Scene, found: views.Shelf) -> Region:
    """The saved segments; in a report their names."""
    head = tag("div", tag("h2", scene.say("saved")), class_="wb-head")
    if not scene.live:
        names = [tag("li", item.name) for item in (*found.mine, *found.others)]
        return Region(join(head, tag("ul", names, class_="wb-plain") if names else _none(scene)))
    return Region(join(head, views_menu.listed(scene, found)))


def _none(scene: Scene) -> object:
    return tag("p", scene.shell("segment_no_views"), class_="wb-quiet")
