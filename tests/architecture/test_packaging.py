"""Project file, conda file, locks, make targets and change log agree."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain

import pytest
import source
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import workbench

PROJECT = tomllib.loads((source.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TARGETS = ("app", "test", "lab", "report", "bench", "lint", "docs", "soak", "clean", "lock")
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-spark.lock")


def locked(name: str) -> list[Requirement]:
    """Requirements of a lock file, without hashes."""
    lines = (source.ROOT / name).read_text(encoding="utf-8").splitlines()
    return [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"[a-z0-9]", line)]


def test_conda_users_get_the_same():
    conda = yaml.safe_load((source.ROOT / "environment.yml").read_text(encoding="utf-8"))
    plain = [item for item in conda["dependencies"] if isinstance(item, str)]
    (packages,) = (item["pip"] for item in conda["dependencies"] if isinstance(item, dict))
    assert f"python {PROJECT['requires-python']}" in plain
    assert set(packages) - {"-e ."} == {*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]}


def test_every_dependency_has_a_lower_bound():
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    assert all(">=" in requirement for requirement in wanted)


@pytest.mark.parametrize(
    ("wanted", "locks"),
    [
        ("dependencies", LOCKS[:1]),
        ("dev", LOCKS[:2]),
        ("mysql", LOCKS),
        ("postgres", LOCKS),
        ("spark", LOCKS),
    ],
)
def test_the_locks_hold_what_the_project_declares(wanted, locks):
    declared = PROJECT.get(wanted) or PROJECT["optional-dependencies"][wanted]
    pins = {
        canonicalize_name(pin.name): next(iter(pin.specifier)).version
        for name in locks
        for pin in locked(name)
    }
    for requirement in map(Requirement, declared):
        assert pins[canonicalize_name(requirement.name)] in requirement.specifier, requirement


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_works_with_any_mirror(name):
    text = (source.ROOT / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert not [pin for pin in locked(name) if "+" in str(pin.specifier)]
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z0-9])", text)[1:])


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
@pytest.mark.parametrize("system", ["linux", "darwin"])
def test_a_lock_names_a_package_once_per_machine(python, system):
    machine = {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "os_name": "posix",
    }
    names = [pin.name for name in LOCKS for pin in locked(name) if _applies(pin.marker, machine)]
    assert len(names) == len(set(names))


def _applies(marker: Marker | None, machine: dict[str, str]) -> bool:
    return marker is None or marker.evaluate(machine)


def test_the_version_stands_in_one_way_everywhere():
    first = re.search(r"^## (\d\S*)", (source.ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)
    assert first
    assert first[1] == PROJECT["version"] == workbench.__version__


def test_make_alone_lists_every_target():
    shown = subprocess.run(["make", "-s"], cwd=source.ROOT, capture_output=True, text=True, check=True).stdout
    assert set(TARGETS) <= set(re.findall(r"^make (\w+)", shown, re.M))


@pytest.mark.parametrize("name", ["setup.py", "browser.py"])
def test_an_old_python_can_read_the_setup(name):
    text = (source.ROOT / "scripts" / name).read_text(encoding="utf-8")
    assert ast.parse(text, feature_version=(3, 7))


def test_an_old_python_gets_one_sentence():
    code = (
        "import runpy, sys; sys.version_info = (3, 9, 2, 'final', 0); sys.argv = ['setup.py', 'run'];"
        "runpy.run_path('scripts/setup.py', run_name='__main__')"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=source.ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert run.stderr.startswith("This needs Python 3.11 to 3.14")
    assert len(run.stderr.splitlines()) == 1


def test_every_library_that_the_package_imports_is_declared():
    extras = (items for name, items in PROJECT["optional-dependencies"].items() if name != "dev")
    items = [*PROJECT["dependencies"], *chain.from_iterable(extras)]
    declared = {canonicalize_name(Requirement(item).name) for item in items}
    homes = packages_distributions()
    used = {
        item.module.split(".")[0] for file in source.modules() for item in source.imports(source.tree(file))
    }
    libraries = used - set(sys.stdlib_module_names) - {"workbench", "_typeshed", "py4j"}  # py4j is of pyspark
    missing = {
        name
        for name in libraries
        if not declared & {canonicalize_name(home) for home in homes.get(name, [name])}
    }
    assert not missing
