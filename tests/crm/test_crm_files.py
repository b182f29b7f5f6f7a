"""CRM files: recognised or named, read exactly, merged by key, doubts told, nothing lost."""

from __future__ import annotations

import datetime as dt

import pytest
from crm_helpers import CUSTOMERS, ORDERS, codes, load, orders

import workbench as wb

UTC = dt.UTC


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_chinese_customers_are_recognised_in_any_encoding(workspace, export, rows, pseudonym, encoding):
    review = load(workspace, export(CUSTOMERS, "x.csv", encoding))
    assert (review.table, review.status, review.rows_ok) == ("customers", "REVIEW", 2)
    assert "crm.guessed_table" in codes(review)
    first, second = rows("customers")
    assert first["customer_id"] == pseudonym("1")
    assert (first["gender"], first["region"], first["created_date"]) == ("male", "上海", dt.date(2024, 5, 1))
    assert second["created_date"] == dt.date(2024, 5, 2)


def test_personal_values_are_in_no_table_and_in_no_sentence(workspace, export):
    file = export(CUSTOMERS.replace("zhang@example.com", "zhang(at)example"), "customers.csv")
    review = load(workspace, file)
    told = str(review) + str(workspace.query("SELECT * FROM imports").to_pylist())
    table = str(workspace.query("SELECT * FROM customers").to_pylist())
    assert "crm.bad_email" in codes(review)
    for value in ("张三", "138", "zhang", "1980", "1975", "li@"):
        assert value not in told.replace("z…", "")
        assert value not in table


def test_the_vault_has_what_the_file_says(workspace, export):
    from workbench.privacy import open_personal

    load(workspace, export(CUSTOMERS, "customers.csv"))
    values = open_personal(workspace, "1", "a test of the vault").values
    assert (values["name"], values["email"]) == ("张三", "zhang@example.com")
    assert str(values["birth_date"]) == "1980-02-03"


def test_personal_values_that_a_file_has_no_column_for_stay(workspace, export):
    from workbench.privacy import open_personal

    load(workspace, export(CUSTOMERS, "customers.csv"))
    load(workspace, export("customer_id,email\n1,new@example.com\n", "mails.csv"), "customers")
    load(workspace, export("customer_id,region\n1,West\n", "regions.csv"), "customers")
    values = open_personal(workspace, "1", "a test of the vault").values
    assert (values["name"], values["email"], values["source_id"]) == ("张三", "new@example.com", "1")
    assert str(values["birth_date"]) == "1980-02-03"
    load(workspace, export("customer_id,email\n1,\n", "cleared.csv"), "customers")
    assert "email" not in open_personal(workspace, "1", "a test of the vault").values


def test_the_same_file_again_changes_nothing(workspace, export):
    for text, name in ((CUSTOMERS, "customers.csv"), (ORDERS, "orders.csv")):
        first = load(workspace, export(text, name))
        version = workspace.version
        again = load(workspace, export(text, name))
        assert not first.unchanged
        assert again.unchanged
        assert again.version == version == workspace.refresh()


def test_rows_of_the_same_key_are_replaced_and_others_stay(workspace, export, rows):
    load(workspace, export(ORDERS, "orders.csv"))
    review = orders(
        workspace, export, "B,1,2026-03-02T10:00:00+08:00,25,CNY", "C,2,2026-03-03T10:00:00+08:00,5,CNY"
    )
    assert [item.values for item in review.findings if item.code == "crm.moves"] == [
        {"new": "1", "changed": "1", "same": "0"}
    ]
    amounts = {row["transaction_id"]: row["amount_micros"] for row in rows("transactions")}
    assert amounts == {"A": 10_500_000, "B": 25_000_000, "C": 5_000_000}


def test_columns_that_a_file_does_not_have_stay_as_they_were(workspace, export, rows):
    load(workspace, export("customer_id,region,city,gender\n1,East,Rome,f\n", "customers.csv"))
    load(workspace, export("customer_id,region\n1,West\n2,North\n", "customers.csv"), "customers")
    found = {row["region"]: row for row in rows("customers")}
    assert (found["West"]["city"], found["West"]["gender"]) == ("Rome", "female")
    assert found["North"]["city"] is None


def test_an_older_file_after_a_newer_one_wins_because_it_was_asked_for(workspace, export, rows):
    old = export("customer_id,region\n1,East\n", "old.csv")
    new = export("customer_id,region\n1,West\n", "new.csv")
    for file in (old, new, old):
        load(workspace, file, "customers")
    assert rows("customers")[0]["region"] == "East"


def test_the_last_import_is_the_last_one_also_where_the_clock_went_back(workspace, export, rows, monkeypatch):
    from types import SimpleNamespace

    from workbench.crm import entry

    back = iter(range(1, 99))
    clock = SimpleNamespace(now=lambda zone: dt.datetime.now(zone) - dt.timedelta(days=next(back)))
    monkeypatch.setattr(entry, "dt", SimpleNamespace(datetime=clock, UTC=dt.UTC))
    old = export("customer_id,region\n1,East\n", "old.csv")
    new = export("customer_id,region\n1,West\n", "new.csv")
    for file, region in ((old, "East"), (new, "West"), (new, "West"), (old, "East"), (new, "West")):
        load(workspace, file, "customers")
        assert rows("customers")[0]["region"] == region
    monkeypatch.undo()
    assert load(workspace, new, "customers").unchanged


def test_leads_keep_their_latest_stage(workspace, export, rows):
    head = "lead_id,customer_id,stage,updated_at,owner\n"
    file = export(
        head + "L,1,proposal,2026-03-05T00:00:00Z,Ann\nL,1,new,2026-03-01T00:00:00Z,Ann\n", "leads.csv"
    )
    review = load(workspace, file)
    assert (review.rows_ok, review.rows_quarantined) == (1, 1)
    assert "crm.older" in codes(review)
    late = load(workspace, export(head + "L,1,new,2026-03-02T00:00:00Z,Bob\n", "leads.csv"))
    assert "crm.older_than_stored" in codes(late)
    assert (rows("leads")[0]["stage"], rows("leads")[0]["owner"]) == ("proposal", "Ann")


def test_the_same_row_twice_counts_once_and_contradictions_are_set_aside(workspace, export, rows):
    row = "A,1,2026-03-01T00:00:00Z,10,CNY"
    review = orders(
        workspace, export, row, row, "B,1,2026-03-01T00:00:00Z,1,CNY", "B,1,2026-03-01T00:00:00Z,2,CNY"
    )
    assert (review.rows_in, review.rows_ok, review.rows_quarantined) == (4, 1, 3)
    reasons = dict(zip(review.quarantine["line"], review.quarantine["reasons"], strict=True))
    assert set(reasons) == {3, 4, 5}
    assert "4, 5" in reasons[4]
    assert "4, 5" in reasons[5]
    assert [row["transaction_id"] for row in rows("transactions")] == ["A"]


def test_lines_of_one_product_in_one_order_are_added(workspace, export, rows):
    text = "order_id,sku,qty,amount\nA,p,1,10\nA,p,2,18.5\nA,q,1,3\nA,q,1,3\n"
    review = load(workspace, export(text, "order_lines.csv"))
    assert (review.rows_ok, review.rows_quarantined) == (3, 1)
    assert "crm.added" in codes(review)
    found = {row["product_id"]: (row["quantity"], row["amount_micros"]) for row in rows("order_lines")}
    assert found == {"p": (3, 28_500_000), "q": (1, 3_000_000)}


def test_strangers_stay_and_are_told(workspace, export):
    load(workspace, export(CUSTOMERS, "customers.csv"))
    review = orders(workspace, export, "A,1,2026-03-01T00:00:00Z,1,CNY", "B,99,2026-03-01T00:00:00Z,1,CNY")
    assert review.rows_ok == 2
    (told,) = [item for item in review.findings if item.code == "crm.strangers"]
    assert (told.status, told.lines, told.values["table"]) == ("REVIEW", (3,), "customers")


@pytest.mark.parametrize(
    ("kind", "amount", "status", "stored", "meant"),
    [
        ("", "10", "", 10_000_000, "order"),
        ("", "-10", "", -10_000_000, "refund"),
        ("退款", "10", "", -10_000_000, "refund"),
        ("Refund", "-10", "", -10_000_000, "refund"),
        ("contract", "10", "", 10_000_000, "contract"),
        ("order", "10", "已取消", 10_000_000, "cancelled"),
        ("order", "10", "pending", 10_000_000, "open"),
        ("order", "10", "已完成", 10_000_000, "order"),
    ],
)
def test_what_money_a_transaction_is(workspace, export, rows, kind, amount, status, stored, meant):
    line = f"A,1,2026-03-01T00:00:00Z,{amount},CNY,{kind},{status}"
    orders(workspace, export, line, head="order_id,customer_id,time,amount,currency,kind,status")
    (row,) = rows("transactions")
    assert (row["amount_micros"], row["kind"]) == (stored, meant)


def test_guessed_refunds_are_told(workspace, export):
    review = orders(workspace, export, "A,1,2026-03-01T00:00:00Z,-10,CNY")
    assert "crm.guessed_refunds" in codes(review)


@pytest.mark.parametrize(
    ("header", "value", "micros"),
    [
        ("amount", "1,234.50", 1_234_500_000),
        ("amount", "￥1,234.50", 1_234_500_000),
        ("金额（分）", "123450", 1_234_500_000),
        ("amount_cents", "123450", 1_234_500_000),
        ("金额(元)", "1234.5", 1_234_500_000),
        ("total", "1.234,50", 1_234_500_000),
        ("amount", "0.000001", 1),
        ("amount", "(12.00)", -12_000_000),
    ],
)
def test_money_is_read_exactly(workspace, export, rows, header, value, micros):
    head = f"order_id,customer_id,time,{header}"
    mapping = {"amount": header}
    orders(
        workspace, export, f'A,1,2026-03-01T00:00:00Z,"{value}"', head=head, mapping=mapping, currency="CNY"
    )
    assert rows("transactions")[0]["amount_micros"] == micros


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01 10:00:00", dt.datetime(2026, 3, 1, 2, tzinfo=UTC)),
        ("2026/3/1 10:00", dt.datetime(2026, 3, 1, 2, tzinfo=UTC)),
        ("2026年3月1日 10:00", dt.datetime(2026, 3, 1, 2, tzinfo=UTC)),
        ("2026/3/1 下午3:07", dt.datetime(2026, 3, 1, 7, 7, tzinfo=UTC)),
        ("2026-03-01T10:00:00.123456Z", dt.datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-03-01T10:00:00+09:00", dt.datetime(2026, 3, 1, 1, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 10:00:00 -0500", dt.datetime(2026, 3, 2, 15, tzinfo=UTC)),
        ("1772330400", dt.datetime(2026, 3, 1, 2, tzinfo=UTC)),
        ("1772330400123", dt.datetime(2026, 3, 1, 2, 0, 0, 123000, tzinfo=UTC)),
        ("20260301100000", dt.datetime(2026, 3, 1, 2, tzinfo=UTC)),
        ("2026-03-01", dt.datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("25/12/2025 10:00", dt.datetime(2025, 12, 25, 2, tzinfo=UTC)),
    ],
)
def test_moments_are_read_in_their_zone(workspace, export, rows, text, moment):
    orders(workspace, export, f'A,1,"{text}",1,CNY', timezone="Asia/Shanghai")
    (row,) = rows("transactions")
    assert row["time"] == moment
    assert row["local_date"] == (moment + dt.timedelta(hours=8)).date()


def test_naive_times_need_a_zone(workspace, export):
    review = orders(workspace, export, "A,1,2026-03-01 10:00:00,1,CNY")
    assert review.status == "FAIL"
    assert codes(review) == {"crm.no_zone"}
    assert workspace.version == 0


def test_the_workspace_may_say_the_zone(workspace, export, rows):
    from dataclasses import replace

    from workbench import settings

    settings.save(workspace.path, replace(workspace.settings, timezone="Europe/Berlin"))
    store = wb.open(workspace.path)
    orders(store, export, "A,1,2026-07-01 10:00:00,1,CNY")
    assert rows("transactions")[0]["time"] == dt.datetime(2026, 7, 1, 8, tzinfo=UTC)


def test_a_time_that_the_clock_skips_is_set_aside(workspace, export):
    review = orders(
        workspace,
        export,
        "A,1,2026-03-29 02:30:00,1,EUR",
        "B,1,2026-10-25 02:30:00,1,EUR",
        timezone="Europe/Berlin",
    )
    assert (review.rows_ok, review.quarantine["line"].tolist()) == (1, [2])
    assert "crm.skipped_time" in codes(review)


def test_instants_without_a_zone_say_that_days_are_utc(workspace, export, rows):
    review = orders(workspace, export, "A,1,2026-03-01T23:00:00Z,1,CNY")
    assert "crm.utc_days" in codes(review)
    assert rows("transactions")[0]["local_date"] == dt.date(2026, 3, 1)


def test_ambiguous_dates_are_refused_for_the_whole_file(workspace, export):
    head = "customer_id,birth_date\n"
    review = load(workspace, export(head + "1,01/02/1980\n", "customers.csv"), "customers")
    assert codes(review) == {"dates_ambiguous"}
    review = load(workspace, export(head + "1,01/02/1980\n", "customers.csv"), "customers", date_order="dmy")
    assert review.rows_ok == 1


@pytest.mark.parametrize(
    ("table", "text", "code"),
    [
        ("customers", "customer_id,birth_date\n1,2099-01-01\n", "crm.future_birth"),
        ("customers", "customer_id,birth_date\n1,1980-02-30\n", "crm.bad_date"),
        ("customers", "customer_id,name\n,A\n", "crm.no_value"),
        ("customers", "customer_id,name\n1.2346E+17,A\n", "crm.cut_id"),
        ("order_lines", "transaction_id,product_id,quantity\nA,p,-1\n", "crm.negative_quantity"),
        ("order_lines", "transaction_id,product_id,quantity\nA,p,1.5\n", "not_whole"),
        ("order_lines", "transaction_id,product_id,quantity\nA,p,two\n", "bad_number"),
        (
            "consent",
            "customer_id,purpose,channel,granted,time\n1,ads,sms,maybe,2026-01-01T00:00Z\n",
            "crm.bad_bool",
        ),
        ("events", "event_id,customer_id,time\n1,1,soon\n", "crm.bad_time"),
        ("campaigns", "campaign_id,start_date,end_date\n1,2026-02-01,2026-01-01\n", "crm.ends_before"),
        (
            "transactions",
            "transaction_id,customer_id,time,amount,currency\n1,1,2026-01-01T00:00Z,1,XYZ\n",
            "bad_currency",
        ),
        ("transactions", "transaction_id,customer_id,time,amount,currency\n1,1,,1,EUR\n", "crm.no_time"),
    ],
)
def test_a_row_that_breaks_a_rule_is_set_aside_with_the_reason(workspace, export, table, text, code):
    review = load(workspace, export(text, "x.csv"), table)
    assert review.status == "FAIL"  # it was the only row
    assert code in codes(review)
    assert review.quarantine["line"].tolist() == [2]
    assert review.quarantine["raw"].tolist() == [text.splitlines()[1]]
    assert review.quarantine["reasons"][0]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("email", "a(at)b.com", "crm.bad_email"),
        ("phone", "12", "crm.bad_phone"),
        ("phone", "call me", "crm.bad_phone"),
        ("phone", "1.38E+10", "crm.cut_phone"),
        ("created_date", "2099-01-01", "crm.future_date"),
    ],
)
def test_a_doubtful_value_stays_and_is_told(workspace, export, column, value, code):
    review = load(workspace, export(f"customer_id,{column}\n1,{value}\n", "customers.csv"), "customers")
    assert (review.status, review.rows_ok) == ("REVIEW", 1)
    assert code in codes(review)


@pytest.mark.parametrize("value", ["+86 138-0013-8000", "(030) 12 34 56", "13800138000", "tel:+49-30-1234"])
def test_phones_in_usual_forms_are_fine(workspace, export, value):
    review = load(workspace, export(f"customer_id,phone\n1,{value}\n", "customers.csv"), "customers")
    assert not codes(review) & {"crm.bad_phone", "crm.cut_phone"}


def test_rows_without_an_id_get_one_from_their_content(workspace, export, rows):
    head = "customer_id,time,interaction,channel\n"
    touch = "7,2026-03-01T10:00:00Z,click,search\n"
    review = load(workspace, export(head + touch + touch, "t.csv"), "events", timezone="UTC")
    assert {"crm.made_ids", "crm.kept_copies"} <= codes(review)
    assert len({row["event_id"] for row in rows("events")}) == 2
    more = load(
        workspace,
        export(head + touch + "8,2026-03-02T10:00:00Z,click,search\n" + touch, "t.csv"),
        "events",
        timezone="UTC",
    )
    assert not more.unchanged
    assert len(rows("events")) == 3


def test_ids_that_a_frame_made_floats_are_the_same_ids(workspace, export, pseudonym, rows):
    load(workspace, export("customer_id,region\n42.0,East\n", "customers.csv"), "customers")
    assert rows("customers")[0]["customer_id"] == pseudonym("42")


def test_constants_fill_a_column(workspace, export, rows):
    mapping = {
        "purpose": "=marketing",
        "channel": "=email",
        "granted": "newsletter",
        "time": "=2026-01-01T00:00:00Z",
    }
    load(workspace, export("customer_id,newsletter\n1,是\n2,否\n", "x.csv"), "consent", mapping=mapping)
    assert [(row["channel"], row["granted"]) for row in rows("consent")] == [
        ("email", True),
        ("email", False),
    ]


def test_consent_is_a_history(workspace, export, rows):
    text = "customer_id,purpose,channel,granted,time\n1,marketing,email,yes,2026-01-01T00:00Z\n1,marketing,email,no,2026-02-01T00:00Z\n"  # noqa: E501
    review = load(workspace, export(text, "consent.csv"), "consent")
    assert review.rows_ok == 2
    assert [row["granted"] for row in rows("consent")] == [True, False]
