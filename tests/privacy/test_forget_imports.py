"""Forgetting in a workspace filled from files: every table, every spelling, and nobody comes back."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

import workbench as wb
from workbench import privacy
from workbench.privacy import pending, pseudonyms
from workbench.privacy import ring as rings

GONE, PEOPLE = 7, 40
ID, NAME, EMAIL, PHONE = "CRM-00007", "张三丰7", "Zhang.7@Example.com", "13800138007"
COMPANY = "七号公司7"
SHEETS = {
    "customers": "客户编号,姓名,手机号,邮箱,公司,注册时间\n"
    "{id},{name},{phone},{email},七号公司{n},2024-05-01",
    "transactions": "order_id,customer_id,time,amount,currency\nO{n},{id},{time},{n}.5,CNY",
    "events": "customer_id,time,kind,channel\n{id},{time},click,search",
    "interactions": "customer_id,time,method,message,result\n"
    "{id},{time},call,回访{name} {email},请联系{phone}",
    "feedback": "customer_id,text,score,time\n{id},服务太慢了 我是{name},3,{time}",
    "identities": "source,kind,identity,customer_id\nshop,email,{email},{id}",
    "tags": "customer_id,tag,value\n{id},vip,{name}的朋友",
    "consent": "customer_id,purpose,channel,granted,time\n{id},marketing,email,yes,{time}",
    "leads": "lead_id,customer_id,stage,lost_reason,value,currency\nL{n},{id},lost,{name} said no,5,CNY",
    "assignments": "experiment,customer_id,variant,time\nmail,{id},A,{time}",
}
FIGURES = {
    "transactions": "count(*), sum(amount_micros), count(DISTINCT customer_id)",
    "events": "count(*), count(DISTINCT customer_id), count(DISTINCT event_id)",
    "interactions": "count(*), count(message)",
    "feedback": "count(*), avg(score)",
    "customers": "count(*)",
    "leads": "count(*), sum(value_micros), count(lost_reason)",
    "tags": "count(*)",
    "consent": "count(*), count(*) FILTER (granted)",
    "assignments": "count(*), count(DISTINCT customer_id)",
}


def values(n):
    time = f"2026-03-{1 + n % 28:02d}T10:{n % 60:02d}:00Z"
    return {
        "n": n, "id": f"CRM-{n:05d}", "name": f"张三丰{n}", "time": time,
        "phone": f"138 0013 {8000 + n}", "email": f"Zhang.{n}@Example.com",
    }  # fmt: skip


def text(table):
    head, row = SHEETS[table].split("\n")
    lines = [row.format(**values(n)) for n in range(PEOPLE)]
    if table == "customers":
        lines.append(f"{ID},{NAME},138 0013 8007,{EMAIL},{COMPANY},one,cell,too,many")
    return "\n".join([head, *lines, ""])


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """A workspace with every table of people, imported from files, and its home; to be copied."""
    folder = tmp_path_factory.mktemp("template")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("WORKBENCH_HOME", str(folder / "home"))
        made = wb.data.open(folder / "w")
        for table in SHEETS:
            assert import_sheet(made, folder, table).rows_ok == PEOPLE, table
    return folder


def import_sheet(store, folder, table, more=""):
    """Import a table's sheet; `more` makes it another file with the same rows."""
    file = folder / "exports" / f"{table}.csv"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text(table) + more, encoding="utf-8")
    return wb.data.load(store, file, table=table)


@pytest.fixture
def imported(template, tmp_path):
    """A copy of the template."""
    for name in ("w", "home"):
        shutil.copytree(template / name, tmp_path / name)
    return wb.data.open(tmp_path / "w")


@pytest.fixture
def bring(imported, tmp_path):
    """Import a table's sheet again."""
    return lambda table, more="": import_sheet(imported, tmp_path, table, more)


def figures(store):
    return {name: store.query(f"SELECT {what} FROM {name}").to_pylist() for name, what in FIGURES.items()}


def spelled(word):
    """A word as any program may have written it: encodings, escapes, Base64 at any place."""
    found = set()
    for one in {word, word.lower(), word.upper()}:
        found |= {one.encode(codec) for codec in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")}
        found |= {json.dumps(one)[1:-1].encode(), quote(one, safe="").encode()}
        found |= {base64.b64encode(b"x" * at + one.encode())[4 * (at > 0) : -4] for at in range(3)}
    return found


WORDS = (ID, NAME, EMAIL, PHONE, "138 0013 8007", "138-0013-8007", COMPANY)


def finds(root):
    """An own search: raw bytes, and every value in every Parquet file."""
    wanted = {spelling: word for word in WORDS for spelling in spelled(word) if len(spelling) > 6}
    found = set()
    for file in filter(Path.is_file, root.rglob("*")):
        content = file.read_bytes()
        if file.suffix == ".parquet":
            columns = pq.read_table(file).to_pydict().values()
            content += "\n".join(str(value) for column in columns for value in column).encode()
        found |= {(file.parent.name, word) for spelling, word in wanted.items() if spelling in content}
    return found


def test_direct_identifiers_are_in_no_table_even_before(imported):
    places = {place for place, word in finds(imported.path) if word in (ID, EMAIL, PHONE, "138 0013 8007")}
    assert places == {"quarantine", "interactions"}  # raw text set aside, and what somebody wrote about them


def test_no_spelling_is_left_in_any_table_and_figures_stay(imported):
    before, version = figures(imported), imported.version
    done = privacy.forget(imported, ID)
    assert done.is_proven
    assert {"id", "email", "phone", "pseudonym"} <= set(done.searched)
    assert finds(imported.path) == set()
    assert figures(imported) == before == figures(imported.at(version))
    told = imported.query(
        "SELECT message, result FROM interactions WHERE message LIKE '%[erased]%'"
    ).to_pylist()
    assert told == [{"message": "回访[erased] [erased]", "result": "请联系[erased]"}]
    others = imported.query("SELECT count(*) AS n FROM interactions WHERE message LIKE '%张三丰%'")
    assert others["n"][0].as_py() == PEOPLE - 1


def test_the_same_rows_again_bring_nobody_back_and_move_no_figure(imported, bring):
    before = figures(imported)
    privacy.forget(imported, ID)
    for table in SHEETS:
        review = bring(table, "\n")
        moves = {item.code: item.values for item in review.findings}["crm.moves"]
        assert (moves["new"], moves["changed"]) == ("0", "0"), table
    assert finds(imported.path) == set()
    assert figures(imported) == before
    (aside,) = wb.data.quarantine(imported, bring("customers", "\n\n").import_id).to_pylist()
    assert (aside["raw"], aside["reasons"]) == ("[erased]", "It is about a customer who was forgotten.")


def test_new_rows_of_the_forgotten_are_facts_without_a_person(imported, bring):
    privacy.forget(imported, ID)
    orders = imported.query("SELECT count(*) AS n FROM transactions")["n"][0].as_py()
    bring("transactions", f"O99,{ID},2026-04-01T10:00:00Z,8,CNY\nO7,{ID},2026-03-08T10:07:00Z,99,CNY\n")
    bring("interactions", f"{ID},2026-04-01T10:00:00Z,call,{NAME} 又来了,ok\n")
    (new,) = imported.query("SELECT customer_id FROM transactions WHERE transaction_id = 'O99'").to_pylist()
    assert new == {"customer_id": None}
    assert imported.query("SELECT count(*) AS n FROM transactions")["n"][0].as_py() == orders + 1
    assert finds(imported.path) == set()


def test_made_ids_outlast_a_rotation_of_keys(imported, bring):
    before = figures(imported)
    privacy.rotate(imported)
    privacy.forget(imported, ID)
    for table in ("events", "interactions", "feedback"):
        moves = {item.code: item.values for item in bring(table, "\n").findings}["crm.moves"]
        assert (moves["new"], moves["changed"]) == ("0", "0"), table
    assert figures(imported) == before


@pytest.mark.parametrize("kind", ["email", "phone", "id", "pseudonym"])
def test_foreign_files_are_found_in_every_spelling(imported, kind):
    name = pseudonyms.of(rings.ring(imported.path), ID)
    word = {"email": EMAIL, "phone": PHONE, "id": ID, "pseudonym": name}[kind]
    folder = imported.path / "notebooks"
    codecs = ("utf-8", "utf-16", "utf-16-be", "gb18030")
    written = {codec: f"x {word} y".encode(codec) for codec in codecs}
    written["json"] = json.dumps({"x": word}).encode()
    written["url"] = f"https://x/?a={quote(word)}&b=1".encode()
    for at in range(3):
        written[f"base64-{at}"] = base64.b64encode(b"x" * at + f" {word} and more".encode())
    if kind == "email":
        written |= {"upper": word.upper().encode(), "upper16": word.upper().encode("utf-16")}
    if kind == "phone":
        written |= {"spaced": b"+86 138 0013 8007", "spaced16": "138-0013-8007".encode("utf-16")}
    for label, content in written.items():
        (folder / label).write_bytes(content)
    found = {trace.file.removeprefix("notebooks/") for trace in privacy.forget(imported, ID).found.sure}
    assert found == set(written)


def test_tables_of_ones_own_with_lists_and_numbers_are_searched(imported):
    import pyarrow as pa

    folder = imported.path / "notebooks"
    pq.write_table(pa.table({"a": [[{"mail": EMAIL}]]}), folder / "nested.parquet")
    assert {(trace.column, trace.kind) for trace in privacy.forget(imported, ID).found.sure} >= {
        ("a", "email")
    }
    pq.write_table(pa.table({"n": [int(PHONE)]}), folder / "nested.parquet")
    done = privacy.forget(imported, ID)  # a number may be anything: told, and no proof against it
    assert [(trace.column, trace.is_sure) for trace in done.found.traces] == [("n", False)]
    assert done.is_proven


def test_the_proof_goes_on_until_the_files_of_people_are_clean(imported):
    note = imported.path / "notebooks" / "note.md"
    note.write_text(f"write to {EMAIL}")
    assert not privacy.forget(imported, ID).is_proven
    assert EMAIL.encode() not in (imported.path / pending.FILE).read_bytes()
    assert not privacy.forget(imported, ID).is_proven  # the vault is empty by now
    privacy.rotate(imported)
    assert not privacy.forget(imported, "CRM-00008").is_proven  # whoever is forgotten next
    note.unlink()
    assert privacy.forget(imported, ID).is_proven
    assert not (imported.path / pending.FILE).exists()


def test_small_files_in_other_encodings_are_cleaned(imported):
    folder = imported.path / "imports"
    (folder / "staged.csv").write_bytes(f"{ID},{NAME},{EMAIL},é\n".encode("gb18030"))
    (folder / "staged.txt").write_bytes(f"{EMAIL}\r\n".encode("utf-16"))
    (folder / "staged.json").write_bytes(json.dumps({"u": f"https://x/?m={quote(EMAIL)}"}).encode())
    assert privacy.forget(imported, ID).is_proven
    assert (folder / "staged.txt").read_bytes().decode("utf-16") == "[erased]\r\n"
    assert (folder / "staged.csv").read_bytes().decode("gb18030").startswith("[erased],")


def test_a_backup_anywhere_in_the_workspace_is_named(imported, tmp_path):
    wb.data.backup(imported, tmp_path / "mine.tar.zst")
    shutil.move(tmp_path / "mine.tar.zst", imported.path / "notebooks")
    assert privacy.forget(imported, ID).backups == ("notebooks/mine.tar.zst",)


FORGET = (
    "import sys; from workbench import data, privacy; privacy.forget(data.open(sys.argv[1]), sys.argv[2])"
)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kill −9 is of POSIX systems")
def test_kill_9_in_the_middle_is_finished_by_the_same_call(imported):
    """Each round kills the command at a later moment, seen by what it has written."""
    before, version = figures(imported), imported.version
    signs = [
        imported.path / pending.FILE,
        imported.path / "versions" / "rewrite.json",
        imported.path / "versions" / f"{version + 1}.json",
    ]
    environment = {**os.environ, "PYTHONPATH": str(Path(wb.__file__).parents[1])}
    for sign in signs:
        process = subprocess.Popen([sys.executable, "-c", FORGET, str(imported.path), ID], env=environment)
        deadline = time.monotonic() + 60
        while not sign.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert figures(wb.data.open(imported.path)) == before
    is_left = (imported.path / pending.FILE).exists()
    done = privacy.forget(wb.data.open(imported.path), ID)
    assert done.is_proven
    assert not is_left or {"email", "phone"} <= set(done.searched)
    assert finds(imported.path) == set()
    assert figures(wb.data.open(imported.path)) == before
    assert privacy.audit.verify(imported.path).is_whole
