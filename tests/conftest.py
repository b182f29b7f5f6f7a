"""Shared fixtures: a private home, the demo world built once, the public data beside the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
os.environ.setdefault("WORKBENCH_HOME", str(ROOT / ".workbench" / "test-home"))
for _name in ("WORKBENCH_WORKSPACE", "WORKBENCH_LANG", "QUERY_STRING"):
    os.environ.pop(_name, None)

pytest_plugins = ["browser_fixtures", "database_fixtures"]


@pytest.fixture(scope="session")
def demo_store():
    """The demo world, built on first use and kept between runs until its generator changes."""
    import workbench as wb

    return wb.open("demo")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real public data beside the project; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the public data folder {folder} is not on this machine")
    return folder


@pytest.fixture(autouse=True, scope="module")
def reports_of_their_own(request):
    """The folder for reports that the servers of `tests/apps` are given is nobody else's."""
    with pytest.MonkeyPatch.context() as patch:
        if request.path.parent.name != "apps":
            patch.delenv("WORKBENCH_REPORTS", raising=False)
        yield
