"""A contact plan from a workspace alone: every rule kept, values as written down, reasons, and the gate."""

from __future__ import annotations

import datetime as dt
import json
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import workbench as wb
from workbench import schema
from workbench.errors import PrivacyError, QuestionError
from workbench.plans import contacts

ASKED = {
    "usual": {},
    "short": {"hours": 0.25, "days": 10},
    "visits": {"covered": {"visit": "call"}, "hours": 2.0, "staff": {"m03": 0, "m04": 4.0}},
    "slow": {"minutes": {"call": 20, "email": 1}, "worth_days": 365, "hour_cost": 150.0},
}


@pytest.fixture(scope="module")
def proposals(demo_store):
    return {name: contacts.propose(demo_store, **given) for name, given in ASKED.items()}


@pytest.fixture(scope="module")
def granted(demo_store):
    """(customer, channel) with consent to marketing, from the raw decisions."""
    table = demo_store.query("SELECT * FROM consent WHERE purpose IN ('marketing', 'all')").to_pandas()
    assert set(table["purpose"]) == {"marketing"}
    last = table.sort_values(["time", "granted"], ascending=[True, False]).drop_duplicates(
        ["customer_id", "channel"], keep="last"
    )
    return set(
        last[last["granted"].astype(bool)][["customer_id", "channel"]].itertuples(index=False, name=None)
    )


@pytest.fixture(scope="module")
def history(demo_store):
    """Contacts that we began."""
    rows = "customer_id, method, marketer, local_date AS day"
    found = demo_store.query(f"SELECT {rows} FROM interactions WHERE direction = 'outbound'").to_pandas()
    return found.assign(day=pd.to_datetime(found["day"]))


@pytest.mark.parametrize("name", list(ASKED))
def test_consent_caps_and_capacity_are_never_broken(demo_store, proposals, granted, history, name):
    """Judged from raw tables: nothing is shared with the proposal but its plan."""
    found, given = proposals[name], ASKED[name]
    table, covered = found.table, given.get("covered", {})
    pairs = zip(table["customer_id"], table["method"].map(lambda it: covered.get(it, it)), strict=True)
    assert set(pairs) <= granted
    assert not table["customer_id"].duplicated().any()
    assert set(table["method"]) <= {"call", "email", "sms", "wechat", *covered}
    last = history.groupby("customer_id")["day"].max()
    routine = table[table["message"] == "routine"]
    gap = (routine["day"] - routine["customer_id"].map(last)).dt.days
    known = routine["gap"].notna().to_numpy()
    assert gap[~known].isna().all()
    assert (gap[known] >= routine["routine_days"][known]).all()
    lately = history[history["day"] > table["day"].min() - pd.Timedelta(days=7)].groupby("customer_id").size()
    assert (table["customer_id"].map(lately).fillna(0) < 4).all()
    minutes = table["method"].map(found.asked.minutes)
    spent = minutes.groupby([table["marketer"], table["day"]]).sum() / 60
    hours = {who: given.get("staff", {}).get(who, found.asked.hours) for who in found.marketers}
    assert (spent <= spent.index.get_level_values(0).map(hours) + 1e-9).all()
    assert (table["day"].dt.weekday < 5).all()
    assert table["day"].dt.date.min() >= found.start > demo_store.as_of
    open_ = {item.customer_id for item in wb.customers.pressing(demo_store, limit=10_000)}
    assert open_
    assert not open_ & set(routine["customer_id"])
    assert set(table.loc[table["customer_id"].isin(open_), "message"]) <= {"complaint", "mention", "lapse"}


@pytest.mark.parametrize("name", list(ASKED))
def test_nobody_is_given_what_they_never_did(proposals, history, name):
    recent = history[history["day"] > history["day"].max() - pd.Timedelta(days=80)]
    done = set(zip(recent["marketer"], recent["method"], strict=True))
    table = proposals[name].table
    assert set(zip(table["marketer"], table["method"], strict=True)) <= done
    assert "m03" not in set(proposals["visits"].table["marketer"])


def test_a_value_is_what_a_reaction_is_worth_times_its_chance_less_harm(demo_store, proposals):
    found = proposals["usual"]
    table = found.table[found.table["message"] == "routine"]
    worth = wb.customers.fit_clv(demo_store, found.base.facts.as_of).predict(
        30, draws=100, margin=demo_store.settings.margin
    )
    meant = table["customer_id"].map(worth.set_index("customer_id")["clv"])
    assert np.allclose(table["worth"], meant)
    assert np.allclose(table["expected_value"], table["worth"] * (table["chance"] - table["harm"]))
    curve, one = found.rhythm.effects.curve, table[table["gap"] > 30].iloc[0]
    place = curve.segments.index(one["segment"]), curve.methods.index(one["method"])
    assert one["chance"] == pytest.approx(curve.chance(np.array([one["gap"]]), np.zeros(1))[0][place])
    costs = found.rhythm.effects.costs.iloc[0]
    assert one["harm"] >= costs["negative"] > 0


def test_the_demo_worlds_best_methods_and_intervals_are_shown(proposals):
    known = wb.demo.truth().method_effects
    best = known.loc[known.groupby("value_class")["reaction_probability"].idxmax()].set_index("value_class")
    shown = proposals["usual"].segments.set_index("segment")
    assert shown["method"].to_dict() == best["method"].to_dict()
    days = best.loc[shown.index, "best_interval_days"]
    assert ((shown["low"] <= days) & (days <= shown["high"])).all()


def test_what_an_event_asks_for_goes_first(demo_store, proposals):
    found = proposals["usual"]
    due = wb.contacts.triggers(demo_store, found.base.facts.as_of, 31, ("complaint", "mention", "lapse"))
    planned = found.table[found.table["message"] != "routine"]
    asked = set(zip(due.table["customer_id"], due.table["kind"], strict=True))
    assert set(zip(planned["customer_id"], planned["message"], strict=True)) <= asked
    possible = found.candidates[found.candidates["message"] == "complaint"]["customer_id"].nunique()
    assert (planned["message"] == "complaint").sum() >= 0.9 * possible > 0
    assert (planned["day"] <= planned["due"]).all()
    assert np.allclose(planned["expected_value"], planned["worth"] * planned["chance"])


def test_more_hours_bring_more_and_the_next_hour_is_worth_less(demo_store, proposals):
    usual = proposals["usual"]
    more = contacts.propose(demo_store, hours=2 * usual.asked.hours)
    assert more.plan.total_value > usual.plan.total_value
    assert more.hour_worth < usual.hour_worth
    assert max(usual.plan.gap, more.plan.gap) < 0.01
    gained = more.plan.total_value - usual.plan.total_value
    days = len(usual.load)
    assert more.hour_worth * days <= gained / usual.asked.hours * 1.02 <= 1.05 * usual.hour_worth * days


def test_the_load_is_where_an_hour_is_worth_what_it_costs(demo_store):
    found = contacts.load(demo_store, hour_cost=60.0)
    assert found.has_cost
    beside = contacts.propose(demo_store, hours=round(found.found.hours_a_day, 2))
    assert beside.hour_worth == pytest.approx(60, rel=0.35)
    assert (np.diff(found.table["hour_worth"]) < 0).all()
    assert f"{found.found.contacts_a_day:.1f}" in found.sentence("en")
    assert "60" in found.sentence("zh")
    assert "Say what an hour costs" in contacts.load(demo_store).sentence("en")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_contact_has_a_reason(demo_store, proposals, lang):
    found = proposals["usual"]
    rows = found.table.drop_duplicates("segment").to_dict("records")
    events = found.table["message"] != "routine"
    rows = [row for row in rows if row["message"] == "routine"]
    rows += found.table[found.table["gap"].isna() & ~events].head(1).to_dict("records")
    assert found.reason(found.table[events].iloc[0].to_dict(), lang).startswith(
        found.table[events].iloc[0][f"why_{lang}"]
    )
    for row in rows:
        said = found.reason(row, lang, demo_store.labels(lang))
        assert demo_store.labels(lang)["value_class", row["segment"]] in said
        assert "{" not in said
        assert (("never contacted", "从未联络")[lang == "zh"] in said) == (row["gap"] != row["gap"])
    assert [line for line in found.binds(lang) if "5,870" in line or "770" in line]
    unasked = demo_store.labels(lang)["method", "visit"]
    assert any(unasked in line for line in found.remarks(lang, demo_store.labels(lang)))


def test_a_saved_segment_is_planned_alone(demo_store):
    rule = wb.segments.rule(wb.segments.field("value_class") == "high")
    found = contacts.propose(demo_store, segment=rule)
    assert set(found.table["segment"]) == {"high"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"hours": 30}, "A day of 30 hours"),
        ({"minutes": {"call": 0}}, "of 0 minutes"),
        ({"minutes": {"fax": 2}}, "method 'fax'"),
        ({"staff": {"nobody": 2}}, "marketer 'nobody'"),
        ({"days": 40}, "The plan has 40 days"),
        ({"worth_days": 0}, "counts 0 days"),
        ({"hour_cost": -1}, "An hour costs -1"),
        ({"purpose": "sales"}, "purpose of consent 'sales'"),
        ({"covered": {"visit": "fax"}}, "channel of consent 'fax'"),
        ({"hours": 0}, "No marketer has an hour"),
    ],
    ids=["hours", "minutes", "method", "marketer", "days", "worth", "cost", "purpose", "channel", "nobody"],
)
def test_one_sentence_says_what_is_wrong(demo_store, given, says):
    with pytest.raises(QuestionError, match=says):
        contacts.propose(demo_store, **given)


def test_an_empty_workspace_says_what_is_missing(tmp_path):
    with pytest.raises(QuestionError, match="no interactions, so nobody knows what contacts bring"):
        contacts.propose(wb.data.open(tmp_path))


@pytest.fixture(scope="module")
def own(demo_store, tmp_path_factory):
    """A demo world of one's own, which takes audit lines and decisions, and its plan."""
    folder = tmp_path_factory.mktemp("own") / "demo"
    shutil.copytree(demo_store.path, folder)
    store = wb.data.open(folder)
    return store, contacts.propose(store)


def log(store):
    file = store.path / "audit" / "log.jsonl"
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []


def test_a_work_list_leaves_through_the_gate_and_stands_in_the_log(own):
    store, found = own
    mine = found.whose("m05")
    gone = mine[mine["method"] == "wechat"]["customer_id"].iloc[0]
    now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    no = {"customer_id": gone, "purpose": "marketing", "channel": "wechat", "granted": False, "time": now}
    store.commit(
        [wb.data.Change("consent", pa.Table.from_pylist([no], schema=schema.TABLES["consent"].arrow()))]
    )
    before = len(log(store))
    with pytest.raises(PrivacyError, match="only for a reason"):
        contacts.work_list(store, found, "m05", "")
    opened = contacts.work_list(store, found, "m05", "calls of the week", "Lin")
    assert set(opened.table["customer_id"]) == set(mine["customer_id"]) - {gone}
    assert [list(opened.table[name].notna()).count(False) for name in ("name", "phone", "email")] == [0, 0, 0]
    assert any("1 held back" in line and "withdrawn" in line for line in opened.held())
    lines = [line for line in log(store)[before:] if line["what"] == "work_list_opened"]
    assert {line["channel"] for line in lines} == set(mine["method"])
    assert all(line["who"] == "Lin" and line["why"] == "calls of the week" for line in lines)
    assert sum(line["counts"]["released"] for line in lines) == len(opened.table)
    assert opened.table["name"].iloc[0] not in json.dumps(log(store)[before:], ensure_ascii=False)


def test_a_work_list_as_csv_and_as_a_calendar(own):
    import io

    from icalendar import Calendar

    store, found = own
    opened = contacts.work_list(store, found, "m05", "calls of the week")
    content = opened.to_csv("zh", store.labels("zh"))
    assert content.startswith(b"\xef\xbb\xbf")
    shown = pd.read_csv(io.BytesIO(content), dtype=str)
    assert list(shown.columns[:3]) == ["日期", "时间", "顺序"]
    assert len(shown) == len(opened.table)
    assert shown["电话"].str.startswith("'+").all()  # a spreadsheet would run it
    events = Calendar.from_ical(opened.to_ical("en", store.labels("en"))).walk("VEVENT")
    spoken = opened.table[opened.table["method"].map(found.asked.minutes) >= 1]
    short = opened.table.drop(spoken.index).drop_duplicates(["day", "method"])
    assert len(events) == len(spoken) + len(short)
    first = spoken.iloc[0]
    entry = next(event for event in events if first["customer_id"] in str(event["UID"]))
    assert first["name"] in str(entry["SUMMARY"])
    assert first["phone"] in str(entry["DESCRIPTION"])
    assert entry["DTSTART"].dt.strftime("%Y-%m-%d %H:%M") == f"{first['day']:%Y-%m-%d} {first['start']}"
    assert str(entry["DTSTART"].dt.utcoffset()) == "8:00:00"  # the workspace's clock


def test_what_is_shown_of_a_plan_names_no_customer(proposals):
    found = proposals["usual"]
    told = json.dumps(found.to_dict(), ensure_ascii=False) + found._repr_html_()
    assert not set(found.table["customer_id"].head(2_000)) & set(told.replace('"', " ").split())
    assert not hasattr(found, "to_csv")  # the page would offer it
