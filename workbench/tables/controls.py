"""Controls as markup: buttons, selects, menus, chips, the slider. They say what to do by `data-act`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from workbench.tables.html import Child, Html, hidden, join, tag

Choice = tuple[str, str]
"""(value, label)."""


def button(label: Child, act: str, key: str = "", value: str = "", **attributes: object) -> Html:
    """A button that sends `act` with `key` and `value`."""
    return tag(
        "button",
        label,
        type="button",
        data_act=act,
        data_key=key or None,
        data_value=value or None,
        **{"class_": "wb-btn", **attributes},
    )


def select(
    label: str, key: str, value: str, choices: Iterable[Choice], kind: str = "", act: str = "set"
) -> Html:
    """A native select that sends `act` with its key; the label is for screen readers."""
    options = [tag("option", text, value=name, selected=name == value) for name, text in choices]
    look = f"wb-select {kind}".strip()
    return tag("select", options, aria_label=label, data_act=act, data_key=key, class_=look)


def grouped(
    label: str,
    key: str,
    value: str,
    groups: Iterable[tuple[str, Sequence[Choice]]],
    act: str,
    first: str = "",
    top: Iterable[Choice] = (),
    kind: str = "",
) -> Html:
    """A native select with its choices in named groups.

    Args:
        label: For screen readers.
        key, act: What it sends.
        value: What is chosen.
        groups: (name, choices).
        first: Words of a choice without a value before the groups, where nothing is chosen yet.
        top: Choices before the groups.
        kind: Class of the select beside its own.
    """
    parts = [tag("option", first, value="", selected=True)] if first else []
    parts += [tag("option", text, value=item, selected=item == value) for item, text in top]
    for name, choices in groups:
        options = [tag("option", text, value=item, selected=item == value) for item, text in choices]
        parts.append(tag("optgroup", options, label=name))
    look = f"wb-select {kind}".strip()
    return tag("select", parts, aria_label=label, data_act=act, data_key=key, class_=look)


def typed(label: str, act: str, key: str, value: object, hints: str = "", **attributes: Any) -> Html:
    """A field that sends what is typed; `hints` is the id of a list of suggestions."""
    return tag(
        "input",
        value=value,
        aria_label=label,
        data_act=act,
        data_key=key,
        list=hints or None,
        **{"type": "text", "autocomplete": "off", "maxlength": 200, **attributes},
    )


def menu(label: Child, *content: Child, name: str, kind: str = "", **attributes: object) -> Html:
    """A disclosure that opens a small sheet; the browser owns whether it is open."""
    return tag(
        "details",
        tag("summary", label, class_="wb-btn", **attributes),
        tag("div", *content, class_=f"wb-pop {kind}".strip()),
        class_="wb-menu",
        data_keep=name,
    )


def slider(
    label: str, key: str, value: float, low: float, high: float, shown: str, step: float = 1, act: str = "set"
) -> Html:
    """A range input that sends `act` while it is dragged."""
    return tag(
        "label",
        hidden(label),
        tag(
            "input",
            type="range",
            min=low,
            max=high,
            value=value,
            step=step,
            data_act=act,
            data_key=key,
            data_live=True,
            aria_valuetext=shown,
        ),
        tag("output", shown),
        class_="wb-slider",
    )


def entry(label: str, act: str, key: str, value: str, hint: str = "") -> Html:
    """A field for an amount that sends `act` with its key; the label is for screen readers."""
    return tag(
        "input",
        type="text",
        inputmode="decimal",
        autocomplete="off",
        value=value,
        placeholder=hint or None,
        aria_label=label,
        data_act=act,
        data_key=key,
        class_="wb-entry",
    )


def chips(dimension: str, label: str, members: Sequence[Choice], remove: str) -> Html:
    """One removable chip per filtered member of a dimension."""
    return join(
        tag(
            "span",
            tag("span", f"{label}: ", class_="wb-quiet"),
            text,
            button("×", "drop", dimension, value, class_="wb-x", aria_label=f"{remove} {label}: {text}"),
            class_="wb-filter",
        )
        for value, text in members
    )


def checks(act: str, key: str, choices: Iterable[Choice], chosen: Iterable[str]) -> Html:
    """A list of check boxes that each send `act` with key and value."""
    on = set(chosen)
    return tag(
        "ul",
        [tag("li", check(act, key, value, text, value in on)) for value, text in choices],
        class_="wb-checks",
    )


def check(act: str, key: str, value: str, text: Child, on: bool) -> Html:
    """One check box with its label."""
    box = tag("input", type="checkbox", checked=on, data_act=act, data_key=key, value=value)
    return tag("label", box, tag("span", text))


def toggle(label: str, key: str, value: str, choices: Iterable[Choice]) -> Html:
    """Two or three exclusive buttons side by side."""
    parts = [
        button(text, "set", key, name, class_="wb-seg", aria_pressed=str(name == value).lower())
        for name, text in choices
    ]
    return tag("div", parts, class_="wb-toggle", role="group", aria_label=label)
