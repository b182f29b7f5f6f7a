"""The one widget: sends changed regions to the page and hands its messages to the session."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from workbench.widgets import assets

if TYPE_CHECKING:
    from workbench.widgets.session import Session

LOG = logging.getLogger("workbench.widgets")

_VIEW = "application/vnd.jupyter.widget-view+json"
_MODULE = "export default { initialize: workbenchPanel.initialize, render: workbenchPanel.render };\n"


def _page(_value: Any, widget: PanelWidget) -> dict[str, Any]:
    """The page as it is now, whenever a front end asks for the widget's state."""
    return widget.session.page()


class PanelWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """Shows a panel in JupyterLab or Voila.

    A browser cannot set any of its traits: what it wants comes as messages, which the session checks.

    Args:
        session: The talk with the panel to show.
    """

    page = traitlets.Dict().tag(sync=True, to_json=_page)

    def __init__(self, session: Session) -> None:
        self.session = session
        self._esm = "\n".join((assets.live_js(), _MODULE))
        self._css = assets.css()
        super().__init__()
        session.push = self.send
        self.on_msg(self._hear)

    def bundle(self) -> dict[str, Any]:
        """What a notebook shows; the mark lets a page of panels alone do without Jupyter's front end."""
        shown = self._repr_mimebundle_()
        data: dict[str, Any] = dict(shown[0] if isinstance(shown, tuple) else shown)
        return {**data, _VIEW: {**data[_VIEW], "workbench": True}}

    def set_state(self, sync_data: Any) -> None:
        """Refuse every state a browser sends."""
        LOG.warning("A page tried to set %s; refused.", ", ".join(map(str, sync_data)))

    def _hear(self, _widget: Any, content: Any, buffers: Any) -> None:
        reply, files = self.session.receive(content, buffers or ())
        self.send(reply, files)
