"""The reasons of rows set aside, told in the reader's language whatever language they are kept in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.i18n import text
from workbench.sources.retold import retold

REASONS = (
    ("sources.bad_date", "Date", "5 Okt"),
    ("sources.negative", "Cost", "-3"),
    ("sources.no_date", "Day", ""),
)


def told(lang: str, *which: int) -> str:
    chosen = (REASONS[at] for at in which)
    said = [text(f"{key}_row", lang, header=header, value=value) for key, header, value in chosen]
    return ("；" if lang == "zh" else " ").join(said)


@pytest.mark.parametrize("kept", ["en", "zh"])
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("which", [(0,), (1, 0), (2, 1, 0)])
def test_one_or_several_reasons_are_retold(kept: str, lang: str, which: tuple[int, ...]):
    assert retold(told(kept, *which), lang) == told(lang, *which)


@given(
    header=st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=9),
    value=st.text(max_size=9),
)
def test_any_value_stays_as_it_is(header: str, value: str):
    kept = text("sources.bad_number_row", "en", header=header, value=value)
    assert value in retold(kept, "zh")


def test_a_sentence_of_somebody_else_is_shown_as_it_is():
    assert retold("Checked by hand.", "zh") == "Checked by hand."
    assert retold("", "zh") == ""
