"""The vault: nothing personal in the tables, everything back for those who say why."""

from __future__ import annotations

import pytest
from privacy_helpers import load, person, rows

import workbench as wb
from workbench import privacy
from workbench.data import Change


def test_personal_values_leave_the_tables_and_pseudonyms_join_them(filled):
    person_columns = filled.query("SELECT name, email, phone, birth_date FROM customers").to_pylist()
    assert all(value is None for row in person_columns for value in row.values())
    assert filled.query("SELECT count(text) AS n FROM feedback")["n"][0].as_py() == 0
    joined = filled.query("SELECT count(*) AS n FROM transactions JOIN customers USING (customer_id)")
    assert joined["n"][0].as_py() == 120
    assert filled.query("SELECT count(*) AS n FROM vault")["n"][0].as_py() == 60


def test_no_file_holds_an_identifier_in_plain(filled):
    for file in filled.path.rglob("*"):
        if file.is_file():
            content = file.read_bytes()
            assert not any(word in content for word in (b"CRM-0", b"Example.com", "Zoë".encode(), b"7001"))


def test_one_customer_is_opened_by_pseudonym_or_by_the_id_of_the_source(filled):
    found = privacy.open_personal(filled, "CRM-00007", "complaint 12", "ada")
    given = person(7)
    assert found.values == {
        "source_id": "CRM-00007",
        **{name: given[name] for name in ("name", "email", "phone", "birth_date")},
    }
    assert found.texts == (("feedback", "F7", {"text": "Zoë Muster00007 觉得配送太慢了 7"}),)
    assert privacy.open_personal(filled, found.customer_id, "again") == found
    assert found.to_dict()["texts"][0]["row"] == "F7"


def test_many_are_opened_with_one_line_in_the_log(filled):
    before = len(privacy.audit.frame(filled.path))
    found = privacy.open_many(filled, None, "birthday letters")
    assert len(found) == 30
    assert sorted(found["source_id"].to_pylist()) == [f"CRM-{number:05d}" for number in range(30)]
    assert found.schema.field("birth_date").type == "date32[day]"
    some = privacy.open_many(filled, found["customer_id"].to_pylist()[:3], "letters", table="feedback")
    assert len(some) == 3
    assert "source_id" not in some.column_names
    log = privacy.audit.frame(filled.path)
    assert len(log) == before + 2
    assert log["customers"].tolist()[:2] == [3, 30]


@pytest.mark.parametrize("reason", ["", "  ", "x"])
def test_nothing_is_opened_without_a_reason(filled, reason):
    before = len(privacy.audit.frame(filled.path))
    with pytest.raises(wb.WorkbenchError, match="only for a reason"):
        privacy.open_personal(filled, "CRM-00007", reason)
    assert len(privacy.audit.frame(filled.path)) == before


def test_a_stranger_is_a_sentence(filled):
    with pytest.raises(wb.WorkbenchError, match="No customer of this workspace"):
        privacy.open_personal(filled, "CRM-99999", "complaint")


def test_what_cannot_be_recorded_is_not_opened(filled):
    log = filled.path / privacy.audit.LOG
    log.unlink(missing_ok=True)
    log.mkdir()
    with pytest.raises(wb.WorkbenchError, match="audit log cannot be used"):
        privacy.open_personal(filled, "CRM-00007", "complaint")


def test_a_customer_who_changes_is_opened_as_of_each_version(store):
    load(store, "customers", [person(1)])
    first = store.version
    load(store, "customers", [person(1, email="new@example.com")])
    assert privacy.open_personal(store, "CRM-00001", "check").values["email"] == "new@example.com"
    old = privacy.open_personal(store.at(first), "CRM-00001", "check")
    assert old.values["email"] == "Zoe.00001@Example.com"


def test_a_sealed_value_opens_nowhere_else(filled):
    sealed = filled.query("SELECT * FROM vault WHERE of_table = 'feedback'").to_pylist()
    sealed[0]["sealed"], sealed[1]["sealed"] = sealed[1]["sealed"], sealed[0]["sealed"]
    filled.commit([Change("vault", rows("vault", sealed), "all")])
    with pytest.raises(wb.WorkbenchError, match="was changed since it was sealed"):
        privacy.open_personal(filled, sealed[0]["customer_id"], "check")


def test_text_without_a_customer_is_sealed_too(store):
    load(store, "feedback", [{"feedback_id": "F1", "customer_id": None, "text": "nobody's words"}])
    assert privacy.open_many(store, None, "reading", table="feedback")["text"].to_pylist() == [
        "nobody's words"
    ]


def test_rows_without_personal_columns_only_get_pseudonyms(store):
    made = load(store, "transactions", [{"transaction_id": "T", "customer_id": "CRM-00001"}])
    assert len(made.sealed) == 0
    assert not made.changes
    assert made.rows["customer_id"][0].as_py().startswith("p")


def test_personal_rows_without_a_customer_column_are_refused(store):
    with pytest.raises(wb.WorkbenchError, match="no customer_id"):
        privacy.protect(store, "feedback", rows("feedback", []).select(["feedback_id", "text"]))
