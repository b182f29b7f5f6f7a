"""Who is alike: clusters with a persona each, how many, how far to trust that, and kept for later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workbench.i18n import formats
from workbench.segments import Clusters
from workbench.segments.choosing import Quality
from workbench.segments.naming import feature
from workbench.tables.controls import button, check, menu, select
from workbench.tables.html import Html, join, tag
from workbench.widgets import pointing, shell, views_menu
from workbench.widgets.parts import below, heading, side_by_side, table
from workbench.widgets.scene import NOTHING, Region, Scene
from workbench.widgets.segments import words
from workbench.widgets.segments.state import COUNTS, NEW
from workbench.widgets.views import Shelf


def clusters(scene: Scene, shelf: Shelf) -> Region:
    """The question, or its answer; a report shows it only where it was asked."""
    if not scene.live and "clusters" not in scene.found:
        return NOTHING
    title = scene.say("clusters")
    if "clusters" not in scene.found:
        ask = button(scene.say("clusters_ask"), "set", "clusters", NEW, class_="wb-btn wb-main")
        why = tag("p", scene.say("clusters_why"), class_="wb-quiet")
        return Region(join(heading(title, side_by_side(_open(scene, shelf), ask)), why))
    found = scene.found["clusters"]
    if isinstance(found, Exception):
        return Region(join(_head(scene, shelf, ()), shell.instead(scene, found)))
    answer: Clusters = found
    return Region(
        join(
            _head(scene, shelf, answer.people.columns),
            tag("p", answer.sentence(scene.lang), class_="wb-say"),
            _doubts(scene, answer),
            *pointing.hook(scene, "clusters", scene.say("press_cluster")),
            tag("ul", [_card(scene, answer, row) for row in _profile(scene, answer)], class_="wb-personas"),
            below(scene.say("clusters_by", features=_features(scene, answer))),
            _tried(scene, answer),
            _left_out(scene, answer),
            scene.live and _keep(scene, shelf),
        )
    )


def _head(scene: Scene, shelf: Shelf, columns: tuple[str, ...]) -> Html:
    """The heading with what can be chosen."""
    title = scene.say("clusters")
    if not scene.live:
        return heading(title)
    close = button(scene.say("alike_close"), "set", "clusters", "none", class_="wb-link")
    return heading(title, side_by_side(_open(scene, shelf), _controls(scene, columns), close))


def _controls(scene: Scene, columns: tuple[str, ...]) -> Html | bool:
    """Which features shape the clusters, and how many there are; saved ones are as they were made."""
    if scene.state.clusters != NEW:
        return False
    kept = scene.state.features
    names = columns or kept
    boxes = [
        tag("li", check("feature", "", name, words.capital(feature(name, scene.lang)), name in kept))
        for name in names
    ]
    shown = scene.say("features_some", n=len(kept)) if kept else scene.say("features_all")
    about = tag("p", scene.say("features_about"), class_="wb-quiet")
    inside = (about, tag("ul", boxes, class_="wb-checks"))
    chosen = boxes and menu(shown, *inside, name="features", kind="wb-right")
    counts = [(name, scene.say("k_auto") if name == "auto" else scene.say("k_of", n=name)) for name in COUNTS]
    return join(chosen, select(scene.say("k"), "k", scene.state.k, counts))


def _open(scene: Scene, shelf: Shelf) -> Html | bool:
    """The saved clusters, which later customers fall into."""
    if not scene.live or not (shelf.mine or shelf.others or shelf.trash):
        return False
    return menu(
        scene.say("clusters_saved"),
        views_menu.listed(scene, shelf),
        name="clusters",
        kind="wb-right wb-roomy",
    )


def _doubts(scene: Scene, answer: Clusters) -> Html | None:
    """What must be known before the clusters are used; saved ones say how they were when they were made."""
    lines = [remark.sentence(scene.lang) for remark in answer.remarks]
    if answer.quality is None and "stability" in answer.model.fitted:
        lines = [_as_made(scene, answer.model.fitted), *lines]
    weak = answer.quality is not None and not answer.quality.stable
    if not lines:
        return None
    look = "wb-notice wb-warn wb-plain" if weak else "wb-notes"
    return tag("ul", [tag("li", line) for line in lines], class_=look, role="status" if weak else None)


def _as_made(scene: Scene, fitted: Mapping[str, Any]) -> str:
    return scene.say(
        "clusters_made",
        day=fitted.get("as_of") or formats.MISSING,
        silhouette=_figure(scene, fitted["silhouette"], fitted["silhouette_sd"]),
        stability=formats.number(fitted["stability"], scene.lang, 2),
    )


def _profile(scene: Scene, answer: Clusters) -> list[dict[Any, Any]]:
    rows: list[dict[Any, Any]] = answer.profile(scene.lang).to_dict("records")
    return rows


def _card(scene: Scene, answer: Clusters, row: Mapping[Any, Any]) -> Html:
    """A persona: who they are in a sentence, how many, their part of the money, how surely they come back."""
    lang = scene.lang
    where = f"clusters/{row['segment']}"
    chosen = scene.live and scene.state.chosen == where
    pick = button(
        scene.say("cluster_pick"), "point", "clusters", row["segment"], aria_pressed=str(chosen).lower(),
        aria_label=scene.say("cluster_pick_of", name=row["name"]),
    )  # fmt: skip
    facts = (
        _part(scene, "col_customers", formats.number(row["size"], lang), row["share"]),
        _part(scene, "col_money", "", row["money_share"]),
    )
    back = None
    if row["jaccard"] == row["jaccard"]:
        back = tag("p", scene.say("cluster_back", share=formats.percent(row["jaccard"], lang, 0)),
                   class_="wb-quiet")  # fmt: skip
    head = tag("div", tag("h3", row["name"]), scene.live and pick, class_="wb-head")
    told = [tag("p", line) for line in answer.persona(row["segment"], lang)]
    return tag(
        "li",
        head,
        tag("dl", facts, class_="wb-parts"),
        told,
        back,
        class_="wb-persona wb-picked" if chosen else "wb-persona",
        data_id=f"cluster-{row['segment']}",
    )


def _part(scene: Scene, words: str, count: str, share: float) -> Html | None:
    """A share with its bar; none where it is not known."""
    if share != share:
        return None
    shown = formats.percent(share, scene.lang, 1)
    bar = tag("span", tag("i", style=f"width:{formats.percent(share, 'en', 1)}"), class_="wb-part",
              aria_hidden="true")  # fmt: skip
    figure = tag("span", " · ".join(part for part in (count, shown) if part), class_="wb-num")
    return tag("div", tag("dt", scene.say(words)), tag("dd", bar, figure))


def _tried(scene: Scene, answer: Clusters) -> Html | None:
    """Every number of clusters that was looked at; a click takes another one."""
    if len(answer.tried) < 2 and not answer.quality:
        return None
    heads = [
        tag("th", scene.say(f"col_{name}"), scope="col") for name in ("k", "silhouette", "cloud", "stable")
    ]
    body = [_row(scene, answer, entry) for entry in answer.tried]
    caption = scene.say("tried")
    return tag(
        "details",
        tag("summary", caption),
        table(caption, heads, body),
        below(scene.say("tried_about")),
        data_keep="tried",
        class_="wb-bin wb-tried",
        open=True,
    )


def _row(scene: Scene, answer: Clusters, entry: Quality) -> Html:
    lang, taken = scene.lang, answer.quality is entry
    number = formats.number(entry.k, lang)
    opener = button(number, "set", "k", str(entry.k), class_="wb-open") if scene.live else number
    mark = tag("span", " ✓" if taken else "", aria_hidden="true")
    doubt = None if entry.stable else tag("span", "◆ ", scene.say("unstable"), class_="wb-chip wb-warn")
    sure = None if entry.structured else tag("small", f" ({scene.say('no_more_than_cloud')})")
    cells = (
        tag("td", _figure(scene, entry.silhouette, entry.silhouette_sd)),
        tag("td", _figure(scene, entry.expected, entry.expected_sd), sure),
        tag("td", _figure(scene, entry.stability, entry.stability_sd), " ", doubt),
    )
    return tag("tr", tag("th", opener, mark, scope="row"), cells, class_="wb-picked" if taken else None)


def _figure(scene: Scene, value: float, spread: float) -> str:
    shown, sd = (formats.number(part, scene.lang, 2) for part in (value, spread))
    return f"{shown} ± {sd}"


def _features(scene: Scene, answer: Clusters) -> str:
    comma = "、" if scene.lang == "zh" else ", "
    return comma.join(feature(name, scene.lang) for name in answer.model.features)


def _left_out(scene: Scene, answer: Clusters) -> Html | None:
    if not answer.left_out:
        return None
    lines = [tag("li", entry.sentence(scene.lang)) for entry in answer.left_out]
    summary = tag("summary", scene.say("left_out"), class_="wb-quiet")
    return tag("details", summary, tag("ul", lines, class_="wb-notes"), data_keep="left-out", class_="wb-bin")


def _keep(scene: Scene, shelf: Shelf) -> Html:
    """New clusters get a name; saved ones bring the segments made of them up to date."""
    if scene.state.clusters == NEW:
        about = tag("p", scene.say("clusters_keep"), class_="wb-quiet")
        return tag("div", about, views_menu.saver(scene, shelf), class_="wb-keep")
    if not scene.saves:
        return tag("div", scene.only_looks(), class_="wb-keep")
    renew = button(scene.say("clusters_renew"), "renew", class_="wb-btn wb-main")
    about = tag("p", scene.say("clusters_renew_about"), class_="wb-quiet")
    return tag("div", tag("p", renew), about, class_="wb-keep")
