"""Every text exists in both languages, with the same blanks, and every key that code uses exists."""

from __future__ import annotations

import ast
import re
import string
import tomllib

import pytest
import source

from workbench import i18n

FILES = sorted((source.PACKAGE / "i18n").glob("*.toml"))
WORD, BLANK = re.compile(r"[A-Za-z]{2,}"), re.compile(r"\{[^}]*\}")
KEY = re.compile(r"[a-z]+\.(?!(?:js|css|html)$)\w+")
CJK = re.compile(r"[\u4e00-\u9fff]")


def entries(file):
    """(room.key, entry) of a text file."""
    for room, texts in tomllib.loads(file.read_text(encoding="utf-8")).items():
        for key, entry in texts.items():
            yield f"{room}.{key}", entry


def blanks(template: str) -> set[str]:
    """Names to fill in."""
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_a_text_exists_in_both_languages_with_the_same_blanks(file):
    for key, entry in entries(file):
        assert set(entry) == set(i18n.LANGUAGES), key
        assert all(text.strip() for text in entry.values()), key
        assert blanks(entry["en"]) == blanks(entry["zh"]), key


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_chinese_texts_are_chinese(file):
    untranslated = [
        key
        for key, entry in entries(file)
        if len(WORD.findall(BLANK.sub("", entry["en"]))) > 1 and not CJK.search(entry["zh"])
    ]
    assert not untranslated


def test_a_segment_is_called_by_one_word():
    """That of the glossary; only statistics know strata (分层)."""
    files = [*FILES, *(source.PACKAGE / "i18n" / "sentences").glob("*.toml")]
    other = {
        word: [file.name for file in files if word in file.read_text(encoding="utf-8")]
        for word in ("分群", "分层")
    }
    assert other == {"分群": [], "分层": ["compare.toml"]}


def test_no_key_stands_in_two_files():
    keys = [key for file in FILES for key, _ in entries(file)]
    assert len(keys) == len(set(keys))


def used_keys():
    """(place, key) where code asks for a text by a literal key."""
    for file in source.modules():
        for node in ast.walk(source.tree(file)):
            if isinstance(node, ast.Call) and node.args and ast.unparse(node.func).split(".")[-1] == "text":
                first = node.args[0]
                if isinstance(first, ast.Constant) and KEY.fullmatch(str(first.value)):
                    yield f"{source.name(file)}:{node.lineno}", first.value


def test_every_key_that_code_uses_exists():
    assert not [(place, key) for place, key in used_keys() if key not in i18n.texts()]


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_metric_has_names_and_a_sentence(lang):
    from workbench import catalogue

    for metric in catalogue.builtin().values():
        assert metric.label(lang), metric.id
        assert metric.about(lang), metric.id
    assert lang == "en" or all(CJK.search(metric.about_zh) for metric in catalogue.builtin().values())


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("crm.no_value", {"rows": "1", "header": "x"}, "1 row has nothing in x, which every row needs."),
        (
            "crm.no_value",
            {"rows": "21", "header": "1 rows"},
            "21 rows have nothing in 1 rows, which every row needs.",
        ),
        (
            "response.headline",
            {"channels": 1, "periods": 9, "start": "a", "end": "b", "media": "3%", "explained": "4%"},
            "Over 9 periods (a – b) 1 channel brings 3% of the outcome",
        ),
        ("budget.cells_of", {"name": "E-mail", "count": 1}, "E-mail: 1 region"),
        ("cli.aside", {"rows": "1"}, "1 row was set aside"),
        ("contact_triggers.count_complaint", {"n": "1"}, "1 open complaint"),
        ("findings.held", {"hits": "1", "n": "1"}, "Held in 1 of 1 past case"),
        ("crm.requeued", {"rows": 1, "id": "ab", "left": 1}, "Of import ab, 1 row was corrected and"),
    ],
)
def test_one_row_is_no_rows(key, values, said):
    assert i18n.text(key, "en", **values).startswith(said)
    assert "1 row" not in i18n.text(key, "zh", **{**values, "header": "x"})


VERBS = """
    is was has does its less this as others gets works brings gives stands changes holds adds makes rises
    differs gains loses tires needs tells becomes shows takes goes varies moves saturates names contains
    starts sees reaches belongs marks reports cuts uses cases times seconds minutes totals addresses numbers
"""
NO_NOUNS = {*VERBS.split(), "series", "lies"}
DESCRIBED = "[a-z]+(?:ed|ive|ible|er|al)|past|open|old|new|more|good|own"
"""Words between a count and its noun that can be nothing else."""


def test_no_english_text_says_one_of_several():
    """A count of 1 with a plural; words after a blank that are no nouns are named above."""
    found = []
    for key, entry in i18n.texts().items():
        values = dict.fromkeys(blanks(entry["en"]), 1)
        said = i18n.text(key, "en", **values) if values else ""
        counted = re.findall(rf"\b1 (?:(?:{DESCRIBED}) )?([a-z]+s)\b", said)
        found += [(key, words) for words in counted if words not in NO_NOUNS]
    assert not found
