"""A new key: other pseudonyms everywhere, the same figures, the same personal values, nobody back."""

from __future__ import annotations

import pytest
from privacy_helpers import figures, load, person

import workbench as wb
from workbench import privacy
from workbench.privacy import keytable, people, pseudonyms, rotation
from workbench.privacy import ring as rings
from workbench.store import history


def all_names(store):
    """Every pseudonym in every kept version."""
    names = set()
    for number in history.numbers(store.path):
        past = store.at(number)
        for table in ("customers", "transactions", "feedback", "vault"):
            names |= set(past.query(f"SELECT DISTINCT customer_id FROM {table}")["customer_id"].to_pylist())
    return names


def test_every_version_has_other_pseudonyms_and_the_same_figures(filled):
    before, old = figures(filled), all_names(filled)
    number = filled.version
    found = privacy.open_many(filled, None, "check").drop_columns(["customer_id"]).to_pylist()
    done = privacy.rotate(filled, "ada")
    assert (done.keys, filled.version) == (2, number + 1)
    assert not all_names(filled) & old
    assert figures(filled) == figures(filled.at(number)) == before
    after = privacy.open_many(filled, None, "check").drop_columns(["customer_id"]).to_pylist()
    assert sorted(map(repr, after)) == sorted(map(repr, found))
    assert not any(name.encode() in file.read_bytes() for name in old for file in filled.path.rglob("*.json"))


def test_later_imports_meet_the_same_customers(filled):
    privacy.rotate(filled)
    privacy.rotate(filled)
    made = load(filled, "customers", [person(7, region="west"), person(99)])
    assert made.rows["customer_id"][0].as_py() == pseudonyms.of(rings.ring(filled.path), "CRM-00007")
    assert filled.query("SELECT count(*) AS n FROM customers")["n"][0].as_py() == 31
    assert privacy.open_personal(filled, "CRM-00007", "check").values["name"] == person(7)["name"]


def test_the_old_key_alone_leads_nowhere(filled):
    old = rings.ring(filled.path)
    privacy.rotate(filled)
    assert pseudonyms.of(old, "CRM-00007") not in all_names(filled)
    with pytest.raises(wb.WorkbenchError, match="cannot be opened"):
        keytable.keys(filled.path, old, sorted(keytable.known(filled.path)))


def test_the_forgotten_stay_forgotten(filled):
    privacy.forget(filled, "CRM-00007")
    privacy.rotate(filled)
    assert load(filled, "customers", [person(7)]).forgotten == 1
    with pytest.raises(wb.WorkbenchError, match="was forgotten"):
        privacy.open_personal(filled, "CRM-00007", "check")


def test_the_audit_log_is_read_by_customer_over_all_keys(filled):
    privacy.open_personal(filled, "CRM-00007", "first")
    privacy.open_personal(filled, "CRM-00008", "somebody else")
    privacy.rotate(filled)
    privacy.open_personal(filled, "CRM-00007", "second")
    lines = privacy.audit.frame(filled.path, people.marks(filled, "CRM-00007"))
    assert [line["why"] for line in lines["about"]] == ["second", "first"]


def test_lists_of_customers_are_carried_along(filled):
    name = pseudonyms.of(rings.ring(filled.path), "CRM-00007")
    file = filled.path / "segments" / "vip.json"
    file.write_text(f'["{name}"]')
    privacy.rotate(filled)
    assert file.read_text() == f'["{pseudonyms.of(rings.ring(filled.path), "CRM-00007")}"]'


@pytest.mark.parametrize(
    "step", ["rewrite.rewrite", "keytable.rewrap", "leftovers.each_text", "rings.in_force"]
)
def test_a_rotation_that_was_cut_short_is_finished(filled, monkeypatch, step):
    before = figures(filled)
    room, name = step.split(".")

    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(getattr(rotation, room), name, crash)
        with pytest.raises(KeyboardInterrupt):
            privacy.rotate(filled)
    store = wb.data.open(filled.path)
    with pytest.raises(wb.WorkbenchError, match="workbench key rotate"):
        load(store, "customers", [person(1)])
    done = privacy.rotate(store)
    assert done.keys == 2
    assert figures(store) == before
    assert privacy.open_personal(store, "CRM-00007", "check").values["name"] == person(7)["name"]
    load(store, "customers", [person(1)])


def test_a_workspace_without_a_key_has_nothing_to_rotate(store):
    with pytest.raises(wb.WorkbenchError, match="has no key yet"):
        privacy.rotate(store)
