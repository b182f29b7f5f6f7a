"""Walls around the kernels of the apps: a page reaches what is its own, and nothing else of the machine."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from html import unescape
from pathlib import Path
from typing import Any

import live
import pytest
import tiny_notebooks
from app_client import Client
from walled import TRIED, needs_landlock

from workbench.apps import passes
from workbench.apps.confined import Confinement, level
from workbench.apps.errands import Errands, allowed, is_line
from workbench.errors import SettingsError
from workbench.forks import walls
from workbench.privacy import audit, pseudonyms, ring
from workbench.settings import ROLE, ROLES, Settings
from workbench.widgets.reports import running

PROBE = (
    TRIED
    + """
import json, os, socket, subprocess, tempfile
from pathlib import Path
from workbench.privacy import audit, meant, ring
workspace, home = Path(os.environ["WORKBENCH_WORKSPACE"]), Path(os.environ["WORKBENCH_HOME"])
def dial():
    socket.create_connection(("127.0.0.1", int(os.environ["SERVER_PORT"])), timeout=30).close()

def listen():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))

mine = Path(tempfile.gettempdir())
for name in ("views", "tables", "notebooks", "audit"):
    (workspace / name).is_dir() or print("missing", name)
seen = {
    "role": os.environ["WORKBENCH_ROLE"],
    "server": tried(lambda: os.listdir(mine.parent)),
    "secret": tried(lambda: (home / "state" / "token").read_text()),
    "elsewhere": tried(lambda: (home.parent / "private.txt").read_text()),
    "sockets": tried(lambda: Path("/proc/self/net/unix").read_text()),
    "parent": tried(lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes()),
    "signal": tried(lambda: os.kill(os.getppid(), 0)),
    "dial": tried(dial),
    "listen": tried(listen),
    "child": subprocess.run(["cat", str(home / "state" / "token")], capture_output=True).returncode,
    "temporary": tried(lambda: tempfile.TemporaryFile().close()),
    "mode": oct(mine.stat().st_mode & 0o777),
    "own": tried(lambda: os.listdir(mine)),
    "read": tried(lambda: (workspace / "workbench.toml").read_text()),
    "view": tried(lambda: (workspace / "views" / "wall-test").write_text("x")),
    "table": tried(lambda: (workspace / "tables" / "wall-test").write_text("x")),
    "code": tried(lambda: (workspace / "notebooks" / "wall-test").write_text("x")),
    "settings": tried(lambda: (workspace / "workbench.toml").open("a").close()),
    "log": tried(lambda: (workspace / "audit" / "log.jsonl").open("a").close()),
    "heads": tried(lambda: os.listdir(home / "audit")),
    "pointer": tried(lambda: (workspace / "pointer.json").open("a").close()),
    "plan": tried(lambda: (workspace / "plans" / "wall-test").write_text("x")),
    "key": tried(lambda: ring.key_file(workspace).read_bytes()),
    "keys": tried(lambda: os.listdir(home / "keys")),
    "line": len(audit.append(workspace, "tried", "somebody else", counts={"tries": 1})),
    "forged": tried(lambda: audit.append(workspace, "tried", time="1999")),
    "meant": meant.pseudonyms_of(workspace, "m-1001").customer,
    "remembered": os.environ.get("WORKBENCH_WALLS", "nothing"),
    "folder": str(mine),
}
print("SEEN", json.dumps(seen), "END")
"""
)
REFUSED = ("server", "secret", "elsewhere", "sockets", "parent", "signal", "dial", "listen")
OWN = ("temporary", "own", "read")


@pytest.fixture(scope="module")
def walled(tmp_path_factory):
    """A server through whose Data app its owner imports, with a page that tries what it may not."""
    root = tmp_path_factory.mktemp("walls")
    folder = tiny_notebooks.workspace(root / "ws", probe=PROBE)
    (root / "private.txt").write_text("nobody's", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORKBENCH_HOME", str(root / "home"))
        patch.setenv("WORKBENCH_CONFINE", "on" if walls.level() else "auto")
        patch.setenv("WORKBENCH_UPLOADS", "on")
        patch.setenv("WORKBENCH_USER", "server")
        ring.ring(folder)
        audit.append(folder, "begun")
        with live.running_app("-w", str(folder)) as app:
            yield app, folder


def probed(app, token: str) -> dict[str, Any]:
    page = unescape(Client(app).get(f"/probe?token={token}", follow=True).text)
    found = re.search(r"SEEN (.*?) END", page)
    assert found, page[-2000:]
    return json.loads(found[1])


WRITES = ("view", "plan", "table", "code", "settings", "pointer", "log")
"""What a page tries to change of the workspace."""


@needs_landlock
@pytest.mark.parametrize(
    ("role", "changed"), [("viewer", ()), ("planner", ("view", "plan")), ("steward", WRITES)]
)
def test_a_page_reaches_its_own_files_and_what_its_role_may_change(walled, role, changed):
    app, folder = walled
    before = audit.frame(folder)
    seen = probed(app, app.token if role == "steward" else passes.issue(app.token, role, days=1))
    tcp, scopes = walls.level() >= 4, walls.level() >= 6
    left_out = {*(() if tcp else ("dial", "listen")), *(() if scopes else ("signal",))}
    assert {seen[name] for name in REFUSED if name not in left_out} == {"PermissionError"}, seen
    assert [seen[name] for name in OWN] == ["done"] * len(OWN), seen
    assert (seen["role"], seen["mode"], seen["child"], seen["remembered"]) == (role, "0o700", 1, "nothing")
    opened = (*changed, "key", "keys") if role == "steward" else changed
    tries = (*WRITES, "key", "keys", "heads")
    assert {name: seen[name] for name in tries} == {
        name: "done" if name in opened else "PermissionError" for name in tries
    }
    assert pseudonyms.of(ring.ring(folder), "m-1001") in seen["meant"]
    logged = [json.loads(text) for text in (folder / audit.LOG).read_text("utf-8").splitlines()]
    assert len(logged) == len(before) + 1, "the forged line is none"
    assert (logged[-1]["who"], logged[-1]["counts"]) == ("server", {"tries": 1})
    assert (logged[-1]["visitor"], seen["forged"]) == ("somebody else", "PrivacyError")
    assert audit.verify(folder).is_whole


def test_walls_that_cannot_be_had_are_refused_where_they_are_asked_for(tmp_path, monkeypatch):
    monkeypatch.setattr(walls, "level", lambda: 0)
    with pytest.raises(SettingsError, match="this system has no Landlock"):
        Confinement(tmp_path, Settings(confine="on")).check()
    Confinement(tmp_path, Settings()).check()
    assert walls.VARIABLE not in Confinement(tmp_path, Settings()).environment(tmp_path)


def test_they_are_left_out_on_request_and_for_spark(tmp_path):
    assert "off" in Confinement(tmp_path, Settings(confine="off")).why_not
    assert "Spark" in Confinement(tmp_path, Settings(engine="local[*]")).why_not


def test_tables_are_open_only_where_the_data_app_imports(tmp_path):
    (tmp_path / "views").mkdir()
    shut = Confinement(tmp_path, Settings(), public_url="https://ads.example.com").walls(tmp_path / "own")
    assert str(tmp_path / "views") in shut.write
    assert str(tmp_path) not in shut.write
    home = Confinement(tmp_path, Settings())
    assert str(tmp_path) in home.walls(tmp_path / "own").write
    assert not [
        place
        for place in home.walls(tmp_path / "own", "viewer").write
        if Path(place).is_relative_to(tmp_path)
    ]


def test_who_sees_some_advertisers_alone_has_the_walls_of_a_planner():
    assert [level(role, limited=True) for role in ROLES] == ["viewer", "planner", "planner"]
    assert [level(role, limited=False) for role in ROLES] == list(ROLES)


LINE = {"what": "export", "who": "", "subjects": ["0af3"], "counts": {"rows": 3}, "about": {"table": "kpis"}}


def test_a_line_of_the_log_is_an_act_with_marks_numbers_and_texts():
    assert is_line(LINE)


@pytest.mark.parametrize(
    "changed",
    [
        {"what": "Export"},
        {"what": ""},
        {"who": 1},
        {"who": "a" * 5_000},
        {"subjects": ["alice@example.com"]},
        {"subjects": "0af3"},
        {"counts": {"rows": "3"}},
        {"counts": {"rows": True}},
        {"about": {"time": "1999"}},
        {"about": {"before": "0"}},
        {"about": {"visitor": "me"}},
        {"about": {"deep": {"er": 1}}},
        {"about": {"why": "a" * 5_000}},
        {"more": 1},
    ],
    ids=str,
)
def test_and_nothing_else_is_written(changed):
    assert not is_line({**LINE, **changed})


ASKED = ["weekly", "-p", "period=2026-W47", "--lang", "en", "--job", "weekly", "--force"]


def test_the_server_makes_what_the_reports_app_asks_for(tmp_path):
    assert allowed(ASKED, tmp_path)
    assert allowed([*ASKED, "--format", "pdf", "--format", "xlsx", "--as-of", "12"], tmp_path)
    assert allowed([*ASKED, "--batch", "campaign", "--member", "-x 品牌"], tmp_path)
    assert not allowed([*ASKED, "--batch", "--out"], tmp_path)
    assert not allowed([*ASKED, "--member"], tmp_path)


@pytest.mark.parametrize(
    "asked",
    [
        "weekly",
        [],
        [1],
        ["unheard-of"],
        ["/tmp/evil.ipynb"],
        ["weekly", "--out", "/tmp"],
        ["weekly", "-p"],
        ["weekly", "--job", "../../etc"],
        ["weekly", "--job", ".ssh"],
        ["weekly", "--format", "exe"],
        ["weekly", "--as-of", "../12"],
        ["weekly", "campaigns"],
    ],
    ids=str,
)
def test_and_nothing_else(tmp_path, asked):
    assert not allowed(asked, tmp_path)


@pytest.mark.parametrize(("role", "code"), [("planner", 0), ("viewer", 1), ("", 1)])
def test_an_errand_is_done_for_those_who_plan_under_their_own_name(tmp_path, monkeypatch, role, code):
    program = "import os; print(os.environ['WORKBENCH_USER'], os.environ.get('QUERY_STRING', 'no page'))"
    monkeypatch.setattr(running, "command", lambda *_: [sys.executable, "-c", program])

    async def ask() -> running.Made:
        room = Errands(tmp_path)
        monkeypatch.setenv(running.DOOR, (await room.open("k", tmp_path))[running.DOOR])
        room.knows("k", {ROLE: role, "WORKBENCH_USER": "mia", "QUERY_STRING": "a=1"})
        try:
            return await asyncio.to_thread(running.make, ASKED, tmp_path, tmp_path)
        finally:
            room.shut("k")

    made = asyncio.run(ask())
    assert made == running.Made(code, "" if code else "mia no page")


def test_a_server_that_is_gone_makes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv(running.DOOR, str(tmp_path / "nobody"))
    assert running.make(ASKED, tmp_path, tmp_path) == running.Made(1, "")
