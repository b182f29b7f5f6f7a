"""A server's life: restarts, ports, limits, addresses for others, its end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import live
import psutil
import pytest
from app_client import Client

from workbench.apps import address
from workbench.apps.address import Address
from workbench.errors import SettingsError


def log(app: live.App) -> str:
    return app.log.read_text(encoding="utf-8")


def test_a_restart_keeps_the_link_and_the_login(tiny_workspace, private_home):
    port = str(live.free_port())
    with live.running_app("-w", str(tiny_workspace), "--port", port) as first:
        member = Client(first).login()
        assert "token=" in log(first)
    with live.running_app("-w", str(tiny_workspace), "--port", port) as second:
        assert second.link() == first.link()
        member.app = second
        assert member.get("/nowhere").status == 404
    with live.running_app("-w", str(tiny_workspace), "--port", port, "--new-link") as third:
        assert third.token != first.token
        member.app = third
        assert member.get("/nowhere").status == 302


def test_a_taken_port_is_said_and_the_next_free_one_used(tiny_workspace, private_home):
    with live.running_app("-w", str(tiny_workspace)) as first:
        taken = first.url.rpartition(":")[2]
        command = [sys.executable, "-m", "workbench", "app", "-w", str(tiny_workspace), "--port", taken]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, stderr=subprocess.STDOUT)
        lines = [process.stdout.readline() for _ in range(2)]
        process.terminate()
        process.wait(90)
    assert lines[0] == f"Port {taken} is taken, so {int(taken) + 1} is used.\n"
    assert f":{int(taken) + 1}/home?token=" in lines[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_quietly_and_takes_its_kernels_along(tiny_workspace, private_home, number):
    with live.running_app("-w", str(tiny_workspace)) as app:
        Client(app).login().get("/plain")
        (server,) = [p for p in [psutil.Process(app.pid)] if p.is_running()]
        kernels = server.children(recursive=True)
        assert kernels
        os.kill(app.pid, number)
        until = time.monotonic() + 90
        while psutil.pid_exists(app.pid) and server.status() != "zombie" and time.monotonic() < until:
            time.sleep(0.1)
        _gone, alive = psutil.wait_procs(kernels, timeout=60)
        assert not alive
        assert log(app).splitlines()[-1] == "Stopped.", log(app)
        assert "Traceback" not in log(app)


def test_a_public_address_is_allowed_and_shared(tiny_workspace, private_home):
    public = "https://ads.example.com/bench"
    with live.running_app("-w", str(tiny_workspace), "--public-url", public) as app:
        assert f"Share: {public}/home?token={app.token}" in log(app)
        member = Client(app)
        assert member.get("/bench/login", Host="ads.example.com").status == 200
        assert member.get("/bench/login", Host="other.example.com").status == 403
        secure = member.get(
            f"/bench/plain?token={app.token}", Host="ads.example.com", **{"X-Forwarded-Proto": "https"}
        )
        assert secure.headers["Location"] == "/bench/plain"
        assert "Secure" in secure.headers["Set-Cookie"]
        member.get(f"/bench/plain?token={app.token}")
        page = member.get("/bench/tiny").text
        assert f"&#39;{public}&#39;" in page
        assert "VISITOR &#39;&#39;" in page, "a visitor from elsewhere is not this machine's user"


def test_own_exports_are_reviewed_and_then_shown(private_home, tmp_path):
    export = tmp_path / "spring.csv"
    export.write_text("Date,Campaign,Impressions,Clicks\n2026-03-13,A,100,5\n", encoding="utf-8")
    with live.running_app("--data", str(export)) as app:
        said = log(app)
        assert said.index("spring.csv: 1 row read, 1 good") < said.index("Open:")
        assert (private_home / "workspaces" / "spring" / "workbench.toml").is_file()
        assert "wb-live" in Client(app).login().get("/campaigns").text


def test_a_local_link_says_so(tiny_app):
    assert "This link works on this machine only" in log(tiny_app)


def test_addresses_and_links():
    local = Address(8866, "t o")
    assert local.link("/a b") == "http://127.0.0.1:8866/a%20b?token=t+o"
    assert (local.base_path, local.origin) == ("/", "")
    public = Address(1, "t", address.checked_public_url("https://Ads.Example.com/x/"))
    assert public.link("p", public=True) == "https://Ads.Example.com/x/p?token=t"
    assert public.local_url == "http://127.0.0.1:1/x"
    assert (public.base_path, public.origin) == ("/x/", "https://ads.example.com")
    assert "ads.example.com" in public.hosts
    assert address.checked_public_url(" ") == ""


@pytest.mark.parametrize("text", ["ads.example.com", "ftp://x", "https://", "https://a/?b=1", "https://a/#b"])
def test_what_is_no_public_address_is_refused(text):
    with pytest.raises(SettingsError, match="no web address"):
        address.checked_public_url(text)


@pytest.mark.parametrize("port", [0, -1, 70_000])
def test_what_is_no_port_is_refused(port):
    with pytest.raises(SettingsError, match="is no port"):
        address.bind(port)


def test_a_token_is_made_once_and_renewed_on_request(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    first = address.token()
    assert len(first) >= 32
    assert address.token() == first
    (tmp_path / "state" / "token").chmod(0o644)
    assert address.token() == first
    assert (tmp_path / "state" / "token").stat().st_mode & 0o777 == 0o600
    renewed = address.token(fresh=True)
    assert renewed != first
    assert address.cookie_secret(renewed) != address.cookie_secret(first)
    (tmp_path / "state" / "token").write_text("")
    assert len(address.token()) >= 32
