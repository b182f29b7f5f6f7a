"""The Reports panel: what it reads, what it shows, who may make a report again, and with which command."""

from __future__ import annotations

import html
import json
import re

import pytest
from click.testing import CliRunner

import workbench as wb
from workbench import published, saved
from workbench.cli import main
from workbench.i18n import text
from workbench.reports import publish
from workbench.settings import ROLE
from workbench.widgets.reports import panel as room
from workbench.widgets.reports.running import Made, again
from workbench.widgets.session import Session

BAD = "<img src=x onerror=alert(1)>"


def plain(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def made(root, job, run, status="ok", files=("report.html",), **more):
    """A published run."""
    folder = root / job / run
    folder.mkdir(parents=True)
    for name in (*files, "report.ipynb"):
        (folder / name).write_text("<p>page</p>", encoding="utf-8")
    known = {"run": run, "status": status, "notebook": f"{job}.ipynb", "seconds": 2.5, "lang": "en", **more}
    known.setdefault("finished", "2026-11-28T22:30:00+00:00")
    (folder / "manifest.json").write_text(json.dumps(known), encoding="utf-8")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A reports folder with a success, a failure, a late job, a damaged manifest, and a half run."""
    place = tmp_path / "reports"
    given = {"lang": "en", "workspace": "/w", "period": "2026-W47", "filters": {"channel": ["search"]}}
    made(place, "weekly", "20261128T223000000Z-aaaaaaaa", files=("report.pdf", "report.html", "report.xlsx"),
         parameters=given)  # fmt: skip
    made(
        place, "weekly", "20261121T223000000Z-bbbbbbbb", "failed", (), error=f"No data. {BAD}", member="Lumi"
    )
    made(place, "late", "20261127T000000000Z-cccccccc", "stale", (), error="Too old.", parameters=None)
    (place / "late" / "20261126T000000000Z-dddddddd").mkdir()
    (place / "late" / "20261126T000000000Z-dddddddd" / "manifest.json").write_text("{", encoding="utf-8")
    (place / "weekly" / ".part-x").mkdir()
    (place / "weekly" / ".part-x" / "manifest.json").write_text("{}", encoding="utf-8")
    monkeypatch.setenv(published.FOLDER, str(place))
    return place


@pytest.fixture
def panel(root, hostile_store):
    titles = {"weekly": {"en": "Executive weekly", "zh": "管理层周报"}}
    return wb.widgets.Reports(hostile_store, titles=titles)


@pytest.fixture
def asked(monkeypatch):
    """What would have been run, and what it answers."""
    calls, answer = [], [Made(0, "Report: there")]
    monkeypatch.setattr(room, "make", lambda arguments, *_: calls.append(arguments) or answer[0])
    return calls, answer


def test_runs_are_read_newest_first_and_damaged_ones_left_out(root):
    found = published.runs(root)
    assert [one.key[:16] for one in found] == ["weekly/20261128T", "late/20261127T00", "weekly/20261121T"]
    assert found[0].files == ("report.html", "report.pdf", "report.xlsx")
    assert found[0].parameters == {"period": "2026-W47", "filters": {"channel": ["search"]}}
    assert published.newest(found)["weekly"] == found[0]
    assert published.runs(root / "none") == ()


def test_the_command_reads_what_the_page_reads_and_no_more_than_it_shows(root, monkeypatch):
    read, ours = [], published._read
    monkeypatch.setattr(published, "_read", lambda file: read.append(file) or ours(file))
    result = CliRunner().invoke(main, ["report", "history", "-w", "demo", "--out", str(root), "--limit", "1"])
    assert result.exit_code == 0, result.output
    assert "20261128T223000000Z-aaaaaaaa  weekly" in result.output
    assert len(read) == 1
    result = CliRunner().invoke(main, ["report", "history", "late", "-w", "demo", "--out", str(root)])
    assert [line.split()[0] for line in result.output.splitlines()[1:]] == ["20261127T000000000Z-cccccccc"]
    assert [one["folder"] for one in publish.newest(root / "weekly")] == [
        str(root / one.key) for one in published.runs(root) if one.job == "weekly"
    ]
    assert [one["member"] for one in publish.newest(root / "weekly", "bbbbbbbb99")] == ["Lumi"]


def test_a_run_whose_manifest_is_damaged_is_said(root):
    words = ["report", "show", "20261126", "-w", "demo", "--out", str(root), "--lang", "zh"]
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 1
    assert "无法读取这次运行的清单。请用 --force 重新运行。" in result.output


def test_runs_are_searched_by_every_word_and_status(root):
    assert len(published.runs(root, "weekly w47")) == 1
    assert len(published.runs(root, "LUMI no")) == 1
    assert published.runs(root, "weekly late") == ()
    assert [one.job for one in published.runs(root, status="stale")] == ["late"]


def test_the_page_says_how_the_reports_stand(panel):
    shown = plain(panel.to_html(live=True))
    assert "Of 2 reports 1 did not succeed last time: late." in shown
    assert "Too old." in shown
    assert "28 Nov 2026 22:30" in shown
    panel.state.update(lang="zh", status="failed")
    shown = plain(panel.to_html(live=True))
    assert "Lumi" in shown
    assert "Too old." not in shown


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_help_says_what_each_status_means(panel, lang):
    panel.state.update(lang=lang)
    drawn = panel.draw(live=True)
    assert 'data-act="help"' in drawn["title"].html
    for status in published.STATUSES:
        assert text(f"reports.about_{status}", lang) in drawn["definitions"].html


def test_what_a_manifest_says_is_never_markup(panel):
    page = panel.to_html(live=True)
    assert "<img" not in page
    assert "wb-broken" not in page


def test_files_are_linked_where_an_app_serves_them(panel, monkeypatch):
    assert "href" not in panel.draw(live=True)["runs"].html
    monkeypatch.setenv("SCRIPT_NAME", "/base/reports")
    page = panel.draw(live=True)["runs"].html
    assert 'href="/base/reports/weekly/20261128T223000000Z-aaaaaaaa/report.pdf"' in page
    assert "ipynb" not in page


def test_tables_and_the_mail_can_be_taken_away_too_and_the_page_comes_first(panel, root, monkeypatch):
    run = "20261129T000000000Z-eeeeeeee"
    made(root, "full", run, files=("mail.html", "report.html"), formats=["csv", "mail"])
    (root / "full" / run / "tables").mkdir()
    (root / "full" / run / "tables" / "01-渠道 a.csv").write_text("a", encoding="utf-8")
    [one] = published.runs(root, "full")
    assert (one.files, one.tables) == (("report.html", "mail.html"), ("01-渠道 a.csv",))
    monkeypatch.setenv("SCRIPT_NAME", "/base/reports")
    page = panel.draw(live=True)["runs"].html
    assert f'href="/base/reports/full/{run}/tables/01-%E6%B8%A0%E9%81%93%20a.csv"' in page
    assert "CSV (1)" in plain(page)
    assert "E-mail" in plain(page)


def test_a_report_on_the_past_with_files_is_made_again_like_that(root):
    more = {"formats": ["pdf"], "past": True, "data_version": 7, "currency": "USD", "timezone": ""}
    made(root, "old-v7", "20261129T000000000Z-ffffffff", **{**more, "notebook": "weekly.ipynb"})
    [one] = published.runs(root, "old-v7")
    options = ["--lang", "en", "--format", "pdf", "--as-of", "7", "--job", "old-v7", "--force"]
    assert again(one, scheduled=False) == ["weekly", "-p", "currency=USD", *options]


@pytest.mark.parametrize(("past", "job"), [(False, "mine"), (True, "mine-v7")])
def test_one_of_a_batch_is_made_again_alone(root, past, job):
    more = {"batch": "campaign", "member": "Autumn & 品牌", "past": past, "data_version": 7}
    made(root, job, "20261129T000000000Z-ffffffff", **more, notebook="weekly.ipynb")
    [one] = published.runs(root, job)
    asked = again(one, scheduled=False)
    assert asked[:7] == ["weekly", "--batch", "campaign", "--member", "Autumn & 品牌", "--lang", "en"]
    assert asked[7:] == [*(["--as-of", "7"] if past else []), "--job", "mine", "--force"]
    assert published.again(one, "mine") == ["mine", *asked[1:-3]]


def test_an_empty_workspace_and_a_report_show_no_buttons(tmp_path, monkeypatch):
    monkeypatch.setenv(published.FOLDER, str(tmp_path / "none"))
    panel = wb.widgets.Reports(wb.open(tmp_path / "ws"))
    assert "No report was made yet" in plain(panel.to_html(live=True))
    assert 'data-act="again"' not in panel.to_html()


def test_a_planner_makes_a_report_again_with_its_parameters(panel, asked, monkeypatch):
    monkeypatch.setenv(ROLE, "planner")
    calls, _ = asked
    Session(panel).receive({"act": "again", "key": "weekly/20261128T223000000Z-aaaaaaaa"})
    assert calls == [
        ["weekly", "-p", "period=2026-W47", "-p", 'filters={"channel": ["search"]}', "--lang", "en", "--job",
         "weekly", "--force"]
    ]  # fmt: skip
    assert panel.notices[0].sentence == "weekly is there."


def test_a_failure_is_said_in_the_page(panel, asked):
    asked[1][0] = Made(1, "Cell [2] stopped.")
    Session(panel).receive({"act": "run", "key": "weekly"})
    assert asked[0] == [["weekly", "--lang", "en"]]
    assert panel.notices[0].sentence == "weekly was not made. Cell [2] stopped."


def test_a_scheduled_job_is_run_by_its_name(root):
    assert again(published.runs(root)[0], scheduled=True) == ["weekly"]


@pytest.mark.parametrize(
    ("role", "act", "key"),
    [
        ("viewer", "again", "weekly/20261128T223000000Z-aaaaaaaa"),
        ("viewer", "run", "weekly"),
        ("steward", "again", "weekly/../../etc"),
        ("steward", "run", "campaigns; rm"),
    ],
)
def test_nobody_else_and_nothing_else_is_run(panel, asked, monkeypatch, role, act, key):
    monkeypatch.setenv(ROLE, role)
    session = Session(panel)
    session.page()
    reply, _ = session.receive({"act": act, "key": key})
    assert asked[0] == []
    assert "wb-bad" in reply["regions"]["notice"]
    if role == "viewer":
        assert 'data-act="again"' not in panel.to_html(live=True)


def test_two_at_once_are_refused_and_the_page_says_what_runs(panel, asked):
    panel.running = "weekly"
    shown = plain(panel.to_html(live=True))
    assert "weekly is being made; last time it took 3 s." in shown or "took 2 s." in shown
    Session(panel).receive({"act": "run", "key": "weekly"})
    assert asked[0] == []


def test_what_is_searched_is_undone_reset_and_kept_as_a_view(panel):
    talk = Session(panel)
    title = talk.page()["regions"]["title"]
    assert all(f'data-act="{act}"' in title for act in ("undo", "reset", "save"))
    talk.receive({"act": "set", "key": "status", "value": "failed"})
    talk.receive({"act": "save", "key": "shared", "value": "Failures"})
    assert talk.receive({"act": "undo"})[0]["query"] == ""
    key = next(item.id for item in saved.items(panel.store.path, "view") if item.name == "Failures")
    assert talk.receive({"act": "view", "key": key})[0]["query"] == "status=failed"
    assert talk.receive({"act": "reset"})[0]["query"] == ""
