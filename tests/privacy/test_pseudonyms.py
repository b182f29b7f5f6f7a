"""Pseudonyms against the standard library's HMAC, and one person in many spellings."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench import privacy
from workbench.privacy import pseudonyms
from workbench.privacy.normal import normal
from workbench.privacy.ring import Ring

RING = Ring("w", (bytes(range(32)),))
LONGER = Ring("w", (bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))))


def expected(ring, text, kind="id"):
    """The definition, one text at a time."""
    digest = hmac.new(ring.derived("pseudonym", 0), kind.encode() + b"\0" + text.encode(), hashlib.sha256)
    value = digest.hexdigest()[:32]
    for stage in range(1, len(ring.keys)):
        again = hmac.new(ring.derived("pseudonym", stage), b"again" + value.encode(), hashlib.sha256)
        value = again.hexdigest()[:32]
    return f"p{ring.tags[-1]}-{value}"


@given(st.lists(st.one_of(st.none(), st.text(max_size=80)), max_size=20), st.sampled_from([RING, LONGER]))
def test_each_pseudonym_is_the_hmac_of_the_normal_form(texts, ring):
    found = pseudonyms.pseudonyms(ring, pa.array(texts, pa.string())).to_pylist()
    plain = normal(pa.array(texts, pa.string()), "id").to_pylist()
    assert found == [None if text is None else expected(ring, text) for text in plain]


@pytest.mark.parametrize(
    ("kind", "spellings"),
    [
        ("email", ["Zoe@Example.com", " zoe@example.COM ", "mailto:zoe@example.com", "ｚｏｅ@example.com"]),
        (
            "phone",
            [
                "13912345678",
                "+86 139 1234 5678",
                "0086-139-1234-5678",
                "86 13912345678",
                "１３９１２３４５６７８",
            ],
        ),
        ("phone", ["+49 (0)30 1234567", "0049 30 1234567", "+49-30-1234567", "tel:+49301234567"]),
        ("id", ["C-1", " C-1", "Ｃ-1\u3000"]),
    ],
)
def test_one_person_has_one_pseudonym(store, kind, spellings):
    table = pa.table({"who": spellings})
    made = privacy.pseudonymise(table, store, {"who": kind})["who"].to_pylist()
    assert len(set(made)) == 1


def test_national_numbers_need_their_country():
    values = pa.array(["030 1234567", "+49301234567", "12"])
    assert normal(values, "phone", "49").to_pylist() == ["+49301234567", "+49301234567", "12"]
    assert normal(values, "phone").to_pylist()[0] == "0301234567"


def test_kinds_and_workspaces_and_keys_do_not_meet():
    other = Ring("v", RING.keys)
    found = [
        pseudonyms.of(RING, "13912345678"),
        pseudonyms.of(RING, "13912345678", "phone"),
        pseudonyms.of(other, "13912345678"),
        pseudonyms.of(LONGER, "13912345678"),
    ]
    assert len(set(found)) == 4


def test_nothing_has_no_pseudonym(store):
    table = pa.table({"customer_id": ["", "  ", None, "x"], "n": [1, 2, 3, 4]})
    made = privacy.pseudonymise(table, store, ["customer_id"])
    assert [value is None for value in made["customer_id"].to_pylist()] == [True, True, True, False]
    assert made["n"].to_pylist() == [1, 2, 3, 4]


@pytest.mark.parametrize("values", [pa.array([7, 8, None]), pa.array(["7", "8", None]).dictionary_encode()])
def test_whole_numbers_and_dictionaries_are_identifiers_too(store, values):
    made = privacy.pseudonymise(pa.table({"id": values}), store, ["id"])["id"].to_pylist()
    texts = privacy.pseudonymise(pa.table({"id": ["7", "8", None]}), store, ["id"])["id"].to_pylist()
    assert made == texts


def test_empty_and_chunked_tables_stay_what_they_are(store):
    assert len(privacy.pseudonymise(pa.table({"id": pa.array([], pa.string())}), store, "id")) == 0
    chunks = pa.table({"id": pa.chunked_array([["a"], [], ["b", "a"]])})
    made = privacy.pseudonymise(chunks, store, ["id"])["id"].to_pylist()
    assert made[0] == made[2] != made[1]


def test_an_own_pseudonym_that_comes_back_is_left_alone_or_brought_forward(store):
    mine = pseudonyms.of(RING, "a")
    assert pseudonyms.pseudonyms(RING, pa.array([mine, "a"])).to_pylist() == [mine, mine]
    assert pseudonyms.pseudonyms(LONGER, pa.array([mine])).to_pylist() == [pseudonyms.of(LONGER, "a")]
    assert pseudonyms.of_every_key(LONGER, "a")[-1] == pseudonyms.of(LONGER, "a")
    assert pseudonyms.of_every_key(LONGER, "a")[0] == mine


def test_an_unknown_column_or_kind_is_a_sentence(store):
    with pytest.raises(wb.WorkbenchError, match="Did you mean 'customer_id'"):
        privacy.pseudonymise(pa.table({"customer_id": ["a"]}), store, ["custmer_id"])
    with pytest.raises(wb.WorkbenchError, match="kind of identifier"):
        privacy.pseudonymise(pa.table({"a": ["a"]}), store, {"a": "fax"})


@settings(max_examples=60)
@given(st.text(max_size=20), st.sampled_from(["id", "email", "phone"]))
def test_the_normal_form_of_a_normal_form_is_itself(text, kind):
    once = normal(pa.array([text], pa.string()), kind)
    assert normal(once, kind).to_pylist() == once.to_pylist()
    assert once[0].as_py() is None or unicodedata.is_normalized("NFKC", once[0].as_py())
