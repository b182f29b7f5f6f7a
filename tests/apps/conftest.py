"""The real app server on a tiny workspace, with a home of its own."""

from __future__ import annotations

import live
import pytest
import tiny_notebooks
from app_client import Client

SLIDER = """
import os
import ipywidgets as w
print("QUERY", repr(os.environ["QUERY_STRING"]), os.environ["SERVER_SOFTWARE"])
print("PLACE", os.environ["WORKBENCH_WORKSPACE"], os.getcwd(), repr(os.environ["WORKBENCH_PUBLIC_URL"]))
print("VISITOR", repr(os.environ["WORKBENCH_VISITOR"]))
slider, label = w.IntSlider(description="how many"), w.Label("nothing yet")
slider.observe(lambda change: setattr(label, "value", f"moved to {change['new']}"), "value")
w.VBox([slider, label])
"""
THEIRS = """
import os, workbench as wb
from workbench import settings
print("LIMIT", settings.advertisers(), wb.open().advertisers, settings.role())
print("PAGES", os.environ["WORKBENCH_PAGES"])
"""
NOTEBOOKS = {
    "tiny": SLIDER,
    "plain": "print('plain', 6 * 7)",
    "pages": "import os\nprint(os.environ['WORKBENCH_PAGES'])",
    "roles": "import os\nprint('ROLE', os.environ['WORKBENCH_ROLE'])",
    "fails": "from workbench.errors import StoreError\nraise StoreError('No data yet.', 'Import some.')",
    "breaks_late": "import time; time.sleep(1)\nsecret = 'traceback-secret'\n1 / 0",
    "breaks": "secret = 'traceback-secret'\n1 / 0",
}


@pytest.fixture(scope="session")
def tiny_workspace(tmp_path_factory):
    """A workspace with own notebooks."""
    folder = tiny_notebooks.workspace(tmp_path_factory.mktemp("apps") / "ws", **NOTEBOOKS)
    tiny_notebooks.write(folder / "notebooks" / "theirs.ipynb", THEIRS, limited=True)
    return folder


@pytest.fixture(scope="session")
def private_home(tmp_path_factory):
    """A home of its own for the server's state."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("home")
        patch.setenv("WORKBENCH_HOME", str(home))
        patch.setenv("WORKBENCH_REPORTS", str(home / "reports"))
        yield home


@pytest.fixture(scope="session")
def tiny_app(tiny_workspace, private_home):
    """The running server."""
    with live.running_app("-w", str(tiny_workspace)) as app:
        yield app


@pytest.fixture
def visitor(tiny_app):
    """A client without login."""
    return Client(tiny_app)


@pytest.fixture
def member(tiny_app):
    """A client that is logged in."""
    return Client(tiny_app).login()
