"""The first pages are asked once before the fork: the same page, without a question to the data."""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import time

import pytest
from test_forks import gone, kernel

import workbench as wb
from workbench.forks import pages, system
from workbench.forks.pages import Asked
from workbench.forks.provisioner import TEMPLATE
from workbench.metrics import query
from workbench.reports.kernels import environment
from workbench.store import shared
from workbench.widgets.answers import Ask

needs_fork = pytest.mark.skipif(not system.can_fork(), reason="this system cannot fork kernels")


@pytest.fixture(scope="module")
def said(demo_store) -> bytes:
    """What a child of the warm process says of the demo."""
    kept = shared._noted
    try:
        return pages.work_out(str(demo_store.path))
    finally:
        shared._noted = kept


@pytest.fixture
def knowing(said, monkeypatch):
    """A process that has learnt it, as a forked kernel has."""
    monkeypatch.setattr(shared, "_known", {})
    monkeypatch.setattr(query, "_texts", {})
    pages.learn(said)
    return said


def questions(monkeypatch) -> list[str]:
    """Names of the questions that are worked out from now on."""
    heard: list[str] = []
    answer = Ask.answer
    monkeypatch.setattr(Ask, "answer", lambda self, store: heard.append(self.question) or answer(self, store))
    return heard


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", pages.PAGES)
def test_a_first_page_asks_nothing_and_looks_the_same(demo_store, said, monkeypatch, name, lang):
    monkeypatch.setattr(shared, "_known", {})
    plain = getattr(wb.widgets, name)(wb.open(demo_store.path), lang=lang).draw(live=True)
    pages.learn(said)
    heard = questions(monkeypatch)
    store = wb.open(demo_store.path)
    drawn = getattr(wb.widgets, name)(store, lang=lang).draw(live=True)
    assert not set(heard) & {"metrics.kpis", "metrics.trend", "metrics.slots", "findings.review"}
    assert store._engine._backend is None, "no database was even connected"
    assert {key: str(region.html) for key, region in drawn.items()} == {
        key: str(region.html) for key, region in plain.items()
    }
    for key, region in drawn.items():
        same = plain[key].charts
        assert {n: c.to_dict() for n, c in region.charts.items()} == {n: c.to_dict() for n, c in same.items()}


@pytest.mark.usefixtures("knowing")
def test_another_parameter_is_asked_and_answered_rightly(demo_store, monkeypatch):
    heard = questions(monkeypatch)
    panel = wb.widgets.Campaigns(wb.open(demo_store.path), filters={"channel": ["search"]})
    mine = panel.answers["kpis"].totals
    assert "metrics.kpis" in heard
    shared.take({})
    own = wb.widgets.Campaigns(wb.open(demo_store.path), filters={"channel": ["search"]}).answers["kpis"]
    assert mine == own.totals
    assert mine != wb.widgets.Campaigns(wb.open(demo_store.path)).answers["kpis"].totals


@pytest.mark.usefixtures("knowing")
def test_what_somebody_does_to_an_answer_stays_with_them(demo_store):
    first = wb.widgets.Campaigns(wb.open(demo_store.path)).answers["kpis"]
    assert first.table is not first.to_frame()
    shown = first.to_frame()
    shown.iloc[:, 0] = -1.0
    again = wb.widgets.Campaigns(wb.open(demo_store.path)).answers["kpis"]
    assert again.totals == first.totals
    assert -1.0 not in again.totals.values()


@pytest.mark.parametrize("broken", [b"", b"\x80\x05half", pickle.dumps(3)], ids=["none", "half", "other"])
def test_what_cannot_be_read_means_that_each_page_asks(knowing, broken):
    assert shared._known
    pages.learn(broken)
    assert not shared._known


def test_what_cannot_travel_stays_behind_alone(tmp_path, demo_store, monkeypatch):
    class Home:
        def __init__(self, store, lang):
            shared.note(store, "lambda", lambda: None)
            shared.note(store, f"lang {lang}", lang)

        def draw(self, live):
            assert live

    monkeypatch.setattr(pages, "PAGES", ("Home",))
    monkeypatch.setattr(wb.widgets, "Home", Home, raising=False)
    monkeypatch.setattr(shared, "_noted", None)
    known, _ = pickle.loads(pages.work_out(str(demo_store.path)))
    assert sorted(key for _, key in known) == ["lang en", "lang zh"]


def heard(found: Asked, state: str) -> bool:
    """Whether a state is known when the child has ended."""
    while found.pipe is not None:
        found.hear()
    return found.knows(state)


@needs_fork
def test_a_child_that_fails_is_not_asked_again(tmp_path, monkeypatch):
    monkeypatch.setattr(shared, "_known", {("mark", "old"): 1})
    (tmp_path / "x.txt").write_text("no workspace", encoding="utf-8")
    found = Asked()
    found.begin(str(tmp_path), "one", os.environ)
    assert not found.knows("one")
    assert heard(found, "one")
    assert not shared._known
    found.begin(str(tmp_path), "one", os.environ)
    assert found.pipe is None


@needs_fork
def test_a_newer_state_ends_the_child_of_the_older_one(tmp_path, monkeypatch):
    monkeypatch.setattr(pages, "work_out", lambda workspace: time.sleep(60) if workspace == "slow" else b"")
    found = Asked()
    found.begin("slow", "one", os.environ)
    slow = found._pid
    found.begin("quick", "two", os.environ)
    assert gone(slow)
    assert heard(found, "two")
    assert not found.knows("one")


KNOWS = """
import workbench as wb
from workbench.store import shared
from workbench.widgets.answers import Ask
worked = []
Ask.answer = lambda self, store, own=Ask.answer: worked.append(self.question) or own(self, store)
store = wb.open(STORE)
page = wb.widgets.Campaigns(store, PARAMETERS)
page.draw(live=True)
facts = {"known": len(shared._known), "worked": worked, "cost": page.answers["kpis"].totals["cost"]}
"""


@needs_fork
def test_kernels_find_what_the_template_was_told_to_ask(demo_store):
    code = KNOWS.replace("STORE", repr(str(demo_store.path)))
    own = wb.widgets.Campaigns(wb.open(demo_store.path)).answers["kpis"].totals["cost"]

    async def look():
        state = json.dumps([time.time()])
        until = time.monotonic() + 120
        while not TEMPLATE.asks(str(demo_store.path), state, environment()):
            assert time.monotonic() < until
            await asyncio.sleep(0.1)
        async with kernel() as (_, ask), kernel(WORKBENCH_ADVERTISERS='["Lumi Beauty"]') as (_, ask_limited):
            first = await ask(code.replace("PARAMETERS", ""))
            other = await ask(code.replace("PARAMETERS", "period='last_7_days'"))
            return first, other, await ask_limited(code.replace("PARAMETERS", ""))

    first, other, limited = asyncio.run(look())
    assert first["known"] >= 15
    assert first["worked"] == []
    assert first["cost"] == own
    assert "findings.review" in other["worked"]
    assert 0 < other["cost"] < own
    assert limited["known"] == 0
    assert "findings.review" in limited["worked"]
    assert 0 < limited["cost"] < own
