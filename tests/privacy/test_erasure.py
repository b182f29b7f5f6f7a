"""Erasure: no identifier and no link in any version, every figure to the digit, and nobody comes back."""

from __future__ import annotations

import random
import shutil
import sqlite3

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from privacy_helpers import figures, load, person, rows

import workbench as wb
from workbench import privacy
from workbench.data import Change
from workbench.privacy import keytable, pseudonyms, traces
from workbench.privacy import ring as rings
from workbench.privacy.needles import Needle, needles
from workbench.store import history, rewrite

GONE = "CRM-00007"


def identifiers(number):
    """Every spelling of a person's identifiers that a search may try."""
    given = person(number)
    digits = "".join(letter for letter in given["phone"] if letter.isdigit())
    words = [given["customer_id"], given["name"], given["email"], given["email"].lower(), given["phone"]]
    return [*words, digits, digits[2:], f"觉得配送太慢了 {number}", given["company"]]


def plain_finds(root, words):
    """A second search: raw bytes, and every text in every Parquet file, value by value."""
    found = []
    for file in root.rglob("*"):
        if not file.is_file():
            continue
        content = file.read_bytes()
        if file.suffix == ".parquet":
            columns = pq.read_table(file).to_pydict().values()
            content += "\n".join(str(value) for column in columns for value in column).encode()
        for word in words:
            if any(word.encode(codec) in content for codec in ("utf-8", "utf-16-le", "gb18030")):
                found.append((file.relative_to(root).as_posix(), word))
    return found


def versions(store):
    return {number: figures(store.at(number)) for number in history.numbers(store.path) if number > 2}


def test_no_trace_is_left_in_any_version_and_every_figure_is_the_same(filled):
    before, newest, number = versions(filled), figures(filled), filled.version
    old = pseudonyms.of(rings.ring(filled.path), GONE)
    done = privacy.forget(filled, GONE, "ada", "letter of 3 March")
    assert done.is_proven
    assert done.keys == 1
    assert done.rows["transactions"] == 4 * 2  # twice: the first half was loaded in an older version too
    assert figures(filled) == newest
    assert {at: told for at, told in versions(filled).items() if at <= number} == before
    assert not plain_finds(filled.path, [*identifiers(7), old])
    assert filled.version == number + 1
    assert filled.versions()["act"].tolist()[0] == "forget"


def test_the_others_keep_everything(filled):
    before = privacy.open_many(filled, None, "check").to_pylist()
    privacy.forget(filled, GONE)
    after = privacy.open_many(filled, None, "check").to_pylist()
    assert [row for row in before if row["source_id"] != GONE] == after


def test_the_facts_cannot_be_linked_again(filled):
    key = rings.ring(filled.path)
    privacy.forget(filled, GONE)
    assert filled.query(f"SELECT * FROM vault WHERE customer_id = '{pseudonyms.of(key, GONE)}'").num_rows == 0
    customers = filled.query("SELECT customer_id FROM customers")["customer_id"].to_pylist()
    known = {pseudonyms.of(key, f"CRM-{number:05d}") for number in range(30)}
    (stranger,) = set(customers) - known
    assert pseudonyms.FORM.fullmatch(stranger)
    orders = filled.query(f"SELECT * FROM transactions WHERE customer_id = '{stranger}'").num_rows
    assert orders == 4
    assert (
        filled.query(f"SELECT company FROM customers WHERE customer_id = '{stranger}'")[0][0].as_py() is None
    )


def test_doing_it_again_changes_nothing_more(filled):
    privacy.forget(filled, GONE)
    version = filled.version
    again = privacy.forget(filled, GONE)
    assert again.is_proven
    assert (again.keys, again.rows, again.files, filled.version) == (0, {}, 0, version)


def test_the_audit_log_has_the_proof_and_no_name(filled):
    privacy.forget(filled, GONE, "ada", "letter")
    line = privacy.audit.frame(filled.path).iloc[0]
    assert (line["what"], line["who"], line["customers"]) == ("erasure", "ada", 1)
    assert line["counts"]["traces_left"] == 0
    assert line["counts"]["keys_destroyed"] == 1
    assert privacy.audit.verify(filled.path).is_whole


@pytest.mark.parametrize("customer", ["CRM-99999", "", "p0000-00000000000000000000000000000000"])
def test_an_unknown_customer_is_a_sentence_and_nobody_is_forgotten(filled, customer):
    version = filled.version
    with pytest.raises(wb.WorkbenchError, match="No customer of this workspace"):
        privacy.forget(filled, [GONE, customer])
    assert filled.version == version
    assert privacy.open_personal(filled, GONE, "check").values["source_id"] == GONE


def test_several_are_forgotten_at_once(filled):
    before = figures(filled)
    done = privacy.forget(filled, [f"CRM-{number:05d}" for number in range(0, 30, 3)])
    assert (done.customers, done.keys) == (10, 10)
    assert figures(filled) == before
    assert not plain_finds(filled.path, [word for number in range(0, 30, 3) for word in identifiers(number)])


def test_quarantine_ledger_and_small_files_lose_the_customer(filled):
    given = person(7)
    aside = pa.table(
        {
            "line": [2, 3],
            "raw": [f"{GONE};{given['name']};13900077007;x", "CRM-00008;someone else"],
            "reasons": [f"phone {given['phone']} of {given['name']} is odd", "empty"],
        }
    )
    pq.write_table(aside, filled.path / "quarantine" / "q.parquet")
    pseudonym = pseudonyms.of(rings.ring(filled.path), GONE)
    (filled.path / "segments" / "vip.json").write_text(
        f'{{"ids": ["{pseudonym}"], "note": "{given["email"]}"}}'
    )
    entry = {"import_id": "i1", "file": f"case {GONE}.csv", "review": f"Row of {given['email']} is odd."}
    filled.commit([], rows("imports", [entry]))
    done = privacy.forget(filled, GONE)
    assert done.is_proven
    kept = pq.read_table(filled.path / "quarantine" / "q.parquet").to_pylist()
    assert kept[0] == {"line": 2, "raw": "[erased]", "reasons": "phone [erased] of [erased] is odd"}
    assert kept[1] == aside.to_pylist()[1]
    ledger = filled.query("SELECT file, review FROM imports WHERE import_id = 'i1'").to_pylist()
    assert ledger == [{"file": "case [erased].csv", "review": "Row of [erased] is odd."}]
    assert not plain_finds(filled.path, [*identifiers(7), pseudonym])


def test_files_of_people_are_named_and_not_touched(filled):
    given = person(7)
    book = openpyxl.Workbook()
    book.active["A1"] = given["email"]
    book.save(filled.path / "notebooks" / "list.xlsx")
    (filled.path / "notebooks" / "note.txt").write_text(f"call {given['phone']}", "utf-16")
    (filled.path / "notebooks" / "names.md").write_text(f"{given['name']} is nice")
    done = privacy.forget(filled, GONE)
    assert not done.is_proven
    assert {(trace.file, trace.kind) for trace in done.found.sure} >= {("notebooks/list.xlsx", "email")}
    assert (filled.path / "notebooks" / "list.xlsx").is_file()
    for file in (filled.path / "notebooks").iterdir():
        file.unlink()
    assert privacy.forget(filled, GONE).is_proven


def test_own_tables_and_identities_lose_the_link(filled):
    key = rings.ring(filled.path)
    mine = pa.table({"customer_id": [pseudonyms.of(key, GONE), "other"], "score": [0.5, 0.7]})
    names = [{"source": "crm", "kind": "email", "identity": "x1", "customer_id": pseudonyms.of(key, GONE)}]
    filled.commit([Change("own_scores", mine), Change("identities", rows("identities", names))])
    privacy.forget(filled, GONE)
    kept = filled.query("SELECT * FROM own_scores ORDER BY score").to_pylist()
    assert [row["score"] for row in kept] == [0.5, 0.7]
    assert kept[0]["customer_id"] not in (None, pseudonyms.of(key, GONE))
    assert filled.query("SELECT count(*) AS n FROM identities")["n"][0].as_py() == 0


def test_a_workspace_without_a_vault_forgets_too(store):
    told = [person(number, customer_id=f"u{number:05d}") for number in range(5)]
    store.commit([Change("customers", rows("customers", told))])
    done = privacy.forget(store, "u00003")
    assert done.is_proven
    assert not plain_finds(store.path, ["u00003", person(3)["email"], person(3)["name"]])
    assert store.query("SELECT count(*) AS n, count(name) AS named FROM customers").to_pylist() == [
        {"n": 5, "named": 4}
    ]


def test_readers_that_stand_in_any_version_go_on(filled):
    past = filled.at(filled.version - 1)
    other = wb.data.open(filled.path)
    table = other.table("transactions")
    asked = [figures(past), figures(other)]
    privacy.forget(filled, GONE)
    assert [figures(past), figures(other)] == asked
    assert other.query(table.count().name("n").as_table())["n"][0].as_py() == 120
    assert other.refresh() == filled.version


def test_other_readers_of_delta_follow_every_version(filled):
    from deltalake import DeltaTable

    folder = filled.path / "tables" / "transactions"

    def rows_of(version):
        files = DeltaTable(str(folder), version=version).file_uris()
        return sum(pq.read_metadata(file).num_rows for file in files)

    count = DeltaTable(str(folder)).version() + 1
    before = [rows_of(version) for version in range(count)]
    DeltaTable(str(folder)).create_checkpoint()
    privacy.forget(filled, GONE)
    assert [rows_of(version) for version in range(count)] == before
    load(filled, "transactions", [{"transaction_id": "later", "customer_id": "CRM-00001"}])
    assert DeltaTable(str(folder)).version() == count


def test_a_forgotten_customer_does_not_come_back_with_an_import(filled):
    before = figures(filled)
    privacy.forget(filled, GONE)
    made = load(filled, "customers", [person(number) for number in range(30)])
    assert made.forgotten == 1
    orders = load(
        filled, "transactions", [{"transaction_id": "new", "customer_id": GONE, "amount_micros": 5}]
    )
    assert orders.rows["customer_id"].to_pylist() == [None]
    assert orders.forgotten == 0
    told = {"feedback_id": "F99", "customer_id": GONE, "text": "it is me again"}
    assert len(load(filled, "feedback", [told]).sealed) == 0
    assert not plain_finds(filled.path, [*identifiers(7), "it is me again"])
    assert figures(filled)[1] == before[1]
    with pytest.raises(wb.WorkbenchError, match="was forgotten"):
        privacy.open_personal(filled, GONE, "check")


def test_a_restored_backup_is_told_and_forgotten_again(filled, tmp_path):
    wb.data.backup(filled, tmp_path / "before.tar")
    privacy.forget(filled, GONE)
    back = wb.data.open(wb.data.restore(tmp_path / "before.tar", tmp_path / "again"))
    assert plain_finds(back.path, [pseudonyms.of(rings.ring(back.path), GONE)])
    done = privacy.forget_again(back)
    assert done is not None
    assert done.keys == 1
    assert not plain_finds(back.path, [*identifiers(7), pseudonyms.of(rings.ring(back.path), GONE)])
    assert privacy.forget_again(back) is None


def test_a_backup_inside_the_workspace_is_no_proof(filled):
    wb.data.backup(filled, filled.path / "backups" / "old.tar")
    done = privacy.forget(filled, GONE)
    assert done.backups == ("backups/old.tar",)
    assert not done.is_proven


STEPS = ["leftovers.erase", "rewrite.rewrite", "rewrite.finish", "keytable.destroy", "traces.search"]


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_is_finished_by_the_same_call(filled, monkeypatch, step):
    from workbench.privacy import erasure

    before = figures(filled)
    where = rewrite if step == "rewrite.finish" else getattr(erasure, step.split(".")[0])
    name = step.split(".")[1]
    with monkeypatch.context() as broken:
        calls = iter([False, True]) if step == "rewrite.finish" else iter([True])
        real = getattr(where, name)

        def crash(*given, **more):
            if next(calls, False):
                raise KeyboardInterrupt
            return real(*given, **more)

        broken.setattr(where, name, crash)
        with pytest.raises(KeyboardInterrupt):
            privacy.forget(filled, GONE)
    assert figures(wb.data.open(filled.path)) == before
    done = privacy.forget(wb.data.open(filled.path), GONE)
    assert done.is_proven
    assert not plain_finds(filled.path, identifiers(7))
    assert figures(wb.data.open(filled.path)) == before


def test_a_journal_is_finished_by_the_next_commit_of_anybody(filled, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(rewrite, "_log", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            privacy.forget(filled, GONE)
    assert (filled.path / "versions" / rewrite.JOURNAL).is_file()
    before = figures(filled)
    filled.refresh()
    filled.commit([Change("labels", rows("labels", [{"dimension": "x", "value": "y", "lang": "en"}]))])
    assert not (filled.path / "versions" / rewrite.JOURNAL).is_file()
    assert figures(filled) == before


def test_destroyed_keys_are_overwritten_on_the_disk(filled):
    root = filled.path
    pseudonym = pseudonyms.of(rings.ring(root), GONE)
    table = sqlite3.connect(root / keytable.FILE)
    (wrapped,) = table.execute("SELECT wrapped FROM keys WHERE customer = ?", (pseudonym,)).fetchone()
    table.close()
    privacy.forget(filled, GONE)
    assert not any(wrapped in file.read_bytes() for file in root.rglob("*") if file.is_file())


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 5))
def test_the_search_finds_every_spelling_of_a_phone_number(seed, style):
    pick = random.Random(seed)
    number = f"13{pick.randrange(10)}{pick.randrange(10**8):08d}"
    spelled = [
        number,
        f"+86{number}",
        f"0086 {number[:3]} {number[3:7]} {number[7:]}",
        f"+86-{number[:3]}-{number[3:7]}-{number[7:]}",
        f"({number[:3]}) {number[3:7]}.{number[7:]}",
        f"86{number}",
    ]
    (needle,) = needles([{"phone": spelled[style]}], [])
    for other in spelled:
        text = f"x;{other};y"
        assert needle.found_in(text)
        assert needle.is_in(text.encode(), text.lower().encode())
        assert needle.erased_from(text).replace("(", "") == "x;[erased];y"
        assert not needle.found_in(f"9{number}7")
        assert not needle.is_in(f"9{number}7".encode(), f"9{number}7".encode())


def test_a_short_id_is_not_searched_for_in_numbers(tmp_path):
    (tmp_path / "x.json").write_text('{"bytes": 10023}')
    assert not traces.search(tmp_path, [Needle("id", "10023")]).traces
    pq.write_table(pa.table({"raw": ["10023;x"], "n": ["10023"]}), tmp_path / "q.parquet")
    found = traces.search(tmp_path, [Needle("id", "10023")]).traces
    assert [(trace.column, trace.is_sure) for trace in found] == [("raw", False)]


def test_the_home_of_another_user_knows_nobody(filled, tmp_path, monkeypatch):
    privacy.forget(filled, GONE)
    other = tmp_path / "other-home"
    shutil.copytree(tmp_path / "home" / "keys", other / "keys")
    monkeypatch.setenv("WORKBENCH_HOME", str(other))
    assert load(filled, "customers", [person(7)]).forgotten == 1  # the workspace itself remembers
