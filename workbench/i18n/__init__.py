"""Words and number formats in English and Chinese: texts from `*.toml`, formats from Babel.

`text("campaigns.title", "zh")` looks a key up; a missing key or language is a programming error and
raises. Text files are merged from this folder: one file a room, one `[room]` table with
`key = { en = "…", zh = "…" }` entries, `{name}` marking what is filled in.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from workbench.errors import unknown

LANGUAGES = ("en", "zh")
LOCALES = {"en": "en_GB", "zh": "zh_CN"}


@cache
def texts() -> dict[str, dict[str, str]]:
    """All texts: `room.key` → language → template."""
    found: dict[str, dict[str, str]] = {}
    for file in sorted(Path(__file__).parent.glob("*.toml")):
        for room, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
            found |= {f"{room}.{key}": entry for key, entry in entries.items()}
    return found


def text(key: str, lang: str, **values: object) -> str:
    """Return the text called `key` in `lang`, with `{name}` replaced by values."""
    if lang not in LANGUAGES:
        raise unknown("language", lang, LANGUAGES)
    template = texts()[key][lang]
    return template.format(**values) if values else template
