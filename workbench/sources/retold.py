"""The reasons of a row set aside, in the reader's language: they are kept as the workspace told them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from workbench.i18n import LANGUAGES, text, texts

_ROOMS = ("sources.", "crm.")
_ROW = "_row"
_NAME = re.compile(r"\\\{(\w+)\\\}")


def retold(reasons: str, lang: str) -> str:
    """The reasons of one row, said in a language.

    Args:
        reasons: One or several sentences, in any of our languages.
        lang: `en` or `zh`.

    Returns:
        The same in `lang`; as they are where they are not sentences of ours.
    """
    for told in LANGUAGES if reasons else ():
        found = _said(reasons, told, lang)
        if found is not None:
            return found
    return reasons


def _said(reasons: str, told: str, lang: str) -> str | None:
    """Sentences told in one language, in another; None where they are not told in it."""
    for _, key, values, rest in sorted(_starts(reasons, told), key=lambda start: start[0]):
        more = _said(rest, told, lang) if rest else ""
        if more is not None:
            return text(key, lang, **values) + (_joint(lang) if rest else "") + more
    return None


def _starts(reasons: str, told: str) -> Iterator[tuple[int, str, dict[str, str], str]]:
    """Each sentence that the text may begin with: its length, key and values, and what follows."""
    for key, pattern in _patterns(told):
        if found := pattern.match(reasons):
            yield found.end(), key, found.groupdict(), reasons[found.end() :]


@cache
def _patterns(lang: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Text key → what recognises its sentence at the start of a text."""
    keys = [key for key in texts() if key.endswith(_ROW) and key.startswith(_ROOMS)]
    return tuple((key, _pattern(texts()[key][lang], lang)) for key in keys)


def _pattern(template: str, lang: str) -> re.Pattern[str]:
    values = _NAME.sub(r"(?P<\1>.*?)", re.escape(template))
    return re.compile(f"{values}(?:{re.escape(_joint(lang))}|$)", re.DOTALL)


def _joint(lang: str) -> str:
    return "；" if lang == "zh" else " "
