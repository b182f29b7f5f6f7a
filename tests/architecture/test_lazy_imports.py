"""What a process pays for at the start: `import workbench` nothing, an open store no statistics."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAVY = (
    "pandas",
    "duckdb",
    "ibis",
    "altair",
    "statsmodels",
    "scipy",
    "ipywidgets",
    "pyarrow",
    "deltalake",
    "numpy",
)
LATE = (
    "statsmodels",
    "altair",
    "papermill",
    "sklearn",
    "nbconvert",
    "voila",
    "vl_convert",
    "ipywidgets",
    "icalendar",
    "holidays",
)
PROBE = "import json, sys; print(json.dumps([name for name in sys.modules if '.' not in name]))"


def loaded(code: str) -> set[str]:
    """Top-level modules in a fresh process after `code`."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\n{PROBE}"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    return set(json.loads(run.stdout.splitlines()[-1]))


def test_importing_the_package_loads_no_library():
    assert not loaded("import workbench") & set(HEAVY)


def test_the_probe_sees_a_library_that_is_loaded():
    assert "numpy" in loaded("import workbench, numpy")


@pytest.mark.parametrize(
    "code",
    ["import workbench.data", "import workbench.cli", "import workbench.metrics", "import workbench.sources"],
)
def test_a_room_loads_no_late_library(code):
    assert not loaded(code) & set(LATE)


def test_opening_a_store_and_asking_loads_no_late_library(demo_store):
    code = f"import workbench as wb; wb.metrics.kpis(wb.open({str(demo_store.path)!r}), by=['channel'])"
    assert not loaded(code) & (set(LATE) - {"scipy"})
