"""One world with everything that questions meet, and Spark in processes of their own."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))
sys.path.insert(0, str(Path(__file__).parent))

import spark_processes
import spark_world


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Workspace whose folder has a difficult name."""
    folder = tmp_path_factory.mktemp("spark") / "工作区 {a} one's"
    return spark_world.build(folder)


@pytest.fixture(scope="session")
def duckdb_answers(world):
    import spark_answers

    return spark_answers.answers("duckdb", world)


@pytest.fixture(scope="session")
def spark():
    """Skips where Spark cannot run, and fails there with the variable `WORKBENCH_REQUIRE_SERVERS`."""
    missing = pytest.fail if os.environ.get("WORKBENCH_REQUIRE_SERVERS") else pytest.skip
    if find_spec("pyspark") is None:
        missing("the extra [spark] is not installed: pip install 'ad-crm-workbench[spark]'")
    if not spark_processes.java():
        missing("there is no Java 17 or newer on this machine")
    return spark_processes


@pytest.fixture(scope="session")
def local_run(spark, world, tmp_path_factory):
    """What a process says that uses Spark on this machine."""
    return spark.ask("local[2]", world, tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="session")
def cluster_run(spark, world, tmp_path_factory):
    """What a process says that uses a master and two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    with spark.cluster(folder) as master:
        return {**spark.ask(master, world, folder), "master": master, "executors": spark.executors(folder)}
