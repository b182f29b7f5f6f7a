"""What a visitor sees: the app, the list, and words where something went wrong."""

from __future__ import annotations

import html
import json
import re

import pytest

from workbench import settings


def test_the_start_lists_the_apps_with_their_state(member):
    page = member.get("/?lang=zh&period=last_7_days")
    assert page.status == 200
    assert 'href="/tiny?lang=zh&amp;period=last_7_days"' in page.text
    assert "广告投放" in page.text
    assert 'lang="zh-CN"' in page.text


def test_every_page_knows_the_others_in_the_order_of_the_start(member):
    start = re.findall(r'<a class="wb-card" href="([^"?]+)', member.get("/").text)
    shown = html.unescape(member.get("/pages").text)
    pages = json.loads(re.search(r"<pre>(\[\{.*\}\])", shown)[1])
    assert [page["href"] for page in pages] == start
    assert start[0] == "/home"
    campaigns = next(page for page in pages if page["id"] == "campaigns")
    assert campaigns.pop("about_en") != campaigns.pop("about_zh")
    titles = {"en": "Campaigns", "zh": "广告投放"}
    assert campaigns == {"id": "campaigns", "href": "/campaigns", "group": "ads", **titles}


def test_a_page_sends_its_frame_and_then_its_cells(member, tiny_workspace):
    page = member.get("/tiny?x=1&lang=zh").text
    order = [
        "wb-skeleton",
        "正在启动 Python",
        'dataset.kernelId = "',
        '; workbenchStep("',
        "QUERY &#39;x=1&amp;lang=zh&#39; voila/",
        "application/vnd.voila.cell-output+json",
        "workbenchDone()",
        "</html>",
    ]
    places = [page.find(item) for item in order]
    assert -1 not in places
    assert places == sorted(places)
    assert f"PLACE {tiny_workspace} {tiny_workspace / 'notebooks'} &#39;&#39;" in page
    assert "w.IntSlider" not in page
    assert member.app.token not in page


@pytest.mark.parametrize(
    ("cookie", "name"),
    [
        ("", None),
        ("%E7%8E%8B%E8%8A%B3%20W.", "王芳 W."),
        ("%E2%80%AE", None),
        ("x" * 61, None),
        ("%FF%3B", "\ufffd;"),
    ],
)
def test_a_visitor_is_called_as_the_cookie_says_or_as_this_machines_user(member, cookie, name):
    login = [f"{item.name}={item.value}" for item in member.jar]
    page = member.get("/tiny", Cookie="; ".join([*login, f"workbench-name={cookie}"])).text
    assert f"VISITOR {name or settings.user()!r}" in html.unescape(page)


def test_a_failing_notebook_says_one_sentence(member):
    page = member.get("/fails").text
    assert "No data yet. Import some." in page
    assert 'role="alert"' in page
    assert "Traceback" not in page
    assert page.rstrip().endswith("</html>")


def test_an_unexpected_error_keeps_its_traceback_in_the_log(member, private_home):
    page = member.get("/breaks?lang=zh").text
    assert "笔记本运行时发生意外错误" in page
    assert "ZeroDivisionError" not in page
    assert "traceback-secret" not in page
    assert "ZeroDivisionError" in (private_home / "state" / "app.log").read_text(encoding="utf-8")


def test_an_unknown_app_is_said_in_words(member):
    english, chinese = member.get("/nothing"), member.get("/nothing?lang=zh")
    assert (english.status, chinese.status) == (404, 404)
    assert "There is no such page" in english.text
    assert "没有这个页面" in chinese.text


def test_each_visitor_has_a_kernel_and_leaving_ends_it(member):
    first, second = (
        re.search(r'dataset\.kernelId = "([^"]+)"', member.get("/plain").text)[1] for _ in range(2)
    )
    assert first != second
    assert member.get(f"/api/kernels/{first}").status == 200
    xsrf = next(item.value for item in member.jar if item.name == "_xsrf")
    assert member.post(f"/voila/api/shutdown/{first}").status == 403
    assert member.post(f"/voila/api/shutdown/{first}", _xsrf=xsrf).status == 204
    assert member.get(f"/api/kernels/{first}").status == 404
    assert member.get(f"/api/kernels/{second}").status == 200
