"""The Data app in a real browser, with a real kernel behind it and all other hosts blocked."""

from __future__ import annotations

import re

import live
import pytest
from playwright.sync_api import expect

import workbench as wb

pytestmark = pytest.mark.browser
SHOWN = "document.body?.classList.contains('wb-shown')"
SIDEWAYS = "document.documentElement.scrollWidth > innerWidth"
PARTNER = "Tag,Kampagne,Imps,Klicks,Kosten,Leads\n" + "".join(
    f"2026-03-{day:02d},Spring,{1000 + day},{30 + day},{40 + day}.50,3\n" for day in range(1, 29)
)
DROP = """([name, text]) => {
  const files = new DataTransfer();
  files.items.add(new File([text], name, { type: "text/csv" }));
  const place = document.querySelector("main");
  for (const kind of ["dragenter", "dragover", "drop"])
    place.dispatchEvent(new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }));
}"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, private_home):
    """An empty workspace."""
    folder = tmp_path_factory.mktemp("data") / "ws"
    wb.data.open(folder)
    return folder


@pytest.fixture(scope="module")
def data_app(workspace):
    """The running app on it."""
    with live.running_app("-w", str(workspace)) as app:
        yield app


def opened(watched, app, **query):
    """The Data page once it is shown."""
    watched.page.goto(app.link("/data", **query))
    watched.page.wait_for_function(SHOWN, timeout=90_000)
    return watched.page


def choose(page, name, content):
    """Choose a file, as a person does with the button."""
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.set_input_files("input[type=file]", file)


def test_drop_review_map_import_and_undo(data_app, workspace, guarded_page):
    watched = guarded_page()
    page = opened(watched, data_app)
    page.evaluate(DROP, ["partner.csv", PARTNER])
    expect(page.locator(".wb-verdict")).to_contain_text("The columns are not known", timeout=60_000)
    page.get_by_role("button", name="Read it with these columns").click()
    expect(page.get_by_role("button", name="Import", exact=True)).to_be_visible(timeout=30_000)
    page.get_by_label("What Kosten becomes").select_option("cost")
    expect(page.locator("[data-region=fields]")).to_contain_text("please say", timeout=30_000)
    expect(page.locator("[data-region=review]")).to_contain_text("REVIEW")
    page.get_by_label("Currency").fill("EUR")
    page.get_by_label("Currency").press("Enter")
    expect(page.locator("[data-region=fields]")).not_to_contain_text("please say", timeout=30_000)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".wb-verdict")).to_contain_text("Imported: 28 rows", timeout=60_000)
    store = wb.data.open(workspace)
    assert (store.version, store.row_counts["performance"]) == (1, 28)
    total = store.query("SELECT sum(cost_micros) AS n FROM performance")["n"][0].as_py()
    assert total == sum((40 + day) * 1_000_000 + 500_000 for day in range(1, 29))
    page.get_by_role("button", name="Undo the import of partner.csv").click()
    expect(page.get_by_role("alertdialog")).to_contain_text("Its 28 rows")
    page.get_by_role("button", name="Undo this import").click()
    expect(page.locator("[data-region=notice]")).to_contain_text("is undone", timeout=60_000)
    expect(page.locator("[data-region=imports]")).to_contain_text("undone")
    store.refresh()
    assert store.as_of is None
    watched.assert_clean()


@pytest.mark.parametrize(("width", "theme", "lang"), [(390, "dark", "zh"), (1280, "light", "en")])
def test_by_keyboard_on_every_screen_and_nothing_scrolls_sideways(data_app, guarded_page, width, theme, lang):
    watched = guarded_page(width=width, theme=theme)
    page = opened(watched, data_app, lang=lang)
    page.wait_for_load_state("networkidle")  # the front end moves the page once when it is complete
    with page.expect_file_chooser() as chooser:
        page.locator("input[type=file]").press("Enter")
    chooser.value.set_files(
        [
            {"name": "很长的文件名" * 12 + ".csv", "mimeType": "text/csv", "buffer": PARTNER.encode()},
            {"name": "photo.png", "mimeType": "image/png", "buffer": b"\x89PNG\0\xff\xfe" * 99},
            {"name": "empty.xlsx", "mimeType": "", "buffer": b""},
        ]
    )
    expect(page.locator(".wb-light:not(.wb-busy)")).to_have_count(3, timeout=60_000)
    assert not page.evaluate(SIDEWAYS)
    page.locator(".wb-file-name").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-act=accept]")).to_be_visible()
    page.locator("[data-act=accept]").press("Enter")
    expect(page.locator("[data-act=import]")).to_be_visible(timeout=30_000)
    assert not page.evaluate(SIDEWAYS)
    watched.assert_clean()


def test_two_pages_import_at_the_same_time(data_app, workspace, guarded_page):
    pages = [opened(guarded_page(), data_app) for _ in range(2)]
    for number, page in enumerate(pages):
        text = "order id,customer id,amount,created at\n" + f"{number},c{number},5,2026-03-01T10:00:00Z\n"
        choose(page, f"orders-{number}.csv", text)
    for page in pages:
        expect(page.locator("[data-act=import]")).to_be_visible(timeout=60_000)
    for page in pages:
        page.locator("[data-act=import]").click(no_wait_after=True)
    for page in pages:
        expect(page.locator(".wb-verdict")).to_contain_text("Imported: 1 row", timeout=60_000)
    store = wb.data.open(workspace)
    assert store.row_counts["transactions"] == 2


def test_a_large_file_goes_in_pieces_while_the_page_answers(data_app, guarded_page):
    watched = guarded_page()
    page = opened(watched, data_app)
    line = "2026-03-{:02d},Campaign {},1000,30,12.5\n"
    rows = "".join(line.format(n % 28 + 1, n % 997) for n in range(200_000))
    choose(page, "large.csv", "Date,Campaign,Impressions,Clicks,Cost\n" + rows)
    page.get_by_role("button", name=re.compile("中文")).click()
    expect(page.locator("[data-region=title] h1")).to_have_text("数据", timeout=20_000)
    expect(page.locator("[data-region=review]")).to_contain_text("待确认", timeout=90_000)
    expect(page.locator("[data-region=review]")).to_contain_text("200,000")
    watched.assert_clean()


def test_after_its_kernel_ended_a_page_opens_again_without_the_file(data_app, guarded_page):
    page = opened(guarded_page(), data_app)
    choose(page, "partner.csv", PARTNER)
    expect(page.locator(".wb-verdict")).to_be_visible(timeout=60_000)
    page.evaluate(
        """() => fetch(`/voila/api/shutdown/${document.body.dataset.kernelId}`, {method: "POST", headers:
        {"X-XSRFToken": document.cookie.match(/_xsrf=([^;]+)/)[1]}})"""
    )
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    with page.expect_navigation(timeout=90_000):  # else the old page, still shown, would be asked
        page.locator(".wb-banner").get_by_role("button").click()
    page.wait_for_function(SHOWN, timeout=90_000)
    expect(page.locator("[data-upload]")).to_be_visible()
    assert page.locator(".wb-file").count() == 0


def test_a_shared_app_is_for_reading_unless_it_says_otherwise(workspace, guarded_page):
    with live.running_app("-w", str(workspace), "--public-url", "http://127.0.0.1:1") as app:
        page = opened(guarded_page(), app)
        expect(page.locator("[data-region=drop]")).to_contain_text("read-only")
        assert page.locator("[data-upload], [data-act=ask_undo]").count() == 0
