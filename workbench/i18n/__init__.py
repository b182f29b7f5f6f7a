"""Words and number formats in English and Chinese: texts from `*.toml`, formats from Babel.

`text("campaigns.title", "zh")` looks a key up; a missing key or language is a programming error and
raises. Text files are merged from this folder: one file a room, one `[room]` table with
`key = { en = "…", zh = "…" }` entries, `{name}` marking what is filled in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
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
    if lang == "en" and any(str(value) == "1" for value in values.values()):
        template = _of_one(template, {name for name, value in values.items() if str(value) == "1"})
    return template.format(**values) if values else template


_NOUNS = (
    "row|customer|file|line|order|import|day|week|period|channel|region|cell|slot|group|unit|contact|conversion|"
    "version|cluster|window|plan|check|page|member|journey|path|effect|hour|refund|renewal|rate|second|block|thing|"
    "parameter|product|offer|donor|case|fit|reaction|post|character|click|relationship|campaign|comparison|pair|column|draw|value|response|"
    "complaint|byte|account|amount|touch|target|seat|marketer|review|contract|birthday|weekday|step"
)
_BETWEEN = (
    "more|good|totals|own|old|older|planned|time|data|equal|different|most popular|standard|contract|outside|"
    "open|past|active|positive|plausible|treated|untreated|visible"
)
_VERBS = "have|are|were|share|repeat|end|lost|bring|had|do"
_MANY = re.compile(rf"\{{(\w+)\}}( (?:(?:{_BETWEEN}) )?)({_NOUNS})e?s\b( (?:{_VERBS})\b)?")
_ONE = {"have": "has", "are": "is", "were": "was", "do": "does"}
_ONE |= {verb: f"{verb}s" for verb in ("share", "repeat", "end", "bring")}


def _of_one(template: str, names: Collection[str]) -> str:
    """An English template whose counts are one: `{rows} rows have` → `{rows} row has`."""

    def single(found: re.Match[str]) -> str:
        name, between, noun, verb = found.groups(default="")
        if name not in names:
            return found[0]
        word = verb.strip()
        return f"{{{name}}}{between}{noun}{verb and ' '}{_ONE.get(word, word)}"

    return _MANY.sub(single, template)
