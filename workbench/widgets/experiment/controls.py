"""Controls of the Experiment panel: which experiment, until when, how judged."""

from __future__ import annotations

from workbench.i18n import formats
from workbench.tables.controls import select, slider, toggle
from workbench.tables.html import Html, join, tag
from workbench.widgets import people
from workbench.widgets.experiment.state import LOOKS, SIDES
from workbench.widgets.scene import Region, Scene

SPLITS = ("", "10/90", "20/80", "30/70", "70/30", "80/20", "90/10")
"""Planned shares that the menu offers, the control's first."""


def controls(scene: Scene) -> Region:
    """Experiment, control, day of the look, plan of looks, shares; in a report the same in words."""
    if not scene.live:
        return Region(tag("p", in_words(scene), people.control(scene), class_="wb-words"))
    state = scene.state
    trials = [(name, label(scene, name)) for name in state.trials]
    arms = [(arm, scene.say("against", arm=arm_label(scene, arm))) for arm in state.trial.arms]
    return Region(
        join(
            select(scene.say("experiment"), "experiment", state.trial.name, trials, "wb-strong"),
            select(scene.say("control"), "control", state.against, arms),
            slider(scene.say("look"), "look", state.look_number, 1, state.trial.days, _look(scene)),
            select(scene.say("looks_plan"), "looks", state.looks, _plans(scene)),
            select(scene.say("shares"), "shares", state.shares, _splits(scene)),
            toggle(scene.say("cuped"), "cuped", state.cuped, [(s, scene.say(f"cuped_{s}")) for s in SIDES]),
            people.control(scene),
        )
    )


def label(scene: Scene, name: str) -> str:
    """What an experiment is called."""
    return scene.labels.get(("experiment", name), name)


def arm_label(scene: Scene, arm: str) -> str:
    """What an arm of the chosen experiment is called."""
    return scene.labels.get((f"variant:{scene.state.trial.name}", arm), arm)


def in_words(scene: Scene) -> Html:
    """What the controls say, for a report."""
    state = scene.state
    parts = (
        tag("b", label(scene, state.trial.name)),
        scene.say("against", arm=arm_label(scene, state.against)),
        _look(scene),
        scene.say(f"looks_{state.looks}"),
    )
    return join(join(" · ", part) if number else part for number, part in enumerate(parts))


def _look(scene: Scene) -> str:
    trial, number = scene.state.trial, scene.state.look_number
    return scene.say(
        "look_at", day=formats.date(trial.day(number), scene.lang), number=number, days=trial.days
    )


def _plans(scene: Scene) -> list[tuple[str, str]]:
    return [(name, scene.say(f"looks_{name}")) for name in LOOKS]


def _splits(scene: Scene) -> list[tuple[str, str]]:
    offered = SPLITS if len(scene.state.trial.arms) == 2 else ("",)
    names = dict.fromkeys((*offered, scene.state.shares))
    return [(name, scene.say("planned", shares=name) if name else scene.say("equal")) for name in names]
