"""Which engine a store has, and what is said where a Spark cannot be used; none is started here."""

from __future__ import annotations

import re
import socket

import guide
import pytest

import workbench as wb
from workbench import settings
from workbench.data import Store, open
from workbench.errors import MissingExtraError, StoreError
from workbench.store import engines, spark_session
from workbench.store.duck import DuckDB


@pytest.fixture
def with_spark(monkeypatch):
    """As if the extra and Java were there."""
    monkeypatch.setattr(spark_session, "find_spec", lambda name: object())
    monkeypatch.setattr(spark_session, "_check_java", lambda url: None)


@pytest.mark.parametrize(
    "url",
    [
        "sparc",
        "spark",
        "spark://",
        "spark://host",
        "spark://h:1/x",
        "local[0]",
        "local[a]",
        "http://h:1",
        " ",
    ],
)
def test_other_urls_are_refused_with_those_that_are_known(tmp_path, url):
    with pytest.raises(StoreError, match=r"local\[\*\].*spark://host:port"):
        open(tmp_path / "w", engine=url)
    assert not (tmp_path / "w").exists()


@pytest.mark.parametrize("url", ["local", "local[*]", "local[4]", "spark://host:7077", "spark://a:1,b:2"])
def test_masters_are_known(url):
    assert spark_session.is_master(url)


def test_without_the_extra_the_way_to_it_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(spark_session, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"ad-crm-workbench\[spark\]"):
        open(tmp_path / "w", engine="local[*]")


@pytest.mark.parametrize(
    ("said", "found"), [("", "no Java is"), ("11.0.2", "Java 11 is"), ("1.8.0_1", "Java 8 is")]
)
def test_without_a_java_that_fits_the_way_to_it_is_said(tmp_path, monkeypatch, said, found):
    monkeypatch.setattr(spark_session, "find_spec", lambda name: object())
    home = tmp_path / "java"
    (home / "bin").mkdir(parents=True)
    if said:
        java = home / "bin" / "java"
        java.write_text(f"#!/bin/sh\necho 'openjdk version \"{said}\"' >&2\n")
        java.chmod(0o755)
    monkeypatch.setenv("JAVA_HOME", str(home))
    with pytest.raises(StoreError, match=f"needs Java 17 or newer; {found} in JAVA_HOME") as caught:
        open(tmp_path / "w", engine="local[*]")
    assert "\n" not in str(caught.value)


def test_a_master_that_does_not_answer_is_told_at_once(tmp_path, with_spark):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"spark://127.0.0.1:{closed.getsockname()[1]}"
        with pytest.raises(StoreError, match="No Spark master answers"):
            open(tmp_path / "w", engine=url)


def test_any_of_several_masters_is_enough(with_spark):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        engines.check(f"spark://127.0.0.1:1,127.0.0.1:{listening.getsockname()[1]}")


def test_duckdb_unless_settings_or_caller_say_otherwise(tmp_path, monkeypatch, with_spark):
    store = open(tmp_path / "w")
    assert store.engine == "duckdb"
    assert isinstance(store._engine, DuckDB)
    settings.save(store.path, settings.Settings(name="w", engine="local[2]"))
    assert open(tmp_path / "w").engine == "local[2]"
    assert wb.open(tmp_path / "w", engine="duckdb").engine == "duckdb"
    monkeypatch.setenv("WORKBENCH_ENGINE", "spark")
    with pytest.raises(StoreError, match="no engine 'spark'"):
        open(tmp_path / "w")


def test_imports_use_duckdb_and_move_the_store_that_asked(tmp_path, with_spark, monkeypatch):
    seen = []

    @engines.on_this_machine
    def act(store: Store, more: int) -> int:
        seen.append(store.engine)
        return more

    store = open(tmp_path / "w", engine="local[2]")
    monkeypatch.setattr(Store, "refresh", lambda self: seen.append(self is store))
    assert act(store, more=7) == 7
    assert seen == ["duckdb", True]


def test_settings_of_a_session_keep_to_this_machine():
    for url in ("local[*]", "spark://127.0.0.1:7077", "spark://localhost:7077"):
        found = spark_session._settings(url)
        assert found["spark.driver.bindAddress"] == "127.0.0.1"
        assert found["spark.ui.enabled"] == "false"
    assert "spark.driver.host" not in spark_session._settings("spark://cluster.example:7077")


def test_the_guide_names_engines_that_are_known():
    page = (guide.DOCS / "scale.md").read_text(encoding="utf-8")
    for snippet in guide.snippets(guide.DOCS / "scale.md", "py"):
        compile(snippet.text, "scale.md", "exec")
    named = re.findall(r'engine ?= ?"([^"]+)"', page)
    assert {"duckdb", "local[*]"} < set(named)
    assert all(spark_session.is_master(url) for url in named if url != "duckdb")
