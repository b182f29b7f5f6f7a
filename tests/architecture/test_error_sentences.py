"""Every sentence that the package can raise is known in Chinese, with all its values."""

from __future__ import annotations

import re
import string
import tomllib

import pytest
from raised import raised, unknowns

from workbench.errors import QuestionError, unknown
from workbench.i18n.errors import FOLDER, sentences, told, translated

CHINESE = re.compile(r"[\u4e00-\u9fff]")
LATIN = re.compile(r"[a-z]{4,} [a-z]{3,} [a-z]{3,}")


def test_every_raised_sentence_has_a_translation():
    known = {sentence.en for sentence in sentences()}
    missing = {text: sorted(files) for text, files in raised().items() if text not in known}
    assert missing == {}


def test_every_kind_of_unknown_name_has_a_translation():
    known = {sentence.en for sentence in sentences()}
    assert sorted(unknowns() - known - {"{}"}) == []


def test_no_translation_is_left_of_a_sentence_that_nobody_raises():
    said, words = raised(), _words()
    assert [
        sentence.en for sentence in sentences() if sentence.en not in said and sentence.en not in words
    ] == []


def test_a_translation_is_chinese_and_loses_no_value():
    for sentence in sentences():
        assert CHINESE.search(sentence.zh), sentence
        used = {int(name) for _, name, _, _ in string.Formatter().parse(sentence.zh) if name is not None}
        assert _values(sentence.en) <= used <= set(range(sentence.en.count("{}"))), sentence


def _values(template):
    """Which values must be said: not the ending of a plural, nor the verb that goes with it."""
    before = [part[-1:] for part in template.split("{}")[:-1]]
    verbs = {0} if template.startswith("There {}") else set()
    return {at for at, mark in enumerate(before) if not mark.isalpha()} - verbs


def test_values_stand_where_they_belong():
    error = QuestionError("period='x' is for a Store; a table answers with all its rows.")
    assert "'x'" in told(error, "zh")
    assert CHINESE.search(told(error, "zh"))
    assert told(error, "en") == str(error)


def test_a_name_with_the_nearest_match_is_said_in_chinese():
    said = told(unknown("metric", "rosa", ["roas", "cpa"]), "zh")
    assert "'rosa'" in said
    assert "'roas'" in said
    assert not LATIN.search(said)


def test_what_nobody_knows_stays_as_it_is():
    assert translated("Nothing of the kind.", "zh") == "Nothing of the kind."


@pytest.mark.parametrize("sentence", sentences(), ids=lambda sentence: sentence.en[:60])
def test_every_sentence_is_recognised_with_values_in_it(sentence):
    """No other sentence may take it away."""
    values = [f"'{number}'" for number in range(sentence.en.count("{}"))]
    parts = iter(values)
    text = re.sub(r"\{\}", lambda _: next(parts), sentence.en)
    assert translated(text, "zh") == sentence.zh.format(*values)


def _words():
    """Values that are words themselves, and sentences that `errors` makes of its own."""
    files = [FOLDER / name for name in ("words.toml", "general.toml")]
    return {en for file in files for en in tomllib.loads(file.read_text(encoding="utf-8"))["sentences"]}
