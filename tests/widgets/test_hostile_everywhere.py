"""Names that attack, in panels and in every kind of file: text, and nothing else."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
import re
import shutil
import zipfile
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import openpyxl
import pyarrow as pa
import pypdf
import pytest
import shown_reports

import workbench as wb
from workbench import saved, schema
from workbench.data import Change
from workbench.reports.formats import browser, mail, pdf, pptx, xlsx
from workbench.reports.formats import csv as as_csv
from workbench.widgets import downloads
from workbench.widgets.contacts import worklist
from workbench.widgets.session import Session

NAMES = (
    '<script>alert("evil")</script>',
    "<img src=x onerror=alert('evil')>",
    '=HYPERLINK("http://evil.example/","evil")',
    "+evil|' /C calc'!A0",
    "\u202eevil\u2066 \u05d0",
    "evil " * 60,
    'evil"; DROP TABLE performance; --',
    "evil\nline",
    "evil 🧨 {{x}} ${x} %s",
    "evil\0 nul \x0b\u2028\ufeff",
)
QUICK = ("Campaigns", "CustomerCard", "Interactions")
SLOW = (
    "Home",
    "Compare",
    "TimeSlots",
    "Forecast",
    "Segments",
    "CustomerValue",
    "Monitor",
    "Budget",
    "Contacts",
)
PANELS = ("Attribution", *QUICK, *(pytest.param(name, marks=pytest.mark.soak) for name in SLOW))
NEEDS = pytest.mark.skipif(
    not any(map(shutil.which, browser.NAMES)), reason="no Chromium of the system is on the path"
)
SAID = "No origin has enough history"
"""What the page of values says of the few orders here."""
FIRST, DAYS = dt.date(2025, 12, 1), 120
RUNS = ("script", "iframe", "object", "embed", "base", "form", "link", "meta")
WAYS = (("outbound", "marketing"), ("inbound", "complaint"), *[("outbound", "marketing")] * 4)
FORMULA = re.compile(r"^[\s'\"]*[=+\-@＝＋－＠]")


class Tags(HTMLParser):
    """What a browser would make of a text: elements, and attributes that run something."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


def attacks(text: str) -> list[tuple[str, dict[str, str | None]]]:
    """Elements and attributes of a page that a name has brought in."""
    return [
        (tag, attributes)
        for tag, attributes in Tags(text).found
        if (tag in RUNS and "data-act" not in attributes and tag != "form")
        or (tag == "img" and not str(attributes.get("src")).startswith(("cid:", "data:image/")))
        or any(name.startswith("on") for name in attributes)
        or any("javascript:" in str(value).lower() for value in attributes.values())
    ]


def table(name: str, rows: list[dict]) -> Change:
    return Change(name, pa.Table.from_pylist(rows, schema=schema.TABLES[name].arrow()))


def delivery(pick: random.Random) -> list[dict]:
    shared = {"source": "generic", "account": NAMES[0], "grain": "ad", "currency": "EUR", "device": NAMES[2]}
    return [
        {**shared, "advertiser": NAMES[1], "channel": ("search", "feed", NAMES[5])[at % 3], "campaign": name,
         "campaign_id": f"c{at}", "creative": NAMES[at - 1], "region": NAMES[at - 2],
         "local_date": FIRST + dt.timedelta(days=day), "local_hour": (5 * day + at) % 24,
         "impressions": 1000 + at, "clicks": 30 + pick.randrange(9),
         "cost_micros": pick.randrange(20, 60) * 10**6, "conversions": float(pick.randrange(1, 6)),
         "revenue_micros": pick.randrange(20, 200) * 10**6}
        for day in range(DAYS) for at, name in enumerate(NAMES)
    ]  # fmt: skip


def brought(rows: list[dict]) -> list[dict]:
    """The conversions of deliveries."""
    told = {"goal": NAMES[2], "time_basis": "impression", "is_goal": True}
    names = {field.name for field in schema.TABLES["conversions"].arrow()}
    return [{key: row[key] for key in row if key in names} | told for row in rows]


def people(pick: random.Random) -> list[Change]:
    at = lambda day: {"time": dt.datetime.combine(FIRST + dt.timedelta(days=day), dt.time(9), dt.UTC),  # noqa: E731
                      "local_date": FIRST + dt.timedelta(days=day)}  # fmt: skip
    who = [f"u{number:03}" for number in range(60)]
    orders = [
        {"transaction_id": f"{one}-{number}", "customer_id": one, "kind": "order", "status": "done",
         "channel": NAMES[number], "currency": "EUR", "amount_micros": pick.randrange(5, 90) * 10**6,
         **at(pick.randrange(DAYS))}
        for one in who for number in range(4)
    ]  # fmt: skip
    talks = [
        {"interaction_id": f"i{one}{number}", "customer_id": one, "direction": way, "kind": kind,
         "method": ("call", "email")[number % 2], "marketer": pick.choice(NAMES),
         "message": NAMES[-1 - number], "reaction": pick.choice(("positive", "none")),
         **at(pick.randrange(DAYS))}
        for one in who for number, (way, kind) in enumerate(WAYS)
    ]  # fmt: skip
    touches = [
        {"event_id": f"e{one}{number}", "customer_id": one, "kind": "click",
         "channel": (name, "search", "feed", NAMES[5])[number % 4],
         "campaign_id": f"c{number}", "creative": name, **at(pick.randrange(DAYS))}
        for one in who for number, name in enumerate(NAMES)
    ]  # fmt: skip
    consents = [
        {"customer_id": one, "purpose": "marketing", "channel": way, "granted": True,
         "time": dt.datetime.combine(FIRST, dt.time(9), dt.UTC)}
        for one in who for way in ("call", "email")
    ]  # fmt: skip
    names = {field.name for field in schema.TABLES["interactions"].arrow()}
    return [
        table("customers", [
            {"customer_id": one, "name": pick.choice(NAMES), "company": pick.choice(NAMES),
             "region": pick.choice(NAMES), "gender": pick.choice(NAMES), "value_class": pick.choice(NAMES)}
            for one in who
        ]),
        table("transactions", orders),
        table("events", touches),
        table("consent", consents),
        table("interactions", [{key: row[key] for key in row if key in names} for row in talks]),
        table("tags", [{"customer_id": one, "tag": pick.choice(NAMES), "value": NAMES[0]} for one in who]),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """A workspace in which everything that can have a name has a hostile one."""
    pick = random.Random(4)
    store = wb.data.open(tmp_path_factory.mktemp("evil") / "ws")
    rows = delivery(pick)
    store.commit([table("performance", rows), table("conversions", brought(rows)), *people(pick)])
    for name in NAMES:
        kept = " ".join(name.split())[:55].translate(dict.fromkeys((0, 0x202E, 0x2066, 0xFEFF)))
        saved.create(store.path, "view", kept, {"panel": "segments", "state": {}}, who="mia", shared=True)
        rule = wb.segments.rule(wb.segments.field("gender") == name)
        wb.segments.save(store, rule, kept, shared=True, who="mia")
    return store


def panel_of(store, name: str, lang: str):
    given = {"customer": "u001"} if name == "CustomerCard" else {}
    return getattr(wb.widgets, name)(store, lang=lang, **given)


@pytest.mark.parametrize("name", PANELS)
def test_a_panel_shows_hostile_names_as_text(evil, name):
    panel = panel_of(evil, name, "en")
    session = Session(panel)
    page = session.page()
    page = session.receive({"act": "await", "seq": 1})[0] | {"frame": page["frame"], "first": page["regions"]}
    shown = "".join((page["frame"], *page["first"].values(), *page["regions"].values(), panel.to_html()))
    assert "evil" in shown
    assert attacks(page["frame"] + "".join((*page["first"].values(), *page["regions"].values()))) == []
    assert [tag for tag, _ in attacks(panel.to_html()) if tag != "script"] == []
    broken = re.findall(r"wb-broken[^>]*>(.{0,60})", shown)
    assert [sentence for sentence in broken if not sentence.startswith(SAID)] == []
    assert '<script>alert("evil")' not in shown
    assert ('data-act="help"' in shown) == ('data-keep="help"' in shown), "help leads somewhere"


@pytest.mark.parametrize("name", ["CustomerCard", pytest.param("Campaigns", marks=pytest.mark.soak)])
def test_files_hold_hostile_names_as_text(evil, name, tmp_path):
    asked = shown_reports.asked(
        shown_reports.notebook(panel_of(evil, name, "en").to_html()), "en", tmp_path, title=NAMES[2]
    )
    book = openpyxl.load_workbook(io.BytesIO(xlsx.workbook(asked)))
    cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    assert not [
        cell.hyperlink.target for cell in cells if cell.hyperlink and "evil" in str(cell.hyperlink.target)
    ]
    for file in as_csv.write(asked):
        for row in csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"))):
            assert not [cell for cell in row if FORMULA.match(cell) and "evil" in cell and cell[:1] != "'"]
    slides = pptx.presentation(asked)
    for part, content in zipped(slides).items():
        if part.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)
        assert b"evil.example" not in content or not part.endswith(".rels")
    assert [tag for tag, _ in attacks(mail.html(asked)) if tag != "meta"] == []


@pytest.fixture(scope="module")
def work(evil):
    """The Contacts panel with an open list, in which each customer has a hostile name."""
    panel = wb.widgets.Contacts(evil, lang="en", marketer=NAMES[7])
    session = Session(panel)
    session.page()
    session.receive({"act": "await", "seq": 1})
    session.receive({"act": "unmask", "value": NAMES[4], "seq": 1})
    mine = panel.planned().table
    mine = mine[mine["marketer"] == NAMES[7]]
    told = {"name": [NAMES[at % len(NAMES)] for at in range(len(mine))], "phone": NAMES[3], "email": NAMES[0]}
    assert panel.unlocked is not None
    assert len(mine) > 2
    rows = mine.assign(**told).reindex(columns=panel.unlocked.table.columns)
    return replace(panel.unlocked, table=rows.fillna({"start": ""}))


@pytest.mark.parametrize("name", [NAMES[2], NAMES[4], NAMES[7]])
def test_a_work_list_holds_hostile_names_as_text(evil, work, name):
    taken = {form: worklist.file(replace(work, marketer=name), form, "en", {}) for form in ("csv", "ics")}
    for row in csv.reader(io.StringIO(taken["csv"].content.decode("utf-8-sig"))):
        assert not [cell for cell in row if FORMULA.match(cell) and "evil" in cell and cell[:1] != "'"]
    lines = taken["ics"].content.decode().replace("\r\n ", "").split("\r\n")
    assert lines.count("BEGIN:VEVENT") == len(work.table)
    assert sum("evil" in line for line in lines) > len(work.table)
    assert not [line for line in lines if line and not re.match(r"[A-Z-]+[:;]", line)]
    assert not [line for line in lines if "\n" in line]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("budget-2026-01-01_2026-02-01.xlsx", "budget-2026-01-01_2026-02-01.xlsx"),
        ("contacts-王 芳.csv", "contacts-王 芳.csv"),
        ("../../etc/x\0y.csv", "_.._etc_x_y.csv"),
        ("C:\\a\nb.csv", "C__a_b.csv"),
        ("a\u202egpj.csv", "a_gpj.csv"),
        ("...csv", "_.csv"),
        (f"{'x' * 500}.csv", f"{'x' * 100}.csv"),
    ],
)
def test_a_files_name_is_one_that_every_system_takes(given, kept):
    assert downloads.plain_name(given) == kept


@NEEDS
def test_a_pdf_of_hostile_names_runs_nothing_and_leads_nowhere(evil, tmp_path):
    node = shown_reports.notebook(panel_of(evil, "CustomerCard", "en").to_html())
    (file,) = pdf.write(shown_reports.asked(node, "en", tmp_path, title=NAMES[0], name=NAMES[1]))
    content, pages = file.read_bytes(), pypdf.PdfReader(file).pages
    assert "evil" in "".join(page.extract_text() for page in pages)
    linked = [
        note.get_object().get("/A", {}).get("/URI", "") for page in pages for note in page.get("/Annots", ())
    ]
    assert not [target for target in linked if "evil" in str(target)]
    assert not re.search(rb"/(JavaScript|JS|Launch|OpenAction\s*<<|EmbeddedFile)\b", content)
    assert "evil.example" not in str(linked)


def zipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("text", [*NAMES[:2], "<a href='javascript:1'>", "<b onclick=x>"])
def test_an_attack_that_comes_through_is_seen(text):
    assert attacks(f"<p>{text}</p>")
