"""Files of reports: behind the login, with their own strict policy, and nothing beside them."""

from __future__ import annotations

import json

import pytest

from workbench.apps.reports import file_of

RUN = "20261128T223000000Z-aaaaaaaa"


@pytest.fixture(scope="module")
def served(tiny_workspace, private_home):
    """A published run where the server looks for reports."""
    folder = private_home / "reports" / "week 47" / RUN
    folder.mkdir(parents=True)
    (folder / "report.html").write_text("<p>the page</p>", encoding="utf-8")
    (folder / "report.xlsx").write_bytes(b"PK-table")
    (folder / "tables").mkdir()
    (folder / "tables" / "01-渠道.csv").write_text("a\n1\n", encoding="utf-8-sig")
    (folder / "tables" / "secret.txt").write_text("secret", encoding="utf-8")
    (folder / "manifest.json").write_text("{}", encoding="utf-8")
    (folder / "report.ipynb").write_text("{}", encoding="utf-8")
    (folder.parent / ".part-x").mkdir()
    (folder.parent / ".part-x" / "report.html").write_text("half", encoding="utf-8")
    (folder.parent / "latest").symlink_to(RUN, target_is_directory=True)
    (folder.parent / "out").symlink_to(tiny_workspace, target_is_directory=True)
    return folder


BAD = (
    ("week 47", RUN, "manifest.json"),
    ("week 47", RUN, "report.ipynb"),
    ("week 47", ".part-x", "report.html"),
    ("week 47", "out", "workbench.toml"),
    ("..", "tables", "x.csv"),
    ("week 47", "..", "report.html"),
    ("week 47", RUN, "../../../workbench.toml"),
    ("week 47", RUN, "nul\0.html"),
    ("week 47", RUN, "none.html"),
    ("week 47", RUN, "tables"),
    ("week 47", RUN, "tables/secret.txt"),
    ("week 47", RUN, "tables/../report.html"),
    ("week 47", RUN, "tables/.csv"),
    ("week 47", RUN, "other/01-渠道.csv"),
)


@pytest.mark.parametrize("words", BAD, ids=range(len(BAD)))
def test_nothing_but_the_files_of_published_runs_is_found(served, words):
    assert file_of(served.parents[1], *words) is None


def test_a_link_out_of_the_folder_leads_nowhere(served, tmp_path):
    (tmp_path / "secret.html").write_text("secret", encoding="utf-8")
    (served.parent / "away").symlink_to(tmp_path, target_is_directory=True)
    assert file_of(served.parents[1], "week 47", "away", "secret.html") is None


def test_the_server_sends_a_page_with_a_policy_of_its_own(served, tiny_app, member):
    page = member.get(f"/reports/week%2047/{RUN}/report.html")
    assert (page.status, page.text) == (200, "<p>the page</p>")
    policy = page.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "default-src 'none'" in policy
    assert "connect-src 'none'" in policy
    assert member.get("/reports/week%2047/latest/report.html").text == "<p>the page</p>"


def test_other_files_are_kept_and_not_shown(served, member):
    table = member.get(f"/reports/week%2047/{RUN}/report.xlsx")
    assert table.headers["Content-Disposition"] == "attachment; filename*=UTF-8''week%2047-report.xlsx"
    assert table.headers["X-Content-Type-Options"] == "nosniff"
    rows = member.get(f"/reports/week%2047/{RUN}/tables/01-%E6%B8%A0%E9%81%93.csv")
    assert rows.text.endswith("a\n1\n")
    assert rows.headers["Content-Disposition"].endswith("week%2047-01-%E6%B8%A0%E9%81%93.csv")


@pytest.mark.parametrize(
    "path",
    [
        f"/reports/week%2047/{RUN}/manifest.json",
        "/reports/week%2047/..%2F..%2Fworkbench.toml/x.html",
        "/reports/..%2F..%2Fetc/passwd/x.csv",
        "/reports/week%2047/.part-x/report.html",
    ],
)
def test_the_server_sends_nothing_else(served, member, path):
    assert member.get(path).status == 404


def test_a_visitor_without_login_gets_no_file(served, visitor):
    answer = visitor.get(f"/reports/week%2047/{RUN}/report.html")
    assert answer.status in (302, 403)
    assert "the page" not in answer.text


@pytest.mark.browser
def test_the_reports_app_finds_a_run_and_opens_its_page(served, tiny_app, guarded_page):
    from playwright.sync_api import expect

    known = {"status": "ok", "notebook": "week.ipynb", "finished": "2026-11-28T22:30:00+00:00", "seconds": 2}
    (served / "manifest.json").write_text(json.dumps(known | {"parameters": {"x": "最近"}}), encoding="utf-8")
    watched = guarded_page(width=390)
    page = watched.page
    page.goto(tiny_app.link("/reports", lang="zh"))
    row = page.locator(f"[data-id='run-week 47/{RUN}']")
    expect(row).to_contain_text("week 47", timeout=90_000)
    page.wait_for_function("document.body?.classList.contains('wb-shown')", timeout=60_000)
    assert page.evaluate("document.querySelector('main').getBoundingClientRect().right <= innerWidth")
    page.get_by_label("搜索任务").fill("nothing like that")
    page.keyboard.press("Enter")
    expect(row).to_have_count(0)
    page.get_by_label("搜索任务").fill("week 最近")
    page.keyboard.press("Enter")
    expect(row).to_have_count(1)
    with page.expect_popup() as opened:
        row.get_by_role("link", name="打开").click()
    expect(opened.value.locator("p")).to_have_text("the page")
    assert opened.value.evaluate("origin") == "null"
    watched.assert_clean()
