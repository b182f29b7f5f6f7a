from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import worlds

import workbench.data as data


@pytest.fixture(scope="session")
def random_facts():
    return worlds.facts(seed=3)


@pytest.fixture(scope="session")
def random_store(tmp_path_factory, random_facts):
    return worlds.commit(data.open(tmp_path_factory.mktemp("random")), random_facts)


@pytest.fixture(scope="session")
def empty_store(tmp_path_factory):
    return data.open(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def new_store(tmp_path):
    return data.open(tmp_path / "workspace")
