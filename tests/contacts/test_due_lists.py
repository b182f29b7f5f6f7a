"""What is due as files: only who may be contacted, only for a reason, and in the log before they leave."""

from __future__ import annotations

import csv
import datetime as dt
import io
import stat

import pytest
from card_rows import DAY, NOON, case, contact, fill, permit
from click.testing import CliRunner
from icalendar import Calendar
from privacy_helpers import load

import workbench as wb
from workbench.cli import contacts as command
from workbench.cli import main
from workbench.errors import WorkbenchError


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("WORKBENCH_USER", "tester")


@pytest.fixture
def store(tmp_path):
    """Two customers with a complaint and a review, one of whom refused."""
    made = wb.data.open(tmp_path / "w")
    word = {"kind": "review", "score": 1.0, "time": NOON - dt.timedelta(days=1)}
    return fill(
        made,
        customers=[{"customer_id": name, "value_class": "high"} for name in ("ann", "=bob")],
        interactions=[case(1, 10, customer_id="ann"), contact(2, 90, customer_id="ann")],
        feedback=[{"feedback_id": name, "customer_id": name, **word} for name in ("ann", "=bob")],
        consent=[permit("email", True, 50), permit("email", False, 5, customer="=bob")],
    )


def run(store, *arguments, code=0):
    words = ["contacts", "due", "--as-of", DAY.isoformat(), *arguments, "-w", str(store.path)]
    result = CliRunner().invoke(main, words, prog_name="workbench")
    assert result.exit_code == code, result.output
    return result.output


def log(store):
    lines = wb.privacy.audit.frame(store.path)
    return lines[lines["what"] == "triggers_exported"]


def test_the_command_says_what_is_due_and_writes_nothing_unless_asked(store, tmp_path):
    said = run(store, "--kind", "complaint", "--kind", "mention")
    assert "1 open complaint" in said
    assert "1 post (reviews, mentions)." in said
    assert "Held back because no method of contact is allowed: 1." in said
    assert "未结投诉 1 件" in run(store, "--kind", "complaint", "--lang", "zh")
    assert log(store).empty
    assert sorted(path.name for path in tmp_path.iterdir()) == ["w"]


def test_the_kinds_of_the_command_are_those_of_the_question():
    from workbench.contacts.due.rules import KINDS

    assert command.params
    assert (
        next(option for option in command.commands["due"].params if option.name == "kinds").type.choices
        == KINDS
    )


def test_lists_and_reminders_leave_with_a_line_in_the_log(store, tmp_path):
    listed, book = tmp_path / "due.csv", tmp_path / "due.ics"
    asked = ("--kind", "complaint", "--kind", "mention", "--reason", "work list of week 27")
    run(store, *asked, "--csv", str(listed), "--ics", str(book), "--lang", "zh")
    rows = list(csv.DictReader(io.StringIO(listed.read_text("utf-8-sig"))))
    assert [(row["事项"], row["客户"], row["到期日"]) for row in rows] == [
        ("未结投诉", "ann", "2026-06-30"), ("评价与提及", "ann", "2026-07-01")
    ]  # fmt: skip
    events = Calendar.from_ical(book.read_text("utf-8")).events
    assert [event["dtstart"].dt for event in events] == [DAY, DAY + dt.timedelta(days=1)]
    assert stat.S_IMODE(listed.stat().st_mode) == stat.S_IMODE(book.stat().st_mode) == 0o600
    lines = log(store)
    assert [about["format"] for about in lines["about"]] == ["ics", "csv"]
    assert {about["why"] for about in lines["about"]} == {"work list of week 27"}
    assert lines["counts"].tolist() == [{"complaint": 1, "mention": 1}] * 2
    assert wb.privacy.audit.verify(store.path).is_whole


def test_marks_of_the_listed_are_in_the_log_of_a_workspace_with_persons(tmp_path):
    store = wb.data.open(tmp_path / "w")
    load(store, "customers", [{"customer_id": name, "name": name} for name in ("ann", "bob")])
    load(store, "interactions", [case(1, 10, customer_id="ann")])
    found = wb.contacts.triggers(store, DAY, kinds="complaint")
    wb.contacts.export(store, found, tmp_path / "due.csv", "work list")
    assert log(store)["customers"].tolist() == [1]
    mine = wb.privacy.audit.frame(store.path, wb.privacy.people.marks(store, "ann"))
    assert "triggers_exported" in set(mine["what"])
    other = wb.privacy.audit.frame(store.path, wb.privacy.people.marks(store, "bob"))
    assert "triggers_exported" not in set(other["what"])
    assert "ann" not in (tmp_path / "due.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("file", "reason", "said"),
    [
        ("due.csv", "", "Persons leave only for a reason."),
        ("due.pdf", "a list", "What is due is written as no .pdf."),
        ("w/due.csv", "a list", "does not stay in the workspace"),
    ],
)
def test_what_must_not_leave_does_not(store, tmp_path, file, reason, said):
    found = wb.contacts.triggers(store, DAY, kinds="complaint")
    with pytest.raises(WorkbenchError, match=said):
        wb.contacts.export(store, found, tmp_path / file, reason)
    assert not (tmp_path / file).exists()
    assert log(store).empty


def test_a_command_without_a_reason_fails_in_one_sentence(store, tmp_path):
    said = run(store, "--kind", "complaint", "--csv", str(tmp_path / "due.csv"), code=1)
    assert "Persons leave only for a reason." in said
    assert not (tmp_path / "due.csv").exists()
