"""Forked kernels: they are kernels like any other, do not resemble each other, and end with the server."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import asynccontextmanager

import psutil
import pytest

from workbench.forks import client, provisioner, system
from workbench.forks.client import CannotForkError, Template
from workbench.forks.provisioner import AdoptedProcess
from workbench.reports.kernels import PrivateKernel, environment, socket_folder

pytestmark = pytest.mark.skipif(not system.can_fork(), reason="this system cannot fork kernels")
FACTS = """
import json, os, random, sys
import comm, numpy
facts = {
    "targets": sorted(comm.get_comm_manager().targets), "parent": os.getppid(), "pid": os.getpid(),
    "group": os.getpgid(0), "folder": os.getcwd(), "env": dict(os.environ),
    "luck": [random.random(), numpy.random.random()], "warm": "workbench.widgets.campaigns" in sys.modules,
    "argv": sys.argv[0], "main": __name__,
}
"""
WORK = """
import threading
import numpy, workbench as wb
facts = {
    "rows": len(wb.metrics.kpis(wb.open(STORE), by=["channel"]).table),
    "product": float((numpy.ones((300, 300)) @ numpy.ones((300, 300))).sum()),
}
"""


@asynccontextmanager
async def kernel(**environ: str):
    """A running kernel and a function that runs code in it and returns its `facts`."""
    with socket_folder() as folder:
        manager = PrivateKernel(folder, environment(**environ))
        await manager.start_kernel(cwd=str(folder))
        talk = manager.client()
        talk.start_channels()
        try:
            await talk.wait_for_ready(timeout=60)
            yield manager, lambda code: facts(talk, code)
        finally:
            talk.stop_channels()
            await manager.shutdown_kernel(now=True)


async def facts(talk, code: str):
    asked = talk.execute(f"{code}\nimport json", user_expressions={"facts": "json.dumps(facts)"})
    while (reply := await talk.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != asked:
        continue
    assert reply["content"]["status"] == "ok", reply["content"]
    text = reply["content"]["user_expressions"]["facts"]["data"]["text/plain"]
    return json.loads(__import__("ast").literal_eval(text))


def gone(*pids: int, seconds: float = 60) -> bool:
    """Whether the processes end within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not [pid for pid in pids if running(pid)]:
            return True
        time.sleep(0.02)
    return False


def running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_two_kernels_of_one_template_are_two_kernels(monkeypatch):
    monkeypatch.delenv("ONLY_HERE", raising=False)

    async def look():
        async with kernel(ONLY_HERE="a") as (first, ask), kernel() as (second, ask_other):
            return (await ask(FACTS), await ask_other(FACTS), [first.provisioner.pid, second.provisioner.pid])

    one, other, pids = asyncio.run(look())
    for seen, pid in zip((one, other), pids, strict=True):
        assert seen["warm"]
        assert seen["targets"] == ["jupyter.widget", "jupyter.widget.control"]
        assert (seen["pid"], seen["group"], seen["parent"]) == (pid, pid, os.getpid())
        assert (seen["argv"], seen["main"]) == ("ipykernel_launcher", "__main__")
    assert one["folder"] != other["folder"]
    assert one["env"]["ONLY_HERE"] == "a"
    assert "ONLY_HERE" not in other["env"]
    assert not {*client._ONE_THREAD, *client._SPARING} & set(other["env"])
    assert not set(one["luck"]) & set(other["luck"])
    assert gone(*pids)


SPARE = """
import os
import workbench as wb
from workbench import i18n
from workbench.store import parquet, spare
ready, read = len(spare._kept), i18n.texts.cache_info().currsize
store = wb.open(STORE)
rows = store.query(store.table("campaigns")).num_rows
con = store._engine.backend.con
facts = {
    "ready": ready, "read": read, "left": len(spare._kept), "rows": rows,
    "threads": con.execute("SELECT current_setting('threads')").fetchall()[0][0],
    "usual": parquet.connect().execute("SELECT current_setting('threads')").fetchall()[0][0],
    "name": str(parquet.connect().execute("SELECT uuid()").fetchall()[0][0]),
    "spill": con.execute("SELECT current_setting('temp_directory')").fetchall()[0][0],
}
"""


def test_each_kernel_takes_the_connection_that_was_kept_and_names_files_of_its_own(demo_store):
    code = SPARE.replace("STORE", repr(str(demo_store.path)))

    async def look():
        async with kernel() as (_, ask), kernel() as (_, ask_other):
            return await ask(code), await ask_other(code), await ask(code)

    first, other, again = asyncio.run(look())
    for seen in (first, other):
        assert (seen["ready"], seen["read"], seen["left"], seen["rows"]) == (1, 1, 0, 40)
        assert seen["threads"] == seen["usual"]
    assert (again["ready"], again["rows"]) == (0, 40), "a second store connects its own"
    assert first["name"] != other["name"]
    assert first["spill"] != other["spill"]


def test_native_threads_work_in_a_forked_kernel(demo_store):
    async def work():
        async with kernel() as (_, ask):
            return await ask(WORK.replace("STORE", repr(str(demo_store.path))))

    assert asyncio.run(work()) == {"rows": 6, "product": 300.0**3}


def test_a_kernel_outlives_its_template_and_the_next_gets_a_new_one():
    async def look():
        async with kernel() as (first, ask):
            old = provisioner.TEMPLATE.pid
            os.kill(old, 9)
            assert gone(old)
            async with kernel() as (_, ask_other):
                assert await first.is_alive()
                return old, provisioner.TEMPLATE.pid, await ask(FACTS), await ask_other(FACTS)

    old, new, one, other = asyncio.run(look())
    assert new not in (None, old)
    assert one["warm"]
    assert other["warm"]


SERVER = """
import asyncio, sys, time
from workbench.forks import provisioner
from workbench.reports.kernels import PrivateKernel, environment, socket_folder
async def main():
    with socket_folder() as folder:
        kernel = PrivateKernel(folder, environment())
        await kernel.start_kernel(cwd="/")
        print(kernel.provisioner.pid, provisioner.TEMPLATE.pid, flush=True)
        time.sleep(60)
provisioner.TEMPLATE._modules = ()
asyncio.run(main())
"""


def test_nothing_is_left_when_the_server_is_killed():
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in server.stdout.readline().split()]
    assert len(pids) == 2
    assert all(running(pid) for pid in pids)
    server.kill()
    server.wait()
    server.stdout.close()
    assert gone(*pids)


@pytest.fixture
def bare(tmp_path):
    """Makes templates of some modules, and of code in a folder of their own."""
    made = []

    def make(*modules: str) -> Template:
        made.append(Template(modules, tmp_path))
        return made[-1]

    yield make
    for template in made:
        template.close()


def order(template: Template, **changes) -> AdoptedProcess:
    """A forked process that ends at once, for want of its folder, which is all that is needed here."""
    gone = template._package / "gone"
    wanted = {"file": str(gone / "k.json"), "env": os.environ, "folder": str(gone), "quiet": True}
    return AdoptedProcess(template.fork(**{**wanted, **changes}))


def test_a_template_of_older_code_is_replaced(bare, tmp_path, monkeypatch):
    monkeypatch.setattr(client, "_LOOK_SECONDS", 0)
    template = bare()
    assert order(template).wait(20) == 1
    first = template.pid
    assert order(template).wait(20) == 1
    assert template.pid == first
    (tmp_path / "new.py").write_text("x = 1\n")
    assert order(template).wait(20) == 1
    assert template.pid != first
    assert gone(first)


def test_what_cannot_be_imported_means_ordinary_kernels_for_a_while(bare, monkeypatch):
    template = bare("workbench.nothing_here")
    with pytest.raises(CannotForkError, match=r"No module named 'workbench\.nothing_here'"):
        order(template)
    monkeypatch.setattr(template, "_start", lambda: pytest.fail("tried again too soon"))
    with pytest.raises(CannotForkError, match="nothing_here"):
        order(template)


def test_a_module_that_starts_a_thread_is_not_forked(bare, tmp_path, monkeypatch):
    (tmp_path / "restless.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    with pytest.raises(CannotForkError, match="has started threads"):
        order(bare("restless"))


def test_a_variable_that_counts_at_the_start_only_is_not_ignored(bare):
    with pytest.raises(CannotForkError, match="only counts when Python starts"):
        order(bare(), env={**os.environ, "PYTHONHASHSEED": "7"})


def test_where_nothing_can_be_forked_a_kernel_is_an_ordinary_one(monkeypatch, caplog):
    monkeypatch.setattr(system, "can_fork", lambda: False)
    monkeypatch.setattr(provisioner, "_said", set())

    async def look():
        async with kernel() as (manager, ask):
            return type(manager.provisioner.process), await ask(FACTS)

    kind, seen = asyncio.run(look())
    assert kind is subprocess.Popen
    assert not seen["warm"]
    assert "Ordinary kernels instead of forked ones: This system cannot fork kernels." in caplog.text


def test_an_adopted_process_tells_how_it_ended():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    process = AdoptedProcess(child.pid)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.05)
    process.terminate()
    assert process.wait(60) == -15
    process.kill()
    child.returncode = process.returncode
