"""A visitor of one advertiser names things of another: one sentence comes, and nothing of the other's."""

from __future__ import annotations

import json
import re
from urllib.parse import quote_plus, unquote_plus

import pytest

import workbench as wb
from workbench import saved, settings
from workbench.plans import keep
from workbench.saved.kinds import KINDS
from workbench.widgets.session import Session

MINE, OTHER = "Northlight Home", "Lumi Beauty"
DIMENSIONS = ("account", "campaign", "creative", "ad_group")
QUICK = ("Home", "Campaigns", "Compare", "Forecast")
PLANS = [pytest.param(name, marks=pytest.mark.soak) for name in ("Budget", "TimeSlots")]
WIDE = "Secret scheme"
"""What somebody with a link for all advertisers has called a view and a plan."""


@pytest.fixture(scope="module")
def theirs(demo_store):
    """Dimension → members that only other advertisers have."""
    whole = {name: {*demo_store.members(name)} for name in DIMENSIONS}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(settings.ADVERTISERS, json.dumps([MINE]))
        mine = wb.open(demo_store.path)
        found = {name: sorted(whole[name] - {*mine.members(name)}) for name in DIMENSIONS}
    assert all(found.values())
    return found


@pytest.fixture(scope="module")
def wide(demo_store):
    """A view and a plan for all to see, saved with rights to everybody's data: kind → item."""
    kept = {
        kind: saved.create(demo_store.path, kind, WIDE, {**content, "figure": WIDE}, who="mia", shared=True)
        for kind, content in {
            "view": {"panel": "budget", "state": {"budget": "4711"}},
            "plan": {"format": keep.FORMAT, "asked": {"budget": 4711}},
        }.items()
    }
    yield kept
    for kind, item in kept.items():
        KINDS[kind].file(demo_store.path, item.id).unlink()


@pytest.fixture
def session(demo_store, monkeypatch, request):
    """The page of a panel in the kernel of a limited visitor."""
    monkeypatch.setenv(settings.ADVERTISERS, json.dumps([MINE]))
    monkeypatch.setenv(settings.ROLE, "viewer")
    panel = getattr(wb.widgets, request.param)(wb.open(demo_store.path), lang="en")
    found = Session(panel)
    found.page()
    return found


def crafted(theirs):
    """Messages that no page sends: filters, links, sorts, views, charts and files of another's."""
    yield from (
        {"act": act, "key": name, "value": members[0]}
        for name, members in theirs.items()
        for act in ("toggle", "set", "drop", "steer", "whose", "down", "sql", "load")
    )
    for name, members in {**theirs, "advertiser": [OTHER]}.items():
        filters = json.dumps({name: members[:3]})
        yield {"act": "query", "value": f"?filters={filters}"}
        yield {"act": "query", "value": f"?filters={filters}&by={name}&advertisers={OTHER}"}
        link = ",".join(quote_plus(member) for member in members[:3])
        yield {"act": "query", "value": f"?{name}={link}"}
        yield {"act": "query", "value": f"?{name}={link}&by=campaign&member={quote_plus(members[0])}"}
        yield {"act": "query", "value": f"?by={name}&pair={link}&path={link}&worn={quote_plus(members[0])}"}
        yield {"act": "set", "key": "filters", "value": filters}
        yield {"act": "set", "key": "filters", "value": {name: members[:3]}}
    yield {"act": "query", "value": f"?WORKBENCH_ADVERTISERS=[%22{OTHER}%22]&role=steward"}
    yield {"act": "advertiser", "key": "", "value": OTHER}
    yield {"act": "download", "key": f"../{OTHER}.csv"}


def shown(reply, files) -> str:
    """All that goes to the page."""
    texts = [json.dumps(reply, ensure_ascii=False, default=str)]
    return "".join((*texts, *(bytes(content).decode("utf-8", "replace") for content in files)))


@pytest.mark.parametrize("session", [*QUICK, *PLANS], indirect=True)
def test_nothing_of_another_advertiser_comes_for_what_is_crafted(session, theirs):
    secret = {member for members in theirs.values() for member in members}
    before = session.panel.state.snapshot()
    for message in crafted(theirs):
        seen = shown(*session.receive({**message, "seq": 1}))
        sent = unquote_plus(json.dumps(message, ensure_ascii=False))
        said = {name for name in secret if name in sent}
        found = {name for name in secret - said if name in seen}
        assert not found, (message, sorted(found)[:3])
        assert "wb-broken" not in seen, message
        told = " ".join(str(notice.sentence) for notice in session.panel.notices)
        assert told.count("\n") == 0
        assert not re.search(r"Traceback|duckdb|SELECT", told), told
        session.panel.state.restore(before)


SAVED = ("view", "resave", "rename", "share", "trash", "restore", "version")
"""What a page may do with what is saved, by its id."""


@pytest.mark.parametrize("session", ["Budget"], indirect=True)
def test_what_somebody_with_wider_rights_has_saved_is_not_there(session, demo_store, wide, monkeypatch):
    monkeypatch.setenv(settings.ROLE, "planner")
    files = {kind: KINDS[kind].file(demo_store.path, item.id) for kind, item in wide.items()}
    before = {kind: file.read_bytes() for kind, file in files.items()}
    acts = [act for name in SAVED for act in (name, f"plan_{name}")]
    asked = [{"act": act, "key": item.id, "value": "shared"} for item in wide.values() for act in acts]
    asked += [{"act": "query", "value": f"?saved={item.id}"} for item in wide.values()]
    asked += [{"act": "query", "value": f"?saved=plans/{wide['plan'].id}"}]
    for message in asked:
        seen = shown(*session.receive({**message, "seq": 1}))
        assert WIDE not in seen, message
        assert "4711" not in seen.replace("4,711", "4711"), message
        assert "wb-broken" not in seen, message
    assert {kind: file.read_bytes() for kind, file in files.items()} == before
    monkeypatch.delenv(settings.ADVERTISERS)
    everybody = Session(wb.widgets.Budget(wb.open(demo_store.path), lang="en")).page()
    assert json.dumps(everybody).count(WIDE) >= 2, "where nothing limits, both are offered"
    assert "wb-broken" not in json.dumps(everybody), "a plan whose file is damaged spoils no page"


@pytest.mark.parametrize("session", ["Campaigns"], indirect=True)
def test_one_sentence_says_that_there_is_no_such_member(session, theirs):
    name = theirs["campaign"][0]
    session.receive({"act": "toggle", "key": "campaign", "value": name, "seq": 1})
    told = [str(notice.sentence) for notice in session.panel.notices]
    assert len(told) == 1
    assert name in told[0]
    assert session.panel.state.filters == {}
