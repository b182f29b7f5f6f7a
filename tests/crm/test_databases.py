"""CRM tables from real servers: types, watermarks, quarantine, refusals; and no credential anywhere."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import servers
from workbench_files import every_byte

import workbench as wb
from workbench.errors import InputError, MissingExtraError

UTC = dt.UTC
ORDERS = {
    "postgresql": "CREATE TABLE orders (order_id bigint PRIMARY KEY, customer_id int, order_time timestamptz, "  # noqa: E501
    "amount numeric(14,2), status text, updated_at timestamptz)",
    "mysql": "CREATE TABLE orders (order_id bigint PRIMARY KEY, customer_id int, order_time timestamp NULL, "
    "amount decimal(14,2), status enum('paid','cancelled','refund pending'), updated_at timestamp(6) NULL)",
}


def order(number, amount="10.00", status="paid", updated="2026-03-01 10:00:00+00:00", customer=7):
    return (number, customer, "2026-03-01 09:30:00+00:00", amount, status, updated)


@pytest.fixture
def orders(database):
    """A database with a table of orders."""
    database.run(ORDERS[database.kind])
    if database.kind == "mysql":
        database.run("SET time_zone = '+00:00'", "SET sql_mode = ''")
    return database


def fill(orders, *rows):
    cut = [tuple(v.removesuffix("+00:00") if isinstance(v, str) else v for v in row) for row in rows]
    orders.fill("orders", cut if orders.kind == "mysql" else list(rows))


def load(workspace, orders, **more):
    return wb.data.load(workspace, orders.url("orders"), table="transactions", currency="EUR", **more)


def test_orders_come_in_exactly(workspace, orders, rows, pseudonym):
    fill(orders, order(1, "999999999999.99"), order(2, "0.01"), order(3, "-5.10"))
    review = load(workspace, orders, timezone="Asia/Shanghai")
    assert (review.rows_in, review.rows_ok, review.rows_quarantined) == (3, 3, 0)
    assert review.source == orders.kind
    first, second, third = rows("transactions")
    assert [row["amount_micros"] for row in (first, second, third)] == [
        999_999_999_999_990_000,
        10_000,
        -5_100_000,
    ]
    assert third["kind"] == "refund"
    assert first["customer_id"] == pseudonym("7")
    assert first["time"] == dt.datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert first["local_date"] == dt.date(2026, 3, 1)
    assert first["transaction_id"] == "1"
    assert first["currency"] == "EUR"


def test_a_later_load_reads_only_what_is_newer(workspace, orders, rows):
    fill(orders, order(1), order(2, updated="2026-03-01 11:00:00.000001+00:00"))
    first = load(workspace, orders, watermark="updated_at")
    assert first.rows_in == 2
    again = load(workspace, orders, watermark="updated_at")
    assert (again.status, again.unchanged, again.rows_in) == ("PASS", True, 0)
    fill(orders, order(3, updated="2026-03-01 12:00:00+00:00"))
    later = load(workspace, orders, watermark="updated_at")
    assert (later.rows_in, later.rows_ok) == (1, 1)
    assert {row["transaction_id"] for row in rows("transactions")} == {"1", "2", "3"}


def test_rows_at_the_watermark_are_neither_lost_nor_doubled(workspace, orders, rows):
    fill(orders, order(1), order(2))
    load(workspace, orders, watermark="updated_at")
    fill(orders, order(3))  # committed late, at the very same moment
    review = load(workspace, orders, watermark="updated_at")
    assert review.rows_ok == 3
    assert {row["transaction_id"] for row in rows("transactions")} == {"1", "2", "3"}
    assert len(rows("transactions")) == 3
    assert load(workspace, orders, watermark="updated_at").unchanged


def test_a_change_at_the_watermark_is_seen(workspace, orders, rows):
    fill(orders, order(1))
    load(workspace, orders, watermark="updated_at")
    orders.run("UPDATE orders SET amount = 12.5")
    load(workspace, orders, watermark="updated_at")
    assert [row["amount_micros"] for row in rows("transactions")] == [12_500_000]


def test_rows_without_a_watermark_come_every_time(workspace, orders, rows):
    fill(orders, order(1), order(2, updated=None))
    load(workspace, orders, watermark="updated_at")
    orders.run("UPDATE orders SET amount = 77 WHERE order_id = 2")
    load(workspace, orders, watermark="updated_at")
    assert {row["transaction_id"]: row["amount_micros"] for row in rows("transactions")}["2"] == 77_000_000


def test_a_growing_number_is_a_watermark_and_stays_exact(workspace, orders, rows):
    big = 9_007_199_254_740_993  # not a float64
    fill(orders, order(big), order(big + 1))
    load(workspace, orders, watermark="order_id")
    fill(orders, order(big + 2))
    review = load(workspace, orders, watermark="order_id")
    assert review.rows_in == 1
    assert len(rows("transactions")) == 3


def test_rows_that_became_visible_late_are_not_lost(workspace, orders, rows):
    fill(orders, order(1), order(2, updated="2026-03-01 11:00:00+00:00"))
    load(workspace, orders, watermark="updated_at")
    fill(orders, order(3, updated="2026-03-01 10:50:00+00:00"))  # committed late
    review = load(workspace, orders, watermark="updated_at")
    assert review.rows_in == 2
    assert {row["transaction_id"] for row in rows("transactions")} == {"1", "2", "3"}
    orders.run("UPDATE orders SET amount = 12.5 WHERE order_id = 3")
    load(workspace, orders, watermark="updated_at")
    found = {row["transaction_id"]: row["amount_micros"] for row in rows("transactions")}
    assert found == {"1": 10_000_000, "2": 10_000_000, "3": 12_500_000}
    assert load(workspace, orders, watermark="updated_at").unchanged


def test_a_clock_that_was_ahead_hides_no_later_change(workspace, orders, rows):
    fill(orders, order(1), order(2, updated="2037-01-01 00:00:00+00:00"))
    first = load(workspace, orders, watermark="updated_at")
    assert (first.rows_ok, "crm.watermark_ahead" in {item.code for item in first.findings}) == (2, True)
    fill(orders, order(3, updated="2026-03-02 10:00:00+00:00"))
    load(workspace, orders, watermark="updated_at")
    orders.run("UPDATE orders SET amount = 12.5 WHERE order_id = 2")
    load(workspace, orders, watermark="updated_at")
    found = {row["transaction_id"]: row["amount_micros"] for row in rows("transactions")}
    assert found == {"1": 10_000_000, "2": 12_500_000, "3": 10_000_000}


def test_numbers_that_became_visible_late_are_not_lost(workspace, orders, rows):
    fill(orders, order(100), order(102))
    load(workspace, orders, watermark="order_id")
    fill(orders, order(101))
    load(workspace, orders, watermark="order_id")
    assert {row["transaction_id"] for row in rows("transactions")} == {"100", "101", "102"}
    assert load(workspace, orders, watermark="order_id").unchanged


@pytest.mark.parametrize("kind", ["date", "timestamp(6) NULL"])
def test_a_watermark_may_be_a_day_or_a_time_without_a_zone(workspace, database, rows, kind):
    kind = kind.replace("timestamp(6) NULL", "timestamp" if database.kind == "postgresql" else "datetime(6)")
    database.run(f"CREATE TABLE tags (customer_id int, tag varchar(9), updated {kind})")

    def load():
        return wb.data.load(workspace, database.url("tags"), table="tags", watermark="updated")

    database.fill("tags", [(1, "a", "2026-03-01"), (2, "b", "2026-03-02")])
    assert load().rows_ok == 2
    database.fill("tags", [(3, "c", "2026-03-02"), (4, "d", "2026-03-04")])
    load()
    assert {row["tag"] for row in rows("tags")} == {"a", "b", "c", "d"}
    assert load().unchanged


def test_full_reads_everything_and_tells_what_is_gone(workspace, orders, rows):
    fill(orders, order(1), order(2))
    load(workspace, orders, watermark="updated_at")
    orders.run("DELETE FROM orders WHERE order_id = 1")
    review = load(workspace, orders, watermark="updated_at", full=True)
    assert review.rows_in == 1
    assert "crm.gone" in {item.code for item in review.findings}
    assert len(rows("transactions")) == 2


def test_a_load_that_fails_says_nothing_of_where_the_next_begins(workspace, database):
    clock = "datetime" if database.kind == "mysql" else "timestamp"
    database.run(f"CREATE TABLE tags (customer_id int, tag varchar(9), ordered {clock} NULL)")
    database.fill("tags", [(1, "a", "2026-03-01 10:00:00")])
    columns = {"customer_id": "customer_id", "tag": "tag", "time": "ordered"}
    how = {"table": "tags", "mapping": columns, "watermark": "ordered"}
    failed = wb.data.load(workspace, database.url("tags"), **how)
    assert failed.status == "FAIL"
    assert "crm.watermark_none" not in {item.code for item in failed.findings}
    came = wb.data.load(workspace, database.url("tags"), timezone="Asia/Shanghai", **how)
    assert came.rows_ok == 1
    assert "crm.watermark_none" in {item.code for item in came.findings}


def test_an_undone_load_is_read_again(workspace, orders, rows):
    fill(orders, order(1))
    load(workspace, orders, watermark="updated_at")
    fill(orders, order(2, updated="2026-03-02 10:00:00+00:00"))
    second = load(workspace, orders, watermark="updated_at")
    fill(orders, order(3, updated="2026-03-03 10:00:00+00:00"))
    load(workspace, orders, watermark="updated_at")
    wb.data.undo(workspace, second.import_id)
    assert {row["transaction_id"] for row in rows("transactions")} == {"1", "3"}
    load(workspace, orders, watermark="updated_at")
    assert {row["transaction_id"] for row in rows("transactions")} == {"1", "2", "3"}
    assert load(workspace, orders, watermark="updated_at").unchanged


def test_each_query_has_its_own_watermark(workspace, orders):
    fill(orders, order(1), order(2, customer=8))
    for customer in (7, 8):
        query = f"SELECT * FROM orders WHERE customer_id = {customer} -- 100 %s"
        review = wb.data.load_database(
            workspace, orders.url(), query, table="transactions", watermark="updated_at", currency="EUR"
        )
        assert review.rows_in == 1


def test_a_dry_run_writes_nothing(workspace, orders):
    fill(orders, order(1))
    review = load(workspace, orders, watermark="updated_at", dry_run=True)
    assert (review.rows_ok, review.version) == (1, None)
    assert workspace.refresh() == 0
    assert load(workspace, orders, watermark="updated_at").rows_in == 1


def test_rows_set_aside_name_their_key(workspace, orders):
    fill(orders, order(1), order(2, customer=None))
    review = load(workspace, orders)
    (row,) = review.quarantine.to_dict("records")
    assert row["key"] == "order_id=2"
    assert "customer_id" in row["reasons"]
    assert row["raw"].startswith("2,")


def test_only_the_columns_that_are_used_leave_the_database(workspace, orders, database):
    orders.run("ALTER TABLE orders ADD secret_note varchar(99)")
    fill(orders, (*order(1), "very-private-note"))
    review = load(workspace, orders)
    assert any("secret_note" in item.sentence for item in review.findings)
    assert b"very-private-note" not in every_byte(workspace.path)


def test_the_reader_cannot_write(workspace, orders):
    fill(orders, order(1))
    if orders.kind == "postgresql":
        orders.run(
            "CREATE FUNCTION wipe() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM orders RETURNING 1::bigint'"  # noqa: E501
        )
        query = "SELECT wipe() AS order_id, 7 AS customer_id, now() AS order_time, 1 AS amount"
    else:
        query = "DELETE FROM orders"
    with pytest.raises(InputError):
        wb.data.load_database(workspace, orders.url(), query, table="transactions")
    with pytest.raises(InputError):
        wb.data.load_database(workspace, orders.url(), "SELECT 1; DROP TABLE orders", table="transactions")
    assert load(workspace, orders).rows_ok == 1


@pytest.mark.parametrize("how", ["url", "environment", "keyring"])
def test_no_credential_is_written_anywhere(workspace, orders, monkeypatch, how, tmp_path):
    fill(orders, order(1), order(2, customer=None))
    if how == "environment":
        monkeypatch.setenv("WORKBENCH_DATABASE_PASSWORD", servers.PASSWORD)
    if how == "keyring":
        keyring = pytest.importorskip("keyring")
        name = f"{servers.USER}@127.0.0.1/{servers.DATABASE}"
        monkeypatch.setattr(
            keyring, "get_password", lambda service, user: servers.PASSWORD if user == name else None
        )
    url = orders.url("orders", password=servers.PASSWORD if how == "url" else "")
    review = wb.data.load(workspace, url, table="transactions", watermark="updated_at", currency="EUR")
    assert review.rows_ok == 1
    written = every_byte(workspace.path) + str(review.to_dict()).encode() + repr(review).encode()
    for secret in (servers.PASSWORD, "s3cr%3At%2Fp%40ss%3F%23%25", servers.USER):
        assert secret.encode() not in written
    assert review.file == f"{orders.kind}://127.0.0.1:{orders.server.port}/crm orders"


def test_a_refused_password_is_not_repeated(workspace, orders):
    with pytest.raises(InputError) as caught:
        wb.data.load(workspace, orders.url("orders", password="wr0ng-secret"), table="transactions")
    told = str(caught.value)
    assert "cannot be read" in told
    assert "wr0ng-secret" not in told
    assert servers.USER not in told.replace("cannot be read", "")
    assert caught.value.__cause__ is None


def test_an_unknown_table_column_or_host_is_one_sentence(workspace, orders):
    fill(orders, order(1))
    with pytest.raises(InputError, match="cannot be read"):
        wb.data.load(workspace, orders.url("nowhere"), table="transactions")
    with pytest.raises(InputError, match="updated_on"):
        load(workspace, orders, watermark="updated_on")
    gone = orders.url("orders").replace(f":{orders.server.port}/", ":9/")
    with pytest.raises(InputError, match="cannot be read"):
        wb.data.load(workspace, gone, table="transactions")


def test_the_table_is_told_by_its_name_and_headers(workspace, orders):
    fill(orders, order(1))
    review = wb.data.load(workspace, orders.url("orders"), currency="EUR")
    assert review.table == "transactions"
    assert review.status == "REVIEW"
    assert "crm.guessed_table" in {item.code for item in review.findings}


def test_a_missing_driver_is_named(workspace, orders, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, {"postgresql": "psycopg", "mysql": "pymysql"}[orders.kind], None)
    with pytest.raises(MissingExtraError, match=r"\[(postgres|mysql)\]"):
        load(workspace, orders)


def test_many_rows_come_in_batches(workspace, database, rows):
    size = 45_000
    if database.kind == "postgresql":
        database.run(
            "CREATE TABLE events AS SELECT n AS event_id, n % 900 AS customer_id, 'click' AS kind, "
            f"timestamptz '2026-01-01+00' + n * interval '1 second' AS event_time FROM generate_series(1, {size}) n"  # noqa: E501
        )
    else:
        database.run(
            "SET time_zone = '+00:00'",
            "CREATE TABLE events AS SELECT seq AS event_id, seq % 900 AS customer_id, 'click' AS kind, "
            f"timestamp('2026-01-01') + interval seq second AS event_time FROM seq_1_to_{size}",
        )
    review = wb.data.load(
        workspace, database.url("events"), table="events", timezone="UTC", watermark="event_id"
    )
    assert review.rows_ok == size
    assert workspace.query("SELECT count(DISTINCT event_id) AS n FROM events")["n"][0].as_py() == size
    assert wb.data.load(
        workspace, database.url("events"), table="events", timezone="UTC", watermark="event_id"
    ).unchanged


def test_types_of_postgresql(workspace, postgresql, rows):
    postgresql.run(
        "CREATE TYPE stage AS ENUM ('neu', 'won')",
        "CREATE DOMAIN euros AS numeric(12,2)",
        "CREATE TABLE leads (lead_id uuid, customer_id text, stage stage, owner varchar, created_at timestamp, "  # noqa: E501
        "updated_at timestamptz, value euros, probability double precision, extra jsonb, tags text[], raw bytea)",  # noqa: E501
        "INSERT INTO leads VALUES ('6ecd8c99-4036-403d-bf84-cf8400f67836', '客户😀', 'won', 'Ann', "
        "'2026-03-29 03:30:00', '2026-03-29 03:30:00+02', 1234.5, 0.1, '{\"a\": 1}', '{a,b}', '\\x00ff'), "
        "('6ecd8c99-4036-403d-bf84-cf8400f67837', 'b', 'neu', NULL, 'infinity', NULL, 'NaN', 'Infinity', NULL, NULL, NULL)",  # noqa: E501
    )
    mapping = {"lost_reason": "extra", "region": "tags", "channel": "raw"}
    review = wb.data.load(
        workspace,
        postgresql.url("leads"),
        mapping=mapping,
        table="leads",
        timezone="Europe/Berlin",
        currency="EUR",
    )
    (row,) = rows("leads")
    assert row["lead_id"] == "6ecd8c99-4036-403d-bf84-cf8400f67836"
    assert row["time"] == row["updated_time"] == dt.datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert (row["stage"], row["value_micros"], row["probability"]) == ("won", 1_234_500_000, 0.1)
    assert (row["lost_reason"], row["region"], row["channel"]) == ('{"a": 1}', "{a,b}", "\\x00ff")
    assert review.rows_quarantined == 1  # 'Infinity' is no number
    assert "probability" in review.quarantine["reasons"][0]


def test_types_of_mysql(workspace, mysql, rows):
    mysql.run(
        "SET time_zone = '+08:00'", "SET sql_mode = ''",
        "CREATE TABLE consents (customer_id int, purpose enum('marketing','service'), channel varchar(20), "
        "granted tinyint(1), flag bit(1), changed_at datetime, seen timestamp NULL) CHARACTER SET utf8mb4",
        "INSERT INTO consents VALUES (1, 'marketing', '邮件😀', 1, b'1', '2026-03-01 10:00:00', '2026-03-01 10:00:00'), "  # noqa: E501
        "(2, 'marketing', 'email', 0, b'0', '0000-00-00 00:00:00', NULL), "
        "(3, 'service', 'email', NULL, NULL, '2026-03-01', '0000-00-00')",
    )  # fmt: skip
    review = wb.data.load(
        workspace,
        mysql.url("consents"),
        table="consent",
        mapping={"time": "changed_at"},
        timezone="Asia/Shanghai",
    )
    (row,) = rows("consent")
    assert (row["granted"], row["channel"]) == (True, "邮件😀")
    assert row["time"] == dt.datetime(2026, 3, 1, 2, tzinfo=UTC)
    assert sorted(review.quarantine["reasons"]) == ["changed_at is empty.", "granted is empty."]
    bits = wb.data.load(
        workspace, mysql.url("consents"), table="consent", mapping={"time": "seen", "granted": "flag"}
    )
    assert bits.rows_ok == 1  # a TIMESTAMP is an instant: no time zone is needed


def test_a_table_in_a_schema_and_names_that_need_quotes(workspace, database):
    quote = '"' if database.kind == "postgresql" else "`"
    if database.kind == "postgresql":
        database.run("CREATE SCHEMA sales", f"GRANT USAGE ON SCHEMA sales TO {servers.USER}")
    table = f"{'sales' if database.kind == 'postgresql' else servers.DATABASE}.{quote}Big Tags{quote}"
    database.run(f"CREATE TABLE {table} ({quote}Customer ID{quote} int, {quote}tag; name{quote} varchar(20))")
    database.run(f"INSERT INTO {table} VALUES (1, 'vip')")
    if database.kind == "postgresql":
        database.run(f"GRANT SELECT ON ALL TABLES IN SCHEMA sales TO {servers.USER}")
    name = table.replace(quote, "")
    review = wb.data.load_database(
        workspace, database.url(), name, table="tags", mapping={"tag": "tag; name"}
    )
    assert review.rows_ok == 1


def test_the_ledger_says_the_watermark_and_no_more(workspace, orders):
    fill(orders, order(1))
    load(workspace, orders, watermark="updated_at")
    (entry,) = workspace.query("SELECT * FROM imports").to_pylist()
    origin = json.loads(entry["settings"])["origin"]
    assert set(origin) == {"place", "watermark", "since", "value", "mark"}
    assert entry["source"] == orders.kind
