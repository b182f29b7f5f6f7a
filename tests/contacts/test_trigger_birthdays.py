"""Birthdays: due on the right day, of those who agreed alone, opened for a reason, told by no page."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from card_rows import DAY, contact, fill, permit
from privacy_helpers import load
from trigger_rows import LAST, granted_now, people, yes

import workbench as wb
from workbench.contacts import triggers
from workbench.errors import PrivacyError


def in_days(days):
    return DAY + dt.timedelta(days=days)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("WORKBENCH_USER", "tester")


@pytest.fixture
def store(tmp_path):
    return wb.data.open(tmp_path / "w")


BORN = {
    "today": dt.date(1980, 6, 30), "soon": dt.date(1990, 7, 14), "later": dt.date(1990, 7, 15),
    "gone": dt.date(1990, 6, 29), "refused": dt.date(1990, 7, 2), "silent": dt.date(1990, 7, 2),
    "withdrew": dt.date(1990, 7, 2), "wished": dt.date(1990, 7, 1),
}  # fmt: skip


@pytest.fixture
def sealed(store):
    """A workspace whose birth dates are in the vault, and who answers to which pseudonym."""
    load(store, "customers", [{"customer_id": who, "birth_date": born} for who, born in BORN.items()])
    names = {who: wb.privacy.open_personal(store, who, "set up").customer_id for who in BORN}
    told = [yes(who)[0] for who in BORN if who not in ("refused", "silent")]
    told += [permit("email", False, 5, customer="refused"), permit("email", False, -1, customer="withdrew")]
    load(store, "consent", told)
    load(store, "interactions", [contact(1, 0, customer_id="wished")])
    return store, {name: who for who, name in names.items()}


def opened(store):
    """Lines of the audit log about opened values, newest first."""
    log = wb.privacy.audit.frame(store.path)
    return log[
        (log["what"] == "personal_opened") & (log["about"].map(lambda about: about["why"]) != "set up")
    ]


def test_birthdays_stay_closed_without_a_reason(sealed):
    store, _ = sealed
    answer = triggers(store, DAY, kinds=["birthday", "complaint"])
    assert answer.table.empty
    assert "Birthdays are personal" in answer.sentences("en")[1]
    assert opened(store).empty


def test_birthdays_are_opened_for_a_reason_of_those_who_agreed_alone(sealed):
    store, names = sealed
    answer = triggers(store, DAY, kinds="birthday", reason="summer wishes")
    table = answer.table.assign(who=answer.table["customer_id"].map(names)).set_index("who")
    assert table["day"].dt.date.to_dict() == {"today": DAY, "soon": in_days(14)}
    assert table["ready"].dt.date.to_dict() == {"today": DAY, "soon": in_days(11)}
    line = opened(store).iloc[0]
    agreed = ("today", "soon", "later", "gone", "wished")  # "withdrew" did so after the day, and counts
    assert (line["counts"]["customers"], line["who"], line["about"]["why"]) == (
        len(agreed), "tester", "summer wishes"
    )  # fmt: skip
    assert len(opened(store)) == 1
    assert wb.privacy.audit.verify(store.path).is_whole


def test_a_page_or_dictionary_tells_no_birthday(sealed):
    store, names = sealed
    answer = triggers(store, DAY, kinds="birthday", reason="summer wishes")
    told = json.dumps(answer.to_dict(), ensure_ascii=False) + answer._repr_html_()
    assert answer.to_dict()["counts"] == {"birthday": 2}
    for name in names:
        assert name not in told
    for text in answer.table["why_en"]:
        assert "1980" not in text
        assert "1990" not in text


def test_a_reason_is_words(sealed):
    with pytest.raises(PrivacyError, match="opened only for a reason"):
        triggers(sealed[0], DAY, kinds="birthday", reason="x")


@pytest.mark.parametrize(("day", "kept"), [("2026-02-25", "2026-03-01"), ("2028-02-25", "2028-02-29")])
def test_a_birthday_of_29_february_is_kept_on_1_march_in_other_years(store, day, kept):
    fill(
        store,
        customers=[{**people("leap")[0], "birth_date": dt.date(2000, 2, 29)}],
        consent=[permit("email", True, 1_000, customer="leap")],
    )
    answer = triggers(store, day, kinds="birthday", reason="wishes")
    assert answer.table["event"].dt.strftime("%Y-%m-%d").tolist() == [kept]


def test_every_birthday_of_the_demo_world_that_may_be_wished_is_found(demo_store):
    answer = triggers(demo_store, LAST, kinds="birthday", days_ahead=6, reason="test of birthdays")
    born = demo_store.query("SELECT customer_id, birth_date FROM customers").to_pandas().dropna()
    born = born.set_index("customer_id")["birth_date"]
    week = {(LAST + dt.timedelta(days=at)).strftime("%m-%d") for at in range(7)}
    theirs = {name for name, day in born.items() if day.strftime("%m-%d") in week}
    agreed = granted_now(demo_store)
    told = demo_store.query(
        "SELECT customer_id, max(local_date) AS last FROM interactions WHERE direction = 'outbound' "
        "GROUP BY 1"
    ).to_pandas()
    last = told.set_index("customer_id")["last"]
    fresh = {name for name in theirs & {who for who, _ in agreed} if last.get(name, dt.date.min) < LAST}
    sure = {name for name in fresh if last.get(name, dt.date.min) < LAST - dt.timedelta(days=3)}
    assert len(sure) > 150
    assert sure <= set(answer.table["customer_id"]) <= fresh
