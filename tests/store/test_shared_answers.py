"""What a warm process knows is found by a store that would work out the same, and by no other."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from store_helpers import month

import workbench as wb
from workbench import settings
from workbench.metrics import query
from workbench.store import shared
from workbench.store.part import Part


@pytest.fixture
def store(workspace, monkeypatch):
    """A store of some days, whose mark stands for one thing that is known."""
    made = wb.open(workspace)
    made.commit([month()])
    monkeypatch.setattr(shared, "_known", {(shared.mark(made), "thing"): "known"})
    return made


def found(store) -> object:
    return shared.held(store, "thing", lambda: "made")


def test_the_same_state_finds_it_and_another_key_does_not(store):
    assert found(store) == found(wb.open(store.path)) == "known"
    assert found(wb.open(store.path, version=store.version)) == "known"
    assert shared.find(store, "other") is shared.MISSING


def test_a_newer_data_version_makes_its_own(store):
    behind = wb.open(store.path)
    store.commit([month(account="b")])
    assert found(store) == found(wb.open(store.path)) == "made"
    assert found(behind) == "known", "it stays at the version that it was opened at"
    behind.refresh()
    assert found(behind) == "made"


def test_files_made_anew_under_the_same_number_make_their_own(store):
    table = store._version.tables["performance"]
    files = (replace(table.files[0], name="part-other.parquet"), *table.files[1:])
    moved = {**store._version.tables, "performance": replace(table, files=files)}
    store._version = replace(store._version, tables=moved)
    assert found(store) == "made"


def test_other_settings_metrics_or_profiles_make_their_own(store):
    (store.path / "workbench.toml").write_text("margin = 0.4\n", encoding="utf-8")
    assert found(wb.open(store.path)) == "made"
    (store.path / "workbench.toml").unlink()
    assert found(wb.open(store.path)) == "known"
    (store.path / "metrics").mkdir(exist_ok=True)
    own = store.path / "metrics" / "own.toml"
    own.write_text('[per_view]\nnumerator = "cost"\ndenominator = "impressions"\n', encoding="utf-8")
    assert found(wb.open(store.path)) == "made"
    own.unlink()
    (store.path / shared.PROFILES).mkdir(exist_ok=True)
    (store.path / shared.PROFILES / "own.toml").write_text("restated_days = 3\n", encoding="utf-8")
    assert found(store) == "made", "profiles are read at every question, so they count at once"


def test_a_variable_that_changes_a_setting_counts(store, monkeypatch):
    monkeypatch.setenv("WORKBENCH_CURRENCY", "EUR")
    assert found(wb.open(store.path)) == "made"


def test_another_workspace_makes_its_own(store, tmp_path):
    other = wb.open(tmp_path / "other")
    other.commit([month()])
    assert found(other) == "made"
    os.symlink(store.path, tmp_path / "again")
    assert found(wb.open(tmp_path / "again")) == "known"


def test_a_limited_store_finds_nothing_and_keeps_nothing(store, monkeypatch):
    monkeypatch.setenv(settings.ADVERTISERS, '["a"]')
    assert found(wb.open(store.path)) == "made"
    assert not shared._known


def test_some_customers_are_not_everybody(store):
    assert found(Part(store, lambda whole: whole.table("customers"), "some")) == "made"


def test_metrics_that_cannot_be_read_are_told_by_who_needs_them(store):
    (store.path / "metrics").mkdir(exist_ok=True)
    (store.path / "metrics" / "own.toml").write_text("[bad", encoding="utf-8")
    broken = wb.open(store.path)
    assert found(broken) == "made"
    assert broken.as_of == store.as_of


def test_only_who_asks_for_others_writes_down(store, monkeypatch):
    monkeypatch.setattr(shared, "_known", {})
    monkeypatch.setattr(shared, "_noted", None)
    assert found(store) == "made"
    noted = shared.begin()
    query.profile(store)
    assert found(store) == "made"
    assert {key for _, key in noted} == {"metrics.profile", "thing"}
    assert {mark for mark, _ in noted} == {shared.mark(store)}
    shared.take(noted)
    assert shared.held(store, "thing", pytest.fail) == "made"
    shared.take({})
    assert shared.find(store, "thing") is shared.MISSING
