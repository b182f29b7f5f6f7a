"""The Data panel as its page sees it: files in pieces, review, mapping, import, undo; and what it refuses."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_panel_regions import Page

import workbench as wb
from workbench.errors import InputError
from workbench.privacy import audit
from workbench.widgets.session import Session

PARTNER = (
    "Tag,Kampagne,Imps,Klicks,Kosten,Leads\n"
    "2026-03-01,Spring,1000,30,12.50,3\n"
    "2026-03-02,<b>Spring</b>,900,x,9.00,1\n"
)
ORDERS = "order id,customer id,amount,created at\n1,a,10.5,2026-03-01 10:00\n2,b,3,2026-03-02 11:00\n"


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home and a temporary folder of its own."""
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return tmp_path


@pytest.fixture
def store(home):
    """An empty workspace."""
    return wb.data.open(home / "workspace")


@pytest.fixture
def talk(store):
    """A session whose page has been sent; jobs are done at once, for no loop runs here."""
    made = Session(wb.widgets.Data(store))
    made.pushed = []
    made.push = made.pushed.append
    made.page()
    return made


def ask(talk, act, key="", value=""):
    """Send one message; returns the reply."""
    return talk.receive({"act": act, "key": key, "value": value, "live": False, "seq": 7})[0]


def announce(talk, name, size):
    """Announce a file; returns the reply."""
    return talk.receive({"act": "upload", "value": json.dumps({"name": name, "size": size})})[0]


def upload(talk, text, name="partner.csv", piece=40):
    """Send a file in pieces; returns its item."""
    content = text if isinstance(text, bytes) else text.encode()
    number = announce(talk, name, len(content))["id"]
    for offset in range(0, len(content), piece):
        message = {"act": "piece", "key": number, "value": offset}
        reply = talk.receive(message, [memoryview(content[offset : offset + piece])])[0]
        assert reply["got"] == min(len(content), offset + piece)
    return talk.panel.intake.desk.find(number)


def item(talk):
    return talk.panel.intake.desk.item


def said(talk) -> str:
    return " ".join(notice.sentence for notice in talk.panel.notices)


def region(talk, name) -> str:
    return str(talk.panel.draw(live=True)[name].html)


def staged(home) -> list[Path]:
    """Files that lie in the temporary folder."""
    return [path for path in (home / "tmp").rglob("*") if path.is_file()]


def test_a_file_in_pieces_gets_its_review_and_nothing_is_written(talk, store):
    upload(talk, PARTNER)
    assert item(talk).stage == "checked"
    assert item(talk).review.status == "FAIL"
    assert "The columns are not known" in region(talk, "review")
    assert "2026-03-01" in region(talk, "mapping")
    assert "60%" in region(talk, "mapping")
    assert "data-unsaved" in region(talk, "drop")  # it goes with the kernel, and the page says so then
    store.refresh()
    assert store.version == 0
    assert talk.pushed[-1]["kind"] == "page"


def bring_in(talk):
    """The partner's file, mapped and imported."""
    upload(talk, PARTNER)
    ask(talk, "accept")
    ask(talk, "map", "Kosten", "cost")
    ask(talk, "say", "currency", "EUR")
    ask(talk, "import")
    return item(talk).review


def test_from_the_file_to_the_import_and_back(talk, store, home):
    review = bring_in(talk)
    assert (review.status, review.rows_ok, review.rows_quarantined) == ("REVIEW", 1, 1)
    assert item(talk).stage == "imported"
    assert staged(home) == []
    assert "data-unsaved" not in region(talk, "drop")
    assert "Imported: " in region(talk, "review")
    cost = store.query("SELECT sum(cost_micros) AS n FROM performance")["n"][0].as_py()
    assert cost == 12_500_000
    assert "partner.csv" in region(talk, "imports")
    ask(talk, "ask_undo", review.import_id)
    assert "Undo the import of partner.csv?" in region(talk, "imports")
    ask(talk, "undo_import", review.import_id)
    assert "is undone" in said(talk)
    assert not store.as_of
    assert item(talk) is None
    assert "undone" in region(talk, "imports")


def test_an_undo_needs_its_question_first(talk, store):
    review = bring_in(talk)
    ask(talk, "undo_import", review.import_id)
    assert "does not know" in said(talk)
    ask(talk, "ask_undo", review.import_id)
    ask(talk, "ask_undo", review.import_id)
    assert "Undo the import of" not in region(talk, "imports").replace('aria-label="Undo the import of', "")
    assert store.as_of


def test_an_undo_that_cannot_be_done_says_why(talk):
    bring_in(talk)
    talk.panel.asked_undo = "feed"
    ask(talk, "undo_import", "feed")
    assert "There is no import 'feed'" in said(talk)
    assert talk.panel.undoing == ""


def test_a_crm_table_comes_in_once_its_clock_is_said(talk, store):
    upload(talk, ORDERS, "orders.csv")
    assert "please say" in region(talk, "fields")
    assert item(talk).asked[0] == "timezone"
    ask(talk, "say", "timezone", "Asia/Shanghai")
    ask(talk, "say", "currency", "CNY")
    ask(talk, "import")
    assert item(talk).stage == "imported"
    assert store.row_counts["transactions"] == 2
    assert "Orders and refunds" in region(talk, "imports")


def test_a_value_that_does_not_fit_is_said_in_place_and_may_be_corrected(talk):
    upload(talk, ORDERS, "orders.csv")
    ask(talk, "say", "timezone", "Asia/Shanghia")
    assert "Did you mean" in region(talk, "review")
    assert "wb-broken" in region(talk, "review")
    assert item(talk).review is None
    ask(talk, "say", "timezone", "Asia/Shanghai")
    assert item(talk).review.status in ("PASS", "REVIEW")


def test_what_is_remembered_is_not_asked_again(talk, store):
    upload(talk, PARTNER)
    ask(talk, "accept")
    ask(talk, "remember")
    ask(talk, "import")
    assert (store.path / "mappings" / "partner.toml").is_file()
    upload(talk, PARTNER.replace("2026-03-0", "2026-04-0"), "april.csv")
    assert item(talk).can_import


def test_the_same_file_again_has_nothing_to_do(talk, store):
    bring_in(talk)
    before = store.version
    upload(talk, PARTNER)
    ask(talk, "accept")
    ask(talk, "map", "Kosten", "cost")
    ask(talk, "say", "currency", "EUR")
    assert item(talk).review.unchanged
    assert 'data-act="import"' not in region(talk, "review")
    assert store.version == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.csv", b""),
        ("empty.xlsx", b""),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\xff\xfe" * 200),
        ("zip.xlsx", b"PK\x03\x04" + b"\0" * 99),
        ("x" * 3000 + ".csv", b"a\n"),
        ("one.csv", b"\n"),
    ],
)
def test_what_is_no_table_fails_in_words(talk, store, name, content):
    found = upload(talk, content, name)
    assert found.stage == "checked"
    assert found.review is None or found.review.status == "FAIL"
    html = region(talk, "review")
    assert "Traceback" not in html
    assert "wb-say" in html or "wb-broken" in html
    ask(talk, "import")
    assert "cannot be imported as it is" in said(talk)
    store.refresh()
    assert store.version == 0


def test_two_files_lie_open_side_by_side(talk, home):
    first, second = upload(talk, PARTNER), upload(talk, ORDERS, "orders.csv")
    assert item(talk).number == second.number
    ask(talk, "file", str(first.number))
    assert item(talk).name == "partner.csv"
    ask(talk, "close", str(first.number))
    assert item(talk).name == "orders.csv"
    assert len(staged(home)) == 1
    ask(talk, "close", str(second.number))
    assert staged(home) == []
    assert "wb-none" in region(talk, "review")


def test_pieces_of_two_files_may_come_mixed(talk):
    numbers = [announce(talk, name, 4)["id"] for name in ("a.csv", "b.csv")]
    for offset, piece in ((0, b"x,"), (2, b"y\n")):
        for number in numbers:
            talk.receive({"act": "piece", "key": number, "value": offset}, [piece])
    assert [one.stage for one in talk.panel.intake.desk.items] == ["checked", "checked"]


def test_a_file_that_is_too_large_is_refused_before_it_comes(talk, home):
    reply = announce(talk, "big.csv", 201_000_000)
    assert reply["refused"]
    assert "big.csv is larger than 200 MB" in said(talk)
    assert staged(home) == []


def test_the_limit_is_a_setting(home):
    wb.data.open(home / "small")
    (home / "small" / "workbench.toml").write_text("schema_version = 1\nupload_limit = 1\n", encoding="utf-8")
    talk = Session(wb.widgets.Data(wb.data.open(home / "small")))
    assert announce(talk, "big.csv", 1_000_001)["refused"]
    assert "up to 1 MB" in region(talk, "drop")


def test_a_file_that_cannot_be_read_to_its_end_is_closed(talk, home):
    number = announce(talk, "folder", 4096)["id"]
    reply = talk.receive({"act": "lost", "key": number, "value": 0})[0]
    assert reply["refused"]
    assert "could not be read to its end" in said(talk)
    assert talk.panel.intake.desk.items == ()
    assert staged(home) == []


def under_voila(monkeypatch, store, **env):
    monkeypatch.setenv("SERVER_SOFTWARE", "voila/workbench")
    monkeypatch.setenv("QUERY_STRING", "")
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return Session(wb.widgets.Data(wb.data.open(store.path)))


@pytest.mark.parametrize(
    ("env", "may"),
    [
        ({}, True),
        ({"WORKBENCH_PUBLIC_URL": "https://ads.example.com"}, False),
        ({"WORKBENCH_PUBLIC_URL": "https://ads.example.com", "WORKBENCH_UPLOADS": "on"}, True),
        ({"WORKBENCH_UPLOADS": "off"}, False),
    ],
)
def test_who_may_import_in_an_app_is_a_setting(store, monkeypatch, env, may):
    talk = under_voila(monkeypatch, store, **env)
    assert talk.panel.may_import is may
    assert ("data-upload" in region(talk, "drop")) is may
    assert ("read-only" in region(talk, "drop")) is not may


@pytest.mark.parametrize(
    "act", ["upload", "piece", "path", "import", "say", "map", "ask_undo", "undo_import"]
)
def test_a_read_only_page_changes_nothing_whatever_it_sends(store, monkeypatch, act):
    talk = under_voila(monkeypatch, store, WORKBENCH_UPLOADS="off")
    value = json.dumps({"name": "a.csv", "size": 1}) if act == "upload" else "x"
    talk.receive({"act": act, "key": "", "value": value})
    assert "read-only" in said(talk)
    assert talk.panel.intake.desk.items == ()


def test_an_app_opens_no_path_of_its_machine(store, monkeypatch, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text(PARTNER, encoding="utf-8")
    talk = under_voila(monkeypatch, store)
    ask(talk, "path", "", str(secret))
    assert talk.panel.intake.desk.items == ()
    assert 'data-act="path"' not in region(talk, "drop")


def test_jupyterlab_opens_a_path_and_leaves_the_file_where_it_is(talk, tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(ORDERS, encoding="utf-8")
    ask(talk, "path", "", str(file))
    assert item(talk).name == "mine.csv"
    ask(talk, "close", str(item(talk).number))
    assert file.is_file()
    ask(talk, "path", "", "/nowhere/x.csv")
    assert "There is no file" in said(talk)


def test_a_past_version_is_for_reading(talk, store):
    bring_in(talk)
    past = wb.widgets.Data(wb.data.open(store.path, version=1))
    assert not past.may_import
    assert "older data version" in str(past.draw(live=True)["drop"].html)


def test_an_unexpected_error_is_a_sentence_and_goes_to_the_log(talk, monkeypatch, caplog):
    def broken(*_args, **_options):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("workbench.widgets.data.desk.check", broken)
    with caplog.at_level(logging.ERROR):
        upload(talk, PARTNER)
    assert "Something went wrong" in region(talk, "review")
    assert "secret detail" not in region(talk, "review")
    assert "secret detail" in caplog.text


def test_choices_made_during_a_check_are_looked_at_next(talk, monkeypatch):
    waiting = []
    monkeypatch.setattr("workbench.widgets.data.intake.later", lambda job, then: waiting.append((job, then)))
    number = announce(talk, "orders.csv", len(ORDERS))["id"]
    talk.receive({"act": "piece", "key": number, "value": 0}, [ORDERS.encode()])
    assert "Reading and checking" in region(talk, "review")
    ask(talk, "say", "timezone", "Asia/Shanghai")
    ask(talk, "say", "currency", "CNY")
    assert len(waiting) == 1
    job, then = waiting.pop()
    then(job())
    assert item(talk).stage == "checking"
    job, then = waiting.pop()
    then(job())
    assert item(talk).stage == "checked"
    assert item(talk).review.rows_ok == 2
    ask(talk, "import")
    ask(talk, "close", str(number))
    assert "being imported" in said(talk)
    ask(talk, "say", "currency", "EUR")
    assert "being imported" in said(talk)


def test_a_file_closed_during_its_check_stays_closed(talk, monkeypatch):
    waiting = []
    monkeypatch.setattr("workbench.widgets.data.intake.later", lambda job, then: waiting.append((job, then)))
    found = upload(talk, ORDERS)
    ask(talk, "close", str(found.number))
    _, then = waiting.pop()
    then(InputError("It went away."))
    assert talk.panel.intake.desk.items == ()


def test_after_an_import_the_way_out_is_on_this_page_and_not_in_code(talk):
    upload(talk, PARTNER)
    ask(talk, "accept")
    ask(talk, "map", "Kosten", "cost")
    assert "Say it under “How it is read”: Currency" in region(talk, "review")
    ask(talk, "import")
    ask(talk, "entry", item(talk).review.import_id)
    for name in ("review", "entry", "trust"):
        assert "Bring the file here again and say it under “How it is read”: Currency" in region(talk, name)
        assert "currency=" not in region(talk, name)
        assert "--currency" not in region(talk, name)


def test_a_review_of_the_ledger_opens_by_a_link(talk, store):
    review = bring_in(talk)
    ask(talk, "entry", review.import_id)
    assert "Review of partner.csv" in region(talk, "entry")
    assert talk.panel.query == f"entry={review.import_id}"
    again = wb.widgets.Data.from_query(store, f"entry={review.import_id[:8]}&lang=zh")
    assert "partner.csv 的检查结果" in str(again.draw(live=True)["entry"].html)
    ask(talk, "entry", review.import_id)
    assert talk.panel.query == ""
    wrong = wb.widgets.Data.from_query(store, "entry=../x")
    assert "is no id of an import" in wrong.notices[0].sentence
    missing = wb.widgets.Data(store, entry="ffff")
    assert "There is no import" in str(missing.draw(live=True)["entry"].html)


def test_downloads_are_audited_and_harmless(talk, store):
    upload(talk, "Date,Campaign,Clicks\n2026-03-01,S,1\nnever,=cmd(),2\n", "odd.csv")
    reply, files = talk.receive({"act": "download", "key": "aside"})
    assert reply["name"].startswith("data-aside-v")
    assert b"never" in files[0]
    ask(talk, "import")
    reply, files = talk.receive({"act": "download", "key": "imports"})
    assert b"odd.csv" in files[0]
    log = audit.frame(store.path)
    left = [about["table"] for about in log[log["what"] == "export"]["about"]]
    assert left == ["data-imports", "data-aside"]


def test_names_and_cells_are_text_and_never_markup(talk):
    upload(talk, PARTNER.replace("Kampagne", "<img src=x>"), "<b>x</b>.csv")
    ask(talk, "accept")
    ask(talk, "say", "currency", "EUR")
    ask(talk, "import")
    page = Page(talk.panel.to_html(live=True))
    assert not page.wrong
    assert not page.all("img")
    assert not [attrs for attrs, words in page.all("b") if "Spring" in words]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_report_shows_the_state_and_no_way_in(talk, store, lang):
    review = bring_in(talk)
    html = wb.widgets.Data(store, lang=lang, entry=review.import_id).to_html()
    page = Page(html)
    assert not page.wrong
    assert "wb-broken" not in html
    assert [words for _, words in page.all("th") if "partner.csv" in words]
    assert not [attrs for attrs, _ in page.all("button") if attrs.get("data-act") not in ("theme",)]
    assert "data-upload" not in html
    assert 'type="file"' not in html
    words = re.sub(r"<[^>]*>", " ", html.split("<script")[0])
    assert not re.search(r"\b(nan|NaN|None|NaT)\b", words)


def test_an_empty_workspace_is_welcomed(store):
    html = wb.widgets.Data(store).to_html(live=True)
    assert "Drop a file here" in html
    assert "wb-broken" not in html


def test_the_code_imports_what_the_page_would(talk, store, tmp_path, monkeypatch):
    upload(talk, ORDERS, "orders.csv")
    ask(talk, "say", "timezone", "Asia/Shanghai")
    code = talk.panel.to_code()
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(code, names)
    assert names["review"].rows_ok == 2
    store.refresh()
    assert store.version == 0


@settings(max_examples=80, deadline=None)
@given(
    message=st.fixed_dictionaries(
        {
            "act": st.sampled_from(
                ["upload", "piece", "lost", "map", "say", "file", "close", "entry", "import"]
            )
        },
        optional={
            "key": st.one_of(
                st.integers(), st.text(max_size=9), st.none(), st.lists(st.integers(), max_size=2)
            ),
            "value": st.one_of(st.integers(), st.text(max_size=30), st.none(), st.floats()),
        },
    ),
    piece=st.binary(max_size=9),
)
def test_no_message_breaks_the_panel(message, piece, demo_store):
    talk = Session(wb.widgets.Data(demo_store))
    talk.panel.draw = lambda live, dragging=False: {}
    reply, _ = talk.receive(message, [piece])
    assert reply["kind"] in ("page", "upload")
    talk.panel.intake.staging.close()


def test_every_table_of_a_workspace_has_a_name_in_both_languages():
    from workbench.i18n import texts
    from workbench.schema import TABLES
    from workbench.sources.listing import OURS

    shown = {f"data.table_{name}" for name in TABLES if name not in OURS}
    assert shown == {key for key in texts() if key.startswith("data.table_")}


def test_a_longer_list_of_accounts_can_be_opened_without_any_import(demo_store):
    talk = Session(wb.widgets.Data(demo_store))
    some = talk.page()["regions"]["freshness"]
    everyone = len(wb.data.freshness(demo_store).to_dicts())
    assert some.count("<tr") - 1 < everyone
    assert 'data-act="set" data-key="rows" data-value="all"' in some
    shown = ask(talk, "set", "rows", "all")
    assert shown["regions"]["freshness"].count("<tr") - 1 == everyone
    assert shown["query"] == "rows=all"
    assert "Show all" not in wb.widgets.Data(demo_store).to_html()
