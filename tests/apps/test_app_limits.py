"""A link for some advertisers: signed into it, told to the kernel, and closed pages say why."""

from __future__ import annotations

import json
import re

import pytest
from app_client import Client
from click.testing import CliRunner

from workbench.apps import passes
from workbench.apps.passes import Pass
from workbench.cli import main
from workbench.errors import SettingsError
from workbench.reports import notebooks

TOKEN = "owner-token"
NAMES = ("Lumi, Beauty", "信息流公司", "a-b")


def test_a_pass_carries_the_advertisers_and_cannot_be_widened():
    made = passes.issue(TOKEN, "planner", days=2, now=1_000_000, advertisers=NAMES)
    assert re.fullmatch(r"[\w-]+", made), "it stands in links and cookies"
    assert passes.read(TOKEN, made, now=1_000_001) == Pass("planner", 1_172_800, NAMES)
    _, role, until, names, sign = made.split("-", 4)
    wide = passes.issue(TOKEN, "viewer", days=2, now=1_000_000).split("-", 3)
    forged = [
        f"p1-{role}-{until}-{sign}",
        f"p2-{role}-{until}-{sign}",
        f"p2-{role}-{until}--{sign}",
        f"p2-steward-{until}-{names}-{sign}",
        f"p2-{role}-{until}-{names[:-1]}-{sign}",
        f"p1-{role}-{until}-{names}-{sign}",
        f"p1-viewer-{until}-{names}-{wide[3]}",
        f"p2-viewer-{until}-{wide[3]}",
        f"p2-{role}-{until}-{names}",
    ]
    assert [passes.read(TOKEN, text, now=1_000_001) for text in forged] == [None] * len(forged)


@pytest.mark.parametrize("names", [(), tuple(f"advertiser {number}" for number in range(200))])
def test_a_pass_for_no_advertiser_or_too_many_is_not_made(names):
    with pytest.raises(SettingsError, match="advertisers"):
        passes.issue(TOKEN, "viewer", days=1, advertisers=names)


def limited(app, role: str = "viewer") -> Client:
    """A visitor with a link for two advertisers."""
    member = Client(app)
    made = passes.issue(app.token, role, days=1, advertisers=NAMES[:2])
    assert member.get(f"/theirs?token={made}").headers["Location"] == "/theirs"
    return member


@pytest.mark.parametrize("query", ["", "?WORKBENCH_ADVERTISERS=null", "?advertisers=a-b&role=steward"])
def test_the_kernel_knows_the_limit_before_the_notebook_runs(tiny_app, query):
    page = limited(tiny_app, "planner").get(f"/theirs{query}", **{"X-Workbench-Role": "steward"}).text
    told = repr(NAMES[:2]).replace("'", "&#39;")
    assert f"LIMIT {told} {told} planner" in page
    shown = json.loads(re.search(r"PAGES (.*)", page)[1].replace("&quot;", '"').replace("&#34;", '"'))
    assert {item["id"] for item in shown} >= {"theirs", "campaigns", "home"}
    assert not {item["id"] for item in shown} & {"plain", "data", "segments", "customer_card", "attribution"}


@pytest.mark.parametrize("name", ["plain", "data", "customer_card", "segments", "contacts", "attribution"])
def test_pages_about_customers_or_everything_are_closed_and_say_so(tiny_app, name):
    answer = limited(tiny_app, "steward").get(f"/{name}?lang=zh")
    assert answer.status == 403
    assert "您的链接不包含此页面" in answer.text
    assert "kernelId" not in answer.text


def test_the_list_of_apps_is_the_limits(tiny_app):
    shown = limited(tiny_app).get("/").text
    assert 'href="/theirs"' in shown
    assert 'href="/plain"' not in shown
    assert 'href="/plain"' in Client(tiny_app).login().get("/").text


def test_pages_for_limited_visitors_are_those_that_make_sense_without_customers():
    packaged = notebooks.packaged()
    opened = {name for name, notebook in packaged.items() if notebook.is_for_limited}
    assert opened >= {"home", "campaigns", "compare", "forecast", "budget", "timeslots"}
    assert not [name for name in opened if packaged[name].group == "customers"]
    assert not opened & {"data", "attribution", "experiment", "incrementality", "contacts"}


def test_the_owner_names_advertisers_as_the_workspace_does(demo_store, private_home):
    run = lambda *words: CliRunner().invoke(main, ["share", "-w", str(demo_store.path), *words])  # noqa: E731
    made = run("--advertisers", "Lumi Beauty,Northlight Home", "--advertisers", "Lumi Beauty")
    token = (private_home / "state" / "token").read_text()
    given = passes.in_link(made.output)
    assert passes.read(token, given).advertisers == ("Lumi Beauty", "Northlight Home")
    wrong = run("--advertisers", "Lumi Beuty")
    assert wrong.exit_code != 0
    assert "Lumi Beauty" in wrong.output
