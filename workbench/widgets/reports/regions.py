"""How the regions of the Reports panel are drawn."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from workbench.i18n import formats, text, texts
from workbench.i18n.errors import retold
from workbench.published import KINDS, PAGE, STATUSES, TABLES, Published, kind_of, newest
from workbench.tables.blocks import head
from workbench.tables.controls import button, select
from workbench.tables.html import Html, hidden, join, tag
from workbench.widgets import parts
from workbench.widgets.scene import Region, Scene

SHOWN, MOST = 20, 500
"""Runs before and after `show all`."""
LOOKS = {"ok": ("good", "✓"), "stale": ("warn", "◆"), "held": ("warn", "◆"), "failed": ("bad", "✕")}


def controls(scene: Scene) -> Region:
    """Words to search for, and a status; in a report nothing."""
    if not scene.live:
        return Region(Html(""))
    state = scene.state
    label = scene.say("search")
    field = tag("input", type="text", value=state.search or None, placeholder=label, aria_label=label,
                maxlength=200)  # fmt: skip
    form = tag(
        "form",
        field,
        tag("button", scene.say("find"), type="submit", class_="wb-btn"),
        class_="wb-line wb-search",
        role="search",
        data_act="set",
        data_key="search",
    )
    choices = [("", scene.say("all_status")), *((name, status(scene, name)) for name in STATUSES)]
    return Region(join(form, select(scene.say("status"), "status", state.status, choices)))


def state(scene: Scene, found: tuple[Published, ...], running: str) -> Region:
    """How the newest run of every job stands, and what is being made."""
    last = newest(found)
    bad = [one for one in last.values() if one.status != "ok"]
    if not last:
        said = scene.say("none")
    elif bad:
        names = ("、" if scene.lang == "zh" else ", ").join(one.job for one in bad[:5])
        said = scene.say("some_failed", n=len(bad), all=len(last), names=names)
    else:
        said = scene.say("all_ok", n=len(last))
    busy = running and tag(
        "p", tag("i", class_="wb-spin", aria_hidden="true"), _running(scene, running, found), role="status",
        class_="wb-awaited",
    )  # fmt: skip
    return Region(tag("div", tag("p", said, class_="wb-lead"), busy, class_="wb-card"))


def runs(scene: Scene, found: tuple[Published, ...], titles: Mapping[str, str], free: bool) -> Region:
    """The history: when, what, how it ended, its files, and making it again."""
    title = scene.say("history")
    if not found:
        return Region(join(head(title), tag("p", scene.say("nothing_found"), class_="wb-quiet")))
    shown = found[: SHOWN if scene.state.rows == "some" else MOST]
    names = ["when", "job", "status", "files", *(["act"] if free else [])]
    heads = _heads(scene, names)
    rows = [_run(scene, one, titles, free) for one in shown]
    return Region(join(head(title), parts.table(title, heads, rows, "wb-stack"), _foot(scene, shown, found)))


def jobs(scene: Scene, found: tuple[Published, ...], titles: Mapping[str, str], free: bool) -> Region:
    """What can be made, with how it went last."""
    last = newest(found)
    title = scene.say("jobs")
    names = ["job", "last", *(["act"] if free else [])]
    heads = _heads(scene, names)
    rows = [_job(scene, name, words, last.get(name), free) for name, words in titles.items()]
    if not rows:
        return Region(Html('<i hidden class="wb-none"></i>'))
    return Region(join(head(title), parts.table(title, heads, rows, "wb-stack")))


def definitions(scene: Scene) -> Region:
    """What each status means, and what a run and its files are."""
    terms = [(status(scene, name), scene.say(f"about_{name}")) for name in STATUSES]
    terms += [(scene.say(name), scene.say(f"about_{name}")) for name in ("again", "figures")]
    body = tag("dl", [tag("div", tag("dt", name), tag("dd", said)) for name, said in terms], class_="wb-defs")
    summary = tag("summary", scene.say("definitions"))
    return Region(tag("details", summary, body, id="wb-help", data_keep="help", open=not scene.live))


def _heads(scene: Scene, names: list[str]) -> list[Html]:
    looks = {"act": None}
    return [
        tag("th", scene.say(f"col_{name}"), scope="col", class_=looks.get(name, "wb-left")) for name in names
    ]


def status(scene: Scene, name: str) -> str:
    """A status in words."""
    key = f"reports.status_{name}"
    return text(key, scene.lang) if key in texts() else name


def address(one: Published, file: str) -> str:
    """Where the app serves a file of a run; next to the page of this panel."""
    base = os.environ.get("SCRIPT_NAME", "").rpartition("/")[0]
    return f"{base}/reports/{quote(one.job, safe='')}/{quote(one.run, safe='')}/{quote(file)}"


def _run(scene: Scene, one: Published, titles: Mapping[str, str], free: bool) -> Html:
    look, mark = LOOKS.get(one.status, ("off", "○"))
    title = titles.get(one.job) or titles.get(one.notebook) or one.job
    what = " · ".join(part for part in (one.job if title != one.job else "", one.member, one.told) if part)
    badge = tag("span", f"{mark} {status(scene, one.status)}", class_=f"wb-badge wb-{look}")
    sentence = one.error and tag("p", retold(one.error, scene.lang), class_="wb-ev wb-said")
    again = free and tag("td", _button(scene, "again", one.key, title), data_label=scene.say("col_act"))
    return tag(
        "tr",
        tag("th", moment(scene, one.finished), scope="row"),
        tag("td", tag("b", title), tag("p", what, class_="wb-ev wb-said") if what else None, class_="wb-left",
            data_label=scene.say("col_job")),
        tag("td", badge, sentence, class_="wb-left", data_label=scene.say("col_status")),
        tag("td", _files(scene, one), class_="wb-left", data_label=scene.say("col_files")),
        again,
        data_id=f"run-{one.key}",
    )  # fmt: skip


def _job(scene: Scene, name: str, title: str, last: Published | None, free: bool) -> Html:
    when = moment(scene, last.finished) if last else scene.say("never")
    ended = last and tag("span", " · ", status(scene, last.status))
    run = free and tag("td", _button(scene, "run", name, title), data_label=scene.say("col_act"))
    return tag(
        "tr",
        tag("th", title, scope="row"),
        tag("td", when, ended, class_="wb-left", data_label=scene.say("col_last")),
        run,
        data_id=f"job-{name}",
    )


def _button(scene: Scene, act: str, key: str, name: str) -> Html:
    return button(scene.say(act), act, key, class_="wb-btn", aria_label=f"{scene.say(act)}: {name}")


def _files(scene: Scene, one: Published) -> Any:
    """Links to the files; the page opens beside this one, the others are taken away."""
    if not (scene.live and os.environ.get("SCRIPT_NAME")):
        return ", ".join(one.files) or formats.MISSING
    links = [_file(scene, one, name) for name in one.files]
    listed = tag("ul", [tag("li", link) for link in links], class_="wb-plain wb-line") if links else None
    return join(listed, _tables(scene, one)) or formats.MISSING


def _tables(scene: Scene, one: Published) -> Html | None:
    """Links to the tables of a run, folded away: there are many."""
    if not one.tables:
        return None
    links = [tag("li", _file(scene, one, f"{TABLES}/{name}", name)) for name in one.tables]
    summary = tag("summary", f"{KINDS['.csv']} ({len(one.tables)})", class_="wb-quiet")
    return tag("details", summary, tag("ul", links, class_="wb-notes"), data_keep=f"tables-{one.key}")


def _file(scene: Scene, one: Published, name: str, called: str = "") -> Html:
    words = scene.say("open") if name == PAGE else called or kind_of(name)
    about = hidden(f" {one.job} {moment(scene, one.finished)}")
    more = {"target": "_blank", "rel": "noopener"} if name == PAGE else {"download": True}
    return tag("a", words, about, href=address(one, name), class_="wb-link", **more)


def _foot(scene: Scene, shown: tuple[Published, ...], found: tuple[Published, ...]) -> Html | None:
    if len(found) <= SHOWN:
        return None
    few = scene.state.rows == "some"
    words, value = ("show_all", "all") if few else ("show_some", "some")
    more = scene.live and button(scene.say(words), "set", "rows", value, class_="wb-link")
    return tag(
        "p", tag("span", scene.say("shown", shown=len(shown), all=len(found))), more, class_="wb-below"
    )


def _running(scene: Scene, name: str, found: tuple[Published, ...]) -> str:
    """What is made, and how long it took the last time."""
    last = next((one for one in found if one.job == name and one.status == "ok"), None)
    if last is None:
        return scene.say("running", name=name)
    return scene.say("running_usual", name=name, seconds=formats.number(last.seconds, scene.lang))


def moment(scene: Scene, when: dt.datetime | None) -> str:
    """A moment in the workspace's time zone, to the minute."""
    if when is None:
        return formats.MISSING
    local = when.astimezone(scene.store.zone)
    return f"{formats.date(local.date(), scene.lang)} {local:%H:%M}"
