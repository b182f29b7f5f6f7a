"""What leaves: spelled and hashed as each platform documents, once, and never without a line in the log."""

from __future__ import annotations

import datetime as dt
import hashlib
import stat

import pandas as pd
import pytest
from openpyxl import load_workbook
from privacy_helpers import NOON, load, person, rows

import workbench as wb
from workbench import audiences, privacy
from workbench.audiences.formats import FORMATS
from workbench.audiences.identifiers import hashed, spelled

AT = NOON + dt.timedelta(days=10)
PHONE = "+86 139 {:04d} 7{:03d}"


def sha(text):
    """The hash by the standard library, of a spelling written out by hand."""
    return hashlib.sha256(text.encode()).hexdigest()


def leave(store, file, form="google_ads", reason="spring offer", **more):
    """Export everybody."""
    names = store.query("SELECT customer_id FROM customers ORDER BY 1")["customer_id"].to_pylist()
    return audiences.export(store, names, "marketing", "email", form, file, reason, **{"at": AT, **more})


def log(store):
    """What happened, oldest first."""
    return list(privacy.audit.frame(store.path)["what"])[::-1]


SPELLINGS = [
    ("google_ads", " Cloudy.SanFrancisco+Shopping@Gmail.com", "Email", "cloudysanfrancisco@gmail.com"),
    ("google_ads", "User.Name+NYC@Example.com", "Email", "user.name+nyc@example.com"),
    ("meta_ads", "Your.Name@gmail.com ", "email", "your.name@gmail.com"),
    ("tiktok_ads", "Your.Name+news@web.de", "Email_SHA256", "your.name@web.de"),
]


@pytest.mark.parametrize(("form", "address", "header", "plain"), SPELLINGS)
def test_addresses_are_spelled_as_documented(form, address, header, plain):
    found = spelled(FORMATS[form], pd.DataFrame({"email": [address], "phone": [None]}))
    assert found[header].tolist() == [sha(plain)]


PHONES = [
    ("google_ads", "Phone", "+18005550100"),
    ("meta_ads", "phone", "18005550100"),
    ("tiktok_ads", "Phone_SHA256", "18005550100"),
]


@pytest.mark.parametrize(("form", "header", "plain"), PHONES)
def test_numbers_are_spelled_as_documented(form, header, plain):
    rows = pd.DataFrame({"email": [None] * 3, "phone": ["+1 (800) 555-0100", "0800 5550", None]})
    assert spelled(FORMATS[form], rows)[header].tolist() == [sha(plain), "", ""]


def test_a_national_number_leaves_with_its_country():
    rows = pd.DataFrame({"email": [None], "phone": ["0171 2345678"]})
    assert spelled(FORMATS["google_ads"], rows, "49")["Phone"].tolist() == [sha("+491712345678")]


def test_the_documented_example_of_a_hash():
    """TikTok's help page, and FIPS 180-4's own example."""
    assert hashed("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert hashed("") == ""


def test_the_file_holds_each_released_person_once_and_nothing_readable(people, tmp_path):
    done = leave(people, tmp_path / "out.csv")
    assert done.rows == done.audience.size == 138
    reasons = {one.reason: one.customers for one in done.audience.held()}
    assert (reasons["no_identifier"], reasons["same_identifier"]) == (1, 1)
    content = done.file.read_bytes()
    assert content.startswith(b"Email,Phone\r\n")
    assert b"@" not in content
    assert b"+86" not in content
    table = pd.read_csv(done.file)
    assert len(table) == done.rows
    assert table["Email"].is_unique
    assert sha("zoe.00100@example.com") in set(table["Email"])
    assert sha("zoe.00003@example.com") not in set(table["Email"])
    assert sha("+8613901007100") in set(table["Phone"])


def test_only_this_user_can_read_the_file(people, tmp_path):
    done = leave(people, tmp_path / "out.csv")
    assert stat.S_IMODE(done.file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["out.csv"]


def test_the_log_says_who_left_before_anything_does(people, tmp_path):
    done = leave(people, tmp_path / "out.csv", who="anna", name="loyal ones")
    assert log(people)[-2:] == ["personal_opened", "audience_exported"]
    line = privacy.audit.frame(people.path).iloc[0]
    assert line["who"] == "anna"
    assert line["customers"] == done.rows
    assert line["counts"]["released"] == done.rows
    assert line["counts"]["over_the_cap"] == 5
    assert line["about"]["digest"] == hashlib.sha256(done.file.read_bytes()).hexdigest() == done.digest
    assert line["about"]["why"] == "spring offer"
    assert line["about"]["group"] == "loyal ones"
    assert privacy.audit.verify(people.path).is_whole


def test_one_customers_exports_are_found_in_the_log(people, tmp_path):
    from workbench.privacy import people as persons

    leave(people, tmp_path / "out.csv")
    told = privacy.audit.frame(people.path, persons.marks(people, "CRM-00100"))
    silent = privacy.audit.frame(people.path, persons.marks(people, "CRM-00003"))
    assert "audience_exported" in set(told["what"])
    assert "audience_exported" not in set(silent["what"])


def test_a_log_that_cannot_be_written_lets_nothing_out(people, tmp_path, monkeypatch):
    def broken(*_, **__):
        raise wb.errors.PrivacyError("The audit log cannot be used.")

    monkeypatch.setattr(privacy.audit, "append", broken)
    with pytest.raises(wb.WorkbenchError, match="audit log"):
        leave(people, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_nothing_opens_where_everybody_is_held_back(people, tmp_path):
    before = len(log(people))
    done = leave(people, tmp_path / "out.csv", minimum=141)
    assert (done.file, done.rows) == (None, 0)
    assert not (tmp_path / "out.csv").exists()
    assert log(people)[before:] == ["audience_refused"]


def test_a_size_that_only_the_identifiers_make_too_small_is_held_back(people, tmp_path):
    done = leave(people, tmp_path / "out.csv", minimum=139)
    assert done.file is None
    assert not (tmp_path / "out.csv").exists()
    assert {one.reason for one in done.audience.held()} >= {"too_small", "no_identifier"}
    assert log(people)[-1] == "audience_refused"


def test_a_withdrawal_after_the_pinned_version_counts(people, tmp_path):
    pinned = wb.data.open(people.path, version=people.version)
    no = {"customer_id": "CRM-00100", "purpose": "marketing", "channel": "email", "granted": False}
    load(people, "consent", [{**no, "time": AT - dt.timedelta(hours=1)}])
    done = leave(pinned, tmp_path / "out.csv")
    assert done.rows == 137
    assert sha("zoe.00100@example.com") not in done.file.read_text()


@pytest.mark.parametrize("name", ["work.csv", "work.xlsx"])
def test_a_work_list_is_clear_and_runs_no_formula(people, tmp_path, name):
    done = leave(people, tmp_path / name, "work_list")
    assert done.rows == 140
    if name.endswith("csv"):
        rows = pd.read_csv(done.file, dtype=str)
        numbers = list(rows["phone"])
    else:
        sheet = list(load_workbook(done.file).active.values)
        numbers = [row[2] for row in sheet[1:]]
    assert all(number.lstrip("'").startswith(("+86", "12")) for number in numbers)


@pytest.mark.parametrize(
    ("file", "form", "sentence"),
    [
        ("out.xlsx", "google_ads", "ends with .csv"),
        ("out", "work_list", r"\.csv or \.xlsx"),
        ("w/exports.csv", "google_ads", "outlive an erasure"),
        ("nowhere/out.csv", "google_ads", "cannot be written"),
    ],
)
def test_a_file_that_cannot_be_is_refused(people, tmp_path, file, form, sentence):
    with pytest.raises(wb.WorkbenchError, match=sentence):
        leave(people, tmp_path / file, form)


@pytest.mark.parametrize("reason", ["", " ", "ok"])
def test_no_reason_no_list(people, tmp_path, reason):
    with pytest.raises(wb.WorkbenchError, match="reason"):
        leave(people, tmp_path / "out.csv", reason=reason)
    assert not (tmp_path / "out.csv").exists()


def test_the_demo_world_leaves_too(demo_store, tmp_path, home):
    """Its people are made up and stand in the table itself; the numbers are those of its own rows."""
    at = dt.datetime(2026, 10, 28, tzinfo=dt.UTC)
    done = leave(demo_store, tmp_path / "out.csv", "meta_ads", at=at)
    allowed = privacy.allowed(demo_store, None, "marketing", "email", at)["allowed"].sum()
    assert 0 < done.rows <= allowed


def test_a_past_moment_brings_no_withdrawn_consent_back(people, tmp_path):
    no = {"customer_id": "CRM-00100", "purpose": "marketing", "channel": "email", "granted": False}
    with people.writing():
        told = privacy.protect(
            people, "consent", rows("consent", [{**no, "time": AT + dt.timedelta(hours=1)}])
        )
        people.commit([wb.data.Change("consent", told.rows), *told.changes])  # the grant before it stays
    done = leave(people, tmp_path / "out.csv")
    assert done.rows == 137
    assert sha("zoe.00100@example.com") not in done.file.read_text()
    assert {one.reason: one.customers for one in done.audience.held()}["withdrawn"] == 11


def test_an_address_of_somebody_who_refused_leaves_under_no_other_name(people, tmp_path):
    """70 has both of 3, who withdrew; 71 only the phone number of 31, who wants no contact at all."""
    three, none = PHONE.format(3, 3), PHONE.format(31, 31)
    load(
        people,
        "customers",
        [
            person(70, email="zoe.00003@example.com", phone=three),
            person(71, phone=none),
        ],
    )
    people.refresh()
    done = leave(people, tmp_path / "out.csv")
    reasons = {one.reason: one.customers for one in done.audience.held()}
    assert (reasons["refused_elsewhere"], done.rows) == (1, 137)
    table = pd.read_csv(done.file)
    assert not {sha("zoe.00003@example.com")} & set(table["Email"])
    assert not {sha("+" + "".join(filter(str.isdigit, number))) for number in (three, none)} & set(
        table["Phone"]
    )
    assert table.set_index("Email")["Phone"].isna()[sha("zoe.00071@example.com")]
    assert leave(people, tmp_path / "work.csv", "work_list").rows == 140


def test_a_country_that_is_no_calling_code_is_told_before_anything_opens(people, tmp_path):
    before = len(log(people))
    with pytest.raises(wb.WorkbenchError, match=r"'Germany' is no calling code\. Give its digits"):
        leave(people, tmp_path / "out.csv", country="Germany")
    assert len(log(people)) == before
    assert leave(people, tmp_path / "out.csv", country="+49").rows == 138
