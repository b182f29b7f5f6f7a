"""The house style of a workspace's files: name, logo, colours, words on the cover (`brand/look.toml`)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from workbench.errors import ReportError, unknown
from workbench.reports import toml
from workbench.tables.html import Html, tag

FOLDER, FILE = "brand", "look.toml"
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_KINDS = {".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
_SIGNATURES = {"png": b"\x89PNG", "jpeg": b"\xff\xd8\xff"}
_LARGEST = 500_000


@dataclass(frozen=True)
class Look:
    """How files for the boss look; the defaults are the workbench's own.

    Attributes:
        name: Of the house, on covers and in footers.
        accent: Colour of headings, lines and first bars, `#rrggbb`.
        ink: Colour of text, `#rrggbb`.
        cover: Language → words on the cover.
        footer: Language → words in every footer, such as `confidential`.
        logo: Bytes of a PNG or JPEG; empty: none.
        logo_kind: `png` or `jpeg`.
    """

    name: str = ""
    accent: str = "#0b5fb4"
    ink: str = "#14181f"
    cover: Mapping[str, str] = field(default_factory=dict)
    footer: Mapping[str, str] = field(default_factory=dict)
    logo: bytes = field(default=b"", repr=False)
    logo_kind: str = "png"


def load(workspace: Path | None) -> Look:
    """The look that a workspace has set; the workbench's own where it has set none.

    Args:
        workspace: Workspace folder; None: the workbench's own look.

    Raises:
        ReportError: for a setting that is unknown or cannot be used.
    """
    file = workspace / FOLDER / FILE if workspace else None
    if file is None or not file.is_file():
        return Look()
    given = _read(file)
    known = {item.name for item in fields(Look)} - {"logo_kind"}
    for name in given:
        if name not in known:
            raise unknown("setting", name, known, ReportError, str(file))
    checked: dict[str, Any] = {
        name: _CHECKS[name](name, value, file) for name, value in given.items() if name != "logo"
    }
    logo, kind = _logo(given.get("logo"), file)
    return Look(**checked, logo=logo, logo_kind=kind)


def _read(file: Path) -> dict[str, Any]:
    return toml.read(file)[1]


def _text(name: str, value: Any, file: Path) -> str:
    if not isinstance(value, str) or len(value) > 80:
        raise ReportError(f"{name!r} takes a text of at most 80 characters.", "Shorten it.", str(file))
    return value


def _colour(name: str, value: Any, file: Path) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(value):
        raise ReportError(
            f"{name!r} takes a colour, not {value!r}.", "Write it like #0b5fb4, in quotes.", str(file)
        )
    return value


def _spoken(name: str, value: Any, file: Path) -> dict[str, str]:
    """Words in each language; one text serves both."""
    both = {"en": value, "zh": value} if isinstance(value, str) else value
    right = isinstance(both, dict) and set(both) <= {"en", "zh"}
    if not right or not all(isinstance(words, str) and len(words) <= 200 for words in both.values()):
        raise ReportError(
            f"{name!r} takes a text of at most 200 characters, or one for each language.",
            f"Write {name}.en and {name}.zh, each with a text in quotes.",
            str(file),
        )
    return dict(both)


def style(look: Look) -> str:
    """The house's colours as CSS; dark pages keep their own, which can be read on dark."""
    own = Look()
    if (look.accent, look.ink) == (own.accent, own.ink):
        return ""
    colours = f"--accent: {look.accent}; --ink: {look.ink};"
    bright = f"@media (prefers-color-scheme: light) {{ :root:not([data-theme=dark]) {{ {colours} }} }}"
    return f"{bright}\n:root[data-theme=light] {{ {colours} }}\n"


def top(look: Look, lang: str) -> Html:
    """Logo, name and words of the cover, above a report; nothing where the house says none."""
    words = look.cover.get(lang, "")
    if not (look.name or look.logo or words):
        return Html()
    source = f"data:image/{look.logo_kind};base64,{base64.b64encode(look.logo).decode()}"
    return tag(
        "header",
        bool(look.logo) and tag("img", src=source, alt=look.name),
        bool(look.name) and tag("b", look.name),
        bool(words) and tag("p", words),
        class_="wb-cover",
    )


_CHECKS = {"name": _text, "accent": _colour, "ink": _colour, "cover": _spoken, "footer": _spoken}


def _logo(name: Any, file: Path) -> tuple[bytes, str]:
    if name is None:
        return b"", "png"
    kind = _KINDS.get(Path(str(name)).suffix.lower(), "")
    if not kind or Path(str(name)).name != name:
        raise ReportError(
            f"The logo {name!r} is no PNG or JPEG beside this file.", "Put one there and name it.", str(file)
        )
    picture = file.with_name(name)
    content = picture.read_bytes() if picture.is_file() else b""
    if not content.startswith(_SIGNATURES[kind]) or len(content) > _LARGEST:
        raise ReportError(
            "The logo is missing, no such picture, or larger than 500 kB.", "Save it anew.", str(picture)
        )
    return content, kind
