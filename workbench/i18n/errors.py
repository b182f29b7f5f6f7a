"""Errors in the reader's language: an English sentence is recognised by its pattern and said in Chinese.

An error is raised in English, where it is found, with the values in it. `sentences/*.toml` hold each such
sentence once, `{}` for a value, with its translation, `{0}` for the first value. A test reads every `raise`
of the package and holds that none is without one. What has no pattern is shown as it is.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from workbench.errors import WorkbenchError

FOLDER = Path(__file__).parent / "sentences"
VALUE = "{}"
_DEEPEST = 3
_ENDS = re.compile(r"(?<=[.!?]) (?=[A-Z])")
"""Where one sentence of an error ends and the next begins."""


@dataclass(frozen=True)
class Sentence:
    """One sentence: its English pattern and its translation.

    Attributes:
        en: As it is raised, `{}` for each value.
        zh: In Chinese, `{0}`, `{1}` … for the values; each is used, in any order.
    """

    en: str
    zh: str

    @cached_property
    def fixed(self) -> tuple[str, ...]:
        """The words between the values."""
        return tuple(self.en.split(VALUE))

    @cached_property
    def weight(self) -> int:
        """How much of it is words: of two patterns that fit, the more exact one is meant."""
        return sum(map(len, self.fixed))

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The pattern that recognises it."""
        return re.compile("(.*?)".join(re.escape(part) for part in self.fixed), re.DOTALL)

    def values(self, text: str) -> tuple[str, ...] | None:
        """The values in a text, if it is this sentence."""
        if not all(part in text for part in self.fixed):
            return None
        found = self.pattern.fullmatch(text)
        return found.groups() if found else None


@cache
def sentences() -> tuple[Sentence, ...]:
    """All sentences, the most exact ones first."""
    found = [
        Sentence(en, zh)
        for file in sorted(FOLDER.glob("*.toml"))
        for en, zh in tomllib.loads(file.read_text(encoding="utf-8"))["sentences"].items()
    ]
    return tuple(sorted(found, key=lambda sentence: -sentence.weight))


def translated(text: str, lang: str, depth: int = _DEEPEST) -> str:
    """A sentence of an error in a language; one that is not known stays as it is.

    Args:
        text: In English.
        lang: `en` or `zh`.
        depth: How deep a value may be a sentence of its own.
    """
    if lang == "en" or not text or depth == 0:
        return text
    for sentence in sentences():
        if (values := sentence.values(text)) is not None:
            return sentence.zh.format(*(translated(value, lang, depth - 1) for value in values))
    return text


def retold(text: str, lang: str) -> str:
    """An error that was written down in English, in a language; what is not known stays as it is.

    Args:
        text: `where: what fix`, as an error's `str` gives it, in one line.
        lang: `en` or `zh`.
    """
    if lang == "en":
        return text
    parts = _ENDS.split(text)
    said = [_placed(part, lang) for part in parts]
    return " ".join(parts) if said == parts else "".join(said)


def _placed(text: str, lang: str) -> str:
    """A sentence that may begin with its place."""
    where, colon, rest = text.partition(": ")
    known = translated(rest, lang) if colon else rest
    return translated(text, lang) if known == rest else f"{where}：{known}"


def told(error: WorkbenchError, lang: str) -> str:
    """What an error says to a reader: where, what, and the way out."""
    if own := getattr(error, "told", None):
        return str(own(lang))
    if lang == "en":
        return str(error)
    where = f"{error.where}：" if error.where else ""
    return where + "".join(translated(part, lang) for part in (error.what, error.fix))
