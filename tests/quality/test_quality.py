"""The review of a workspace: what is planted is told with its action, and a clean one passes."""

from __future__ import annotations

import datetime as dt
import json
from itertools import pairwise

import pandas as pd
import pyarrow as pa
import pytest

import workbench as wb
from workbench import quality
from workbench.data import Change
from workbench.quality.answer import AREAS
from workbench.quality.days import gaps

FIRST = dt.date(2026, 3, 1)
DAYS = 40
TODAY = FIRST + dt.timedelta(DAYS)


def report(cost=100.0, missing=(), days=DAYS, currency="CNY", hour="", seed=0):
    """An Ocean Engine export of one campaign, with its totals row."""
    lines = [f"时间,账户ID,项目ID,消耗（{currency}）,展示数,点击数,转化数"]
    total = 0.0
    for number in range(days):
        if number in missing:
            continue
        day, shown = FIRST + dt.timedelta(number), 5000 + 7 * number + seed
        spent = round(cost + number, 2)
        total += spent
        lines.append(f"{day}{hour},7001{seed},8001,{spent:.2f},{shown},{shown // 50},3")
    return "\n".join([*lines, f"总计,,,{total:.2f},,,"]) + "\n"


@pytest.fixture
def store(tmp_path):
    return wb.open(tmp_path / "workspace")


@pytest.fixture
def bring(store, tmp_path):
    """Import a text as a file."""

    def load(text, name="a.csv", **given):
        file = tmp_path / name
        file.write_text(text, encoding="utf-8")
        return wb.data.load(store, file, **given)

    return load


def found(store, **given):
    review = quality.review(store, given.pop("today", TODAY), **given)
    return review, {item.finding.code: item for item in review.items if item.status != "PASS"}


def test_a_clean_workspace_passes_in_every_area(store, bring):
    assert bring(report()).status == "PASS"
    review, odd = found(store)
    assert (review.status, odd) == ("PASS", {}), review
    assert [item.area for item in review.items] == list(AREAS)
    assert review.as_of == FIRST + dt.timedelta(DAYS - 1)
    assert review.moving_until == review.as_of + dt.timedelta(30)
    assert review.data_version == store.version


def test_an_empty_workspace_fails_with_the_way_out(store):
    review, odd = found(store)
    assert review.status == "FAIL"
    assert "workbench import" in odd["quality.empty"].action("en")


def test_rows_aside_are_told_until_they_come_back(store, bring, tmp_path):
    first = bring(report().replace("2026-03-05,", "2026-13-05,"))
    review, odd = found(store)
    assert review.status == "REVIEW"
    aside = odd["quality.aside"]
    assert (aside.where, aside.import_id) == ("a.csv", first.import_id)
    assert "1 of 40 rows" in aside.sentence("en")
    assert f"workbench review {first.import_id[:8]}" in aside.action("en")
    assert "totals_explained" in odd
    assert "bad_date" not in odd, "its row says so"
    sheet = wb.data.export_quarantine(store, first.import_id, tmp_path / "rejected.csv")
    sheet.write_text(sheet.read_text("utf-8-sig").replace("2026-13-05", "2026-03-05"), encoding="utf-8")
    wb.data.requeue(store, first.import_id, sheet)
    assert found(store)[1] == {}


def test_rows_of_customers_aside_are_settled_when_they_came_back(store, bring, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    head = "order no,customer no,amount,ordered at\n"
    rows = [f"{number},c{number},10.00,2026-03-{number:02d} 10:00" for number in range(1, 29)]
    text = head + "\n".join([*rows, "29,,10.00,2026-13-29 10:00"]) + "\n"
    how = {"table": "transactions", "timezone": "Asia/Shanghai", "currency": "CNY"}
    names = {"transaction_id": "order no", "customer_id": "customer no"}
    names |= {"amount": "amount", "time": "ordered at"}
    first = bring(text, "orders.csv", mapping=names, **how)
    assert "quality.aside" in found(store)[1]
    sheet = wb.data.export_quarantine(store, first.import_id, tmp_path / "rejected.csv")
    mended = sheet.read_text("utf-8-sig").replace(",29,,", ",29,c1,").replace("-13-29 ", "-03-29 ")
    sheet.write_text(mended, encoding="utf-8")
    assert wb.data.requeue(store, first.import_id, sheet).rows_ok == 1
    review, odd = found(store)
    assert (review.status, odd) == ("PASS", {}), review


def test_a_workspace_of_customers_alone_is_not_empty_and_not_up_to_date(store, bring, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    bring("customer no,region\nc1,north\nc2,south\n", "customers.csv", table="customers")
    review, _ = found(store)
    assert review.headline("en").endswith("No ad data yet; other tables (version 1)")
    assert "暂无广告数据" in review.headline("zh")
    said = {item.area: item.sentence("en") for item in review.items if item.area in ("freshness", "gaps")}
    assert said["freshness"] == "There is no ad data that could be late."
    assert said["gaps"] == "There is no ad data that could have gaps."


def test_many_rows_aside_fail(store, bring):
    bring(report().replace("2026-03-0", "2026-13-0"))
    review, odd = found(store)
    assert review.status == "FAIL"
    assert odd["quality.aside"].status == "FAIL"


def test_totals_that_do_not_agree_fail_until_the_whole_report_is_there(store, bring):
    lines = report().splitlines()
    bring("\n".join([*lines[:20], *lines[21:]]) + "\n")
    review, odd = found(store)
    assert review.status == odd["totals_differ"].status == "FAIL"
    bring(report(), "whole.csv")
    assert found(store)[0].status == "PASS"


def test_missing_days_and_old_data_are_told(store, bring):
    bring(report(missing=(10, 11, 20)))
    review, odd = found(store, today=TODAY + dt.timedelta(5))
    assert review.status == "REVIEW"
    assert "Days without any data: 3 (2026-03-11 – 2026-03-12, 2026-03-21)" in odd["quality.gap"].sentence(
        "en"
    )
    assert "9 Apr 2026, 6 days ago" in odd["quality.late"].sentence("en")
    assert "2026年4月9日" in odd["quality.late"].sentence("zh")


def test_an_account_that_stops_is_missed_and_one_that_ended_is_not(store, bring):
    bring(report())
    bring(report(seed=1, days=DAYS - 10), "b.csv")
    assert found(store)[1]["quality.stops"].where == "oceanengine · 70011"
    assert "quality.stops" not in found(store, thresholds=quality.Thresholds(ended=9))[1]


def test_the_same_spend_under_two_accounts_is_told(store, bring):
    bring(report())
    bring("导出\n" + report(), "again.csv", account="Shop")
    odd = found(store)[1]["quality.alike"]
    assert {odd.where, odd.finding.values["other"]} == {"oceanengine · 70010", "oceanengine · Shop"}
    assert odd.finding.values["days"] == DAYS
    bring(report(cost=250, seed=2), "other.csv")
    assert len([item for item in quality.review(store, TODAY).items if item.area == "duplicates"]) == 1


def test_orders_under_two_ids_are_told(store):
    orders = pd.DataFrame(
        {
            "transaction_id": [f"t{number}" for number in range(20)],
            "customer_id": [f"c{number % 10}" for number in range(20)],
            "kind": "order",
            "time": [
                pd.Timestamp("2026-03-01", tz="UTC") + pd.Timedelta(hours=number % 10) for number in range(20)
            ],
            "currency": "CNY",
            "amount_micros": 5_000_000,
        }
    )
    store.commit([Change("transactions", pa.Table.from_pandas(orders, preserve_index=False))])
    item = found(store)[1]["quality.copies"]
    assert "10 of 20 orders" in item.sentence("en")


def test_currencies_are_told_when_unknown_mixed_or_without_a_rate(store, bring):
    text = "date,account,campaign,impressions,clicks,cost\n2026-04-09,A,x,9000,90,9.5\n"
    bring(text, "none.csv", source="generic")
    bring(text.replace(",A,", ",B,"), "usd.csv", source="generic", currency="USD")
    bring(text.replace("04-09,A", "04-08,B"), "eur.csv", source="generic", currency="EUR")
    odd = found(store)[1]
    assert odd["quality.no_currency"].where == "generic · A"
    assert odd["quality.mixed"].where == "generic · B"
    assert odd["quality.mixed"].finding.values["codes"] == "EUR, USD"
    assert "workbench rates" in odd["quality.no_rate"].action("en")


def test_hours_without_a_zone_and_in_two_are_told(store, bring):
    text = "STAT_TIME_HOUR,ADVERTISER_ID,CAMPAIGN_ID,IMPRESSIONS,CLICKS,SPEND,CURRENCY\n"
    row = "2026-04-0{day} 10:00:00,55,1,9000,90,9.5,USD\n"
    bring(text + row.format(day=7), "a.csv", source="tiktok_ads")
    assert found(store)[1]["quality.no_zone"].where == "tiktok_ads · 55"
    assert "no_timezone_choice" not in found(store)[1], "told once, by the data itself"
    bring(text + row.format(day=7), "a.csv", source="tiktok_ads", timezone="UTC")
    assert "quality.no_zone" not in found(store)[1]
    bring(text + row.format(day=8), "b.csv", source="tiktok_ads", timezone="America/New_York")
    assert found(store)[1]["quality.zones"].finding.values["zones"] == "America/New_York, UTC"


def test_an_imports_open_question_stays_open_until_it_is_answered(store, bring):
    text = "date,impressions,clicks,cost\n2026-04-09,9000,90,9.5\n"
    bring(text, "free.csv", currency="USD")
    assert found(store)[1]["guessed_mapping"].where == "free.csv"
    mapping = {"local_date": "date", "impressions": "impressions", "clicks": "clicks", "cost": "cost"}
    bring(text, "free.csv", currency="USD", mapping=mapping)
    assert found(store)[1] == {}


def test_a_past_version_is_reviewed_as_it_was(store, bring):
    bring(report(missing=(10,)))
    before = store.version
    bring(report(), "whole.csv")
    assert "quality.gap" not in found(store)[1]
    past = store.at(before)
    assert "quality.gap" in found(past)[1]
    assert quality.review(past).today == dt.datetime.now(dt.UTC).date()


def test_every_form_says_the_same_in_both_languages(store, bring):
    bring(report(missing=(10,)).replace("2026-03-05,", "2026-13-05,"))
    review = quality.review(store, TODAY)
    plain = json.loads(json.dumps(review.to_dict(), allow_nan=False))
    assert plain["status"] == review.status
    assert [item["code"] for item in plain["items"]] == [item.finding.code for item in review.items]
    frame = review.to_frame()
    assert frame["sentence"].tolist() == [
        item["en"]["sentence"].split(": ", 1)[-1] if item["where"] else item["en"]["sentence"]
        for item in plain["items"]
    ]
    for lang in ("en", "zh"):
        page = review.to_html(lang)
        lines = review.lines(lang)
        for item in review.items:
            assert item.sentence(lang) in "\n".join(lines)
            assert item.sentence(lang).replace("'", "&#x27;") in page
    assert all(item["en"]["sentence"] != item["zh"]["sentence"] for item in plain["items"])
    assert "缺失" in review.to_html("zh")


@pytest.mark.parametrize("seed", range(6))
def test_gaps_are_the_missing_days(seed):
    import random

    pick = random.Random(seed)
    every = [FIRST + dt.timedelta(number) for number in range(60)]
    missing = set(pick.sample(every[1:-1], seed))
    runs = gaps(set(every) - missing, every[0], every[-1], 0.9)
    covered = [start + dt.timedelta(n) for start, end in runs for n in range((end - start).days + 1)]
    assert covered == sorted(missing)
    assert all(late[0] - early[1] > dt.timedelta(1) for early, late in pairwise(runs))
    assert not gaps(set(every[:30]), every[0], every[-1], 0.9), "half of the days is no habit"


def test_the_demo_world_raises_only_what_is_planted(demo_store):
    review = quality.review(demo_store, demo_store.as_of)
    assert review.status != "FAIL", str(review)
    assert {item.area for item in review.items if item.status == "REVIEW"} <= {"gaps"}, str(review)
