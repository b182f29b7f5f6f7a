"""Regions of the Monitor panel about the data: version, what is new, freshness, watched folders, imports."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from workbench import watch
from workbench.i18n import formats, text
from workbench.quality import News, Standing
from workbench.tables.blocks import figure, grid, head
from workbench.tables.controls import button
from workbench.tables.html import Html, join, tag
from workbench.widgets.data.words import badge, count, platform, table
from workbench.widgets.following import Following
from workbench.widgets.scene import NOTHING, Region, Scene

ON_TIME = {"on_time": ("good", "✓"), "late": ("warn", "◆"), "ended": ("off", "■")}
"""Status of a platform → look and sign."""
WATCH = {
    "watching": ("good", "●"),
    "importing": ("good", "◉"),
    "stopped": ("off", "■"),
    "gone": ("bad", "✕"),
    "none": ("off", "○"),
}
"""State of a watched folder → look and sign."""
VERDICTS = {
    "published": ("good", "✓"),
    "review": ("warn", "◆"),
    "aside": ("warn", "▲"),
    "undone": ("off", "■"),
}
"""What became of an import → look and sign."""


def news(scene: Scene, following: Following) -> Region:
    """What the version shown brought; that a newer one is there, while these numbers are kept."""
    found: News = scene.answer("news")
    lines = found.sentences(scene.lang)
    moved = following.before is not None
    sign = tag(
        "span", "↻" if moved else "●", class_="wb-mark wb-good" if moved else "wb-mark", aria_hidden="true"
    )
    said = join(tag("p", lines[0], class_="wb-say"), tag("p", " ".join(lines[1:]), class_="wb-ev"))
    body = tag("div", said, _kept(scene, following))
    return Region(join(sign, body, scene.live and not scene.store.is_past and _hold(scene, following)))


def standing(scene: Scene) -> Region:
    """Version, freshness, watched folder and last import as four cards."""
    found: Standing = scene.answer("standing")
    cards = [_version(scene, found), _fresh(scene, found)]
    if _sees_files(scene):
        cards += [_watched(scene), _last(scene, found)]
    return Region(join(tag("h2", scene.say("standing"), class_="wb-hidden"), cards))


def landed(scene: Scene) -> Region:
    """The newest imports: file, platform, rows, what became of them."""
    if not _sees_files(scene):
        return NOTHING
    found: Standing = scene.answer("standing")
    rows = [_import(scene, row) for row in found.landed.to_dict("records")]
    title = scene.say("landed")
    if not rows:
        return Region(join(head(title), tag("p", scene.say("none_landed"), class_="wb-quiet")))
    names = [scene.say(f"col_{name}") for name in ("file", "platform", "rows", "verdict", "when")]
    return Region(join(head(title), grid(title, names, rows, "ttntt")))


def platforms(scene: Scene) -> Region:
    """How far each platform reaches, and whether it is late; the tables below."""
    found: Standing = scene.answer("standing")
    rows = [_platform(scene, row) for row in found.platforms.to_dict("records")]
    title = scene.say("platforms")
    names = [scene.say(f"col_{name}") for name in ("platform", "accounts", "last_day", "status")]
    held = [
        [table(row["table"], scene), count(row["rows"], scene), _moment(scene, row["imported_at"])]
        for row in found.tables.to_dict("records")
    ]
    heads = [scene.say(f"col_{name}") for name in ("table", "rows", "filled")]
    inner = (tag("summary", scene.say("tables")), grid(scene.say("tables"), heads, held, "tnt"))
    more = tag("details", *inner, data_keep="tables", class_="wb-tables")
    return Region(join(head(title), grid(title, names, rows, "tntt"), more))


def _sees_files(scene: Scene) -> bool:
    """Whether this visitor is told of files: not where a link is for some advertisers only."""
    return scene.store.advertisers is None


def _kept(scene: Scene, following: Following) -> Html | None:
    """What is to be known while a newer version is there and not shown."""
    if following.coming is not None:
        words = scene.say("coming", version=following.coming)
        return tag("p", tag("i", class_="wb-spin", aria_hidden="true"), words, class_="wb-awaited")
    if following.held and following.is_behind:
        words = scene.say("behind", newest=following.newest, version=scene.store.version)
        return tag("p", words, class_="wb-behind")
    return (
        tag("p", scene.say("held", version=scene.store.version), class_="wb-ev") if following.held else None
    )


def _hold(scene: Scene, following: Following) -> Html:
    """Keep these numbers, or follow again; the mark makes the page ask whether something happened."""
    key = "go_on" if following.held else "keep"
    made = button(
        scene.say(key),
        "hold",
        "",
        "follow" if following.held else "keep",
        aria_pressed=str(following.held).lower(),
    )
    return tag("div", made, class_="wb-act", data_poll=True)


def _version(scene: Scene, found: Standing) -> Html:
    since = formats.moment(found.written_at, scene.lang, scene.store.zone)
    about = scene.say("since", when=since) if found.written_at else None
    return figure(scene.say("version"), formats.number(found.data_version, scene.lang), about)


def _fresh(scene: Scene, found: Standing) -> Html:
    look, sign = ("warn", "◆") if found.late or len(found.late_platforms) else ("good", "✓")
    words = scene.say("late" if look == "warn" else "on_time")
    return figure(
        scene.say("fresh"),
        formats.date(found.as_of, scene.lang),
        _badge(look, sign, words),
        found.sentence(scene.lang),
    )


def _watched(scene: Scene) -> Html:
    """The watched folder that looked last, and how many more there are."""
    rows = watch.watched(scene.store).sort_values("started_at").to_dict("records")
    if not rows:
        badge_ = _badge(*WATCH["none"], scene.say("not_watched"))
        return figure(scene.say("watch"), formats.MISSING, badge_, scene.say("begin_watch"))
    row = rows[-1]
    state = _badge(*WATCH[row["state"]], text(f"watch.state_{row['state']}", scene.lang))
    more = [scene.say("more_folders", count=len(rows[1:]))] if len(rows) > 1 else []
    if row["waiting"]:
        more.append(scene.say("waiting", files=row["waiting"]))
    return figure(scene.say("watch"), _folder(row["folder"]), state, _landed_last(scene, row), *more)


def _landed_last(scene: Scene, row: Mapping[Any, Any]) -> Any:
    """What landed last in a folder: the file and its verdict, or what is wrong with the newest one."""
    if row["error"] and not (row["file_at"] > row["error_at"]):
        return tag("span", tag("b", f"✕ {row['file'] or row['folder']}: "), row["error"])
    if not row["file"]:
        return scene.say("nothing_landed")
    when = formats.moment(row["file_at"], scene.lang, scene.store.zone)
    return tag("span", row["file"], " · ", when, " ", badge(row["file_status"], scene))


def _last(scene: Scene, found: Standing) -> Html:
    rows = found.landed.head(1).to_dict("records")
    if not rows:
        return figure(scene.say("last"), formats.MISSING, scene.say("none_landed"))
    row = rows[0]
    said = [platform(row["source"], scene), scene.say("rows", rows=count(row["rows"], scene))]
    if row["aside"]:
        said.append(scene.say("aside", rows=count(row["aside"], scene)))
    when = _moment(scene, row["imported_at"])
    return figure(
        scene.say("last"), row["file"] or formats.MISSING, _verdict(scene, row), " · ".join([*said, when])
    )


def _import(scene: Scene, row: Mapping[Any, Any]) -> list[Any]:
    return [
        row["file"] or formats.MISSING,
        platform(row["source"], scene),
        count(row["rows"], scene),
        _verdict(scene, row),
        _moment(scene, row["imported_at"]),
    ]


def _platform(scene: Scene, row: Mapping[Any, Any]) -> list[Any]:
    words = scene.say(f"is_{row['status']}", days=row["behind"], late=row["late"])
    return [
        platform(row["source"], scene),
        count(row["accounts"], scene),
        formats.date(row["last_day"], scene.lang),
        _badge(*ON_TIME[row["status"]], words),
    ]


def _verdict(scene: Scene, row: Mapping[Any, Any]) -> Html:
    words = scene.say(f"verdict_{row['verdict']}", rows=count(row["aside"], scene))
    return _badge(*VERDICTS[row["verdict"]], words)


def _badge(look: str, sign: str, words: str) -> Html:
    return tag("span", tag("i", sign, aria_hidden="true"), " ", words, class_=f"wb-badge wb-{look}")


def _folder(path: str) -> str:
    """The last part of a path: what people call the folder."""
    return path.rstrip("/\\").replace("\\", "/").rpartition("/")[2] or path


def _moment(scene: Scene, instant: dt.datetime | None) -> str:
    return formats.moment(instant, scene.lang, scene.store.zone)
