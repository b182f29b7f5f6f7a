"""What a page may do with saved plans: keep, open, change, go back to a version, rename, share, trash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench import plans, saved
from workbench.errors import WorkbenchError
from workbench.plans import SavedPlan
from workbench.plans.keep import FORMAT, KIND, parsed
from workbench.widgets import views
from workbench.widgets.budget.state import settings_of
from workbench.widgets.history import LASTING
from workbench.widgets.saving import Saving

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.widgets.budget.panel import Budget

PREFIX = "plan_"


class SavingPlans(Saving):
    """The acts of the menu of saved plans; a plan is saved with what was asked for and loads back."""

    kind = KIND
    prefix = PREFIX
    panel: Budget

    def acts(self) -> dict[str, Callable[[str, Any], None]]:
        """Those of every saved thing, and going back to a version."""
        return {**super().acts(), f"{PREFIX}version": self._version, f"{PREFIX}close": self._close}

    @property
    def opened(self) -> saved.Item | None:
        """The plan that is open, as it was read then."""
        return self.panel.base.item if self.panel.base else None

    @opened.setter
    def opened(self, item: saved.Item | None) -> None:
        """Remember it, or that none is open."""
        self.panel.base = parsed(item) if item else None

    def created(self, name: str, shared: bool) -> saved.Item:
        """Save the plan as a new one."""
        return self._kept(plans.save(self.panel.store, name, self.panel.banded(), shared))

    def changed(self, opened: saved.Item) -> saved.Item:
        """Save the plan over the one that is open, which stays as a version."""
        return self._kept(plans.resave(self.panel.store, parsed(opened), self.panel.banded()))

    def show(self, found: saved.Item) -> None:
        """Put a plan's settings back into the sliders."""
        self._show(parsed(found))

    def fits(self, found: saved.Item) -> bool:
        """Whether it is a budget plan."""
        return found.content.get("format") == FORMAT

    def _show(self, plan: SavedPlan) -> None:
        state = self.panel.state
        lasting = {name: getattr(state, name) for name in (*LASTING, "past")}
        wanted = {**state.defaults(), **lasting, **settings_of(plans.asked_again(plan))}
        state.update(**{**wanted, "saved": plan.item.id})
        self.panel.planned()

    def _version(self, key: str, value: Any) -> None:
        plan = parsed(self._read(key))
        self._show(plan.version(int(value) if str(value).isdecimal() else -1))
        self.panel.base = plan

    def _close(self, _key: str, _value: Any) -> None:
        self.panel.base = None

    def _kept(self, plan: SavedPlan) -> saved.Item:
        """Show what was saved: a budget as today is that amount from now on."""
        self.panel.state.update(**settings_of(plan.asked))
        return plan.item


def is_changed(panel: Budget) -> bool:
    """Whether the sliders say something else than the plan that is open."""
    if panel.base is None:
        return False
    kept, now = settings_of(plans.asked_again(panel.base)), panel.state.snapshot()
    return any(now[name] != value for name, value in kept.items())


def found(store: Any, words: str) -> SavedPlan | None:
    """The plan that is meant; None where there is none."""
    try:
        return plans.read(store, words)
    except WorkbenchError:
        return None


def shelf(panel: Budget) -> views.Shelf:
    """The saved plans, as the one who looks may see them."""
    opened = panel.base.item if panel.base else None
    return views.shelf_of(
        panel.store.path,
        KIND,
        lambda item: item.content.get("format") == FORMAT,
        opened,
        is_changed(panel),
        PREFIX,
    )
