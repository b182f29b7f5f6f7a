import re
from itertools import combinations

import numpy as np
import pytest

from workbench.charts import theme
from workbench.errors import WorkbenchError

CSS = re.sub(r"/\*.*?\*/", "", theme.TOKENS_CSS.read_text(encoding="utf-8"), flags=re.S)
TEXTS = ("ink", "ink-2", "ink-3", "accent", "good", "bad", "warn")


def rgb(colour: str) -> np.ndarray:
    """Linear RGB of a hex colour."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    dark, light = sorted(float(rgb(colour) @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(linear: np.ndarray) -> np.ndarray:
    """OKLab (Ottosson 2020) of linear RGB."""
    cones = np.array([[0.4122, 0.5363, 0.0514], [0.2119, 0.6807, 0.1074], [0.0883, 0.2817, 0.6300]])
    axes = np.array([[0.2105, 0.7936, -0.0041], [1.9780, -2.4286, 0.4506], [0.0259, 0.7828, -0.8087]])
    return axes @ np.cbrt(cones @ np.clip(linear, 0, 1))


# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
BLINDNESS = {
    "protan": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deutan": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


def test_both_dark_blocks_are_equal():
    blocks = {selector.strip(): body for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", CSS)}
    dark = [body.split() for selector, body in blocks.items() if "color-scheme: dark" in body]
    assert len(dark) == 2
    assert dark[0] == dark[1]


@pytest.mark.parametrize("name", theme.THEMES)
def test_text_is_readable_on_every_ground(name):
    found = theme.tokens(name)
    for ink in TEXTS:
        for ground in ("card", "bg"):
            assert contrast(found[ink], found[ground]) >= 4.5, (ink, ground)
    for state in ("good", "bad", "warn", "accent"):
        assert contrast(found[state], found[f"{state}-soft"]) >= 4.5, state


@pytest.mark.parametrize("name", theme.THEMES)
def test_series_stand_out_from_the_card(name):
    found = theme.tokens(name)
    assert all(contrast(found[f"c{i}"], found["card"]) >= 3 for i in range(1, 9))


@pytest.mark.parametrize("name", theme.THEMES)
@pytest.mark.parametrize("kind", BLINDNESS)
def test_series_colours_stay_apart_for_colour_blind_eyes(name, kind):
    found = theme.tokens(name)
    seen = [lab(np.array(BLINDNESS[kind]) @ rgb(found[f"c{i}"])) for i in range(1, 9)]
    nearest = min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))
    assert nearest > 0.05


@pytest.mark.parametrize("name", theme.THEMES)
def test_the_heat_ramp_goes_one_way(name):
    found = theme.tokens(name)
    light = [lab(rgb(found[f"h{i}"]))[0] for i in range(6)]
    steps = np.diff(light)
    assert (steps > 0.02).all() or (steps < -0.02).all()


def test_resolve_leaves_no_token_and_no_other_text_changed():
    spec = {"a": ["$c1", {"b": "$ink-3"}], "text": "costs $5", "n": 1, "font": "$font"}
    done = theme.resolve(spec, "dark")
    assert done["a"] == [theme.tokens("dark")["c1"], {"b": theme.tokens("dark")["ink-3"]}]
    assert done["text"] == "costs $5"
    assert done["n"] == 1
    assert "Noto Sans CJK SC" in done["font"]


def test_dark_differs_from_light_and_keeps_what_it_does_not_change():
    light, dark = theme.tokens("light"), theme.tokens("dark")
    assert set(light) == set(dark)
    assert light["card"] != dark["card"]
    assert light["radius"] == dark["radius"]


def test_an_unknown_theme_is_refused():
    with pytest.raises(WorkbenchError, match="Unknown theme"):
        theme.tokens("sepia")
