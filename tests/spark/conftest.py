"""One world with everything that questions meet, and Spark in processes of their own."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "metrics"))
sys.path.insert(0, str(Path(__file__).parents[1] / "store"))
sys.path.insert(0, str(Path(__file__).parent))

import rule_world
import spark_processes
import spark_world

import workbench as wb
from workbench import settings


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Workspace whose folder has a difficult name."""
    folder = tmp_path_factory.mktemp("spark") / "工作区 {a} one's"
    return spark_world.build(folder)


@pytest.fixture(scope="session")
def rule_store(tmp_path_factory):
    """The small world of the tests of rules on DuckDB, and its rows."""
    folder = tmp_path_factory.mktemp("rules") / "w"
    wb.open(folder)
    settings.save(folder, settings.Settings(name="w", timezone=rule_world.ZONE))
    store = wb.open(folder)
    return store, rule_world.commit(store, 7)


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
def local_session(spark, tmp_path_factory):
    """A process that keeps one Spark of this machine."""
    with spark.session("local[2]", tmp_path_factory.mktemp("local")) as found:
        yield found


@pytest.fixture(scope="session")
def local_run(local_session, world):
    """What a process says that uses Spark on this machine."""
    found = local_session.ask("answers", workspace=str(world))
    return {**found, "checks": local_session.ask("checks", workspace=str(world))}


@pytest.fixture(scope="session")
def cluster_run(spark, world, tmp_path_factory):
    """What a process says that uses a master and two workers."""
    folder = tmp_path_factory.mktemp("cluster")
    with spark.cluster(folder) as master, spark.session(master, folder) as session:
        found = session.ask("answers", workspace=str(world))
        return {**found, "master": master, "executors": spark.executors(folder)}
