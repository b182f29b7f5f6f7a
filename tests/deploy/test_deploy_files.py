"""The files for a team's server: right for this installation, and taken by the programs they are for."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import team_network

from workbench import deploy
from workbench.errors import SettingsError
from workbench.settings import Settings

SITE = deploy.Site(Path("/srv/ads"), "https://ads.example.com", 8866, 20)


def unit(site: deploy.Site) -> dict[str, list[str]]:
    """The unit's words by name."""
    found: dict[str, list[str]] = {}
    for line in deploy.written("systemd", site).splitlines():
        if "=" in line and not line.startswith("#"):
            name, _, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("kind", sorted(deploy.FILES))
def test_no_place_is_left_open(kind):
    text = deploy.written(kind, SITE)
    assert "{{" not in text
    assert "/srv/ads" in text or kind == "nginx"


def test_the_service_starts_what_is_installed_here():
    (start,) = unit(SITE)["ExecStart"]
    program, *words = start.split()
    assert Path(program).is_file()
    run = subprocess.run([program, "app", "--help"], capture_output=True, text=True, check=True)
    assert all(word in run.stdout for word in words if word.startswith("--"))
    assert words[words.index("--public-url") + 1] == "https://ads.example.com"


def test_the_service_gets_memory_for_its_seats():
    few, many = (int(unit(replace(SITE, seats=seats))["MemoryMax"][0].rstrip("M")) for seats in (5, 40))
    assert many - few == pytest.approx(35 * 1.5 * deploy.SEAT_MB, abs=1)
    assert int(unit(SITE)["MemoryHigh"][0].rstrip("M")) < int(unit(SITE)["MemoryMax"][0].rstrip("M"))


def test_a_service_that_only_shows_writes_nothing_into_the_workspace():
    assert unit(SITE)["ReadWritePaths"] == ["/srv/ads"]
    assert "ReadWritePaths" not in unit(replace(SITE, read_only=True))
    assert "/srv/ads/notebooks" in unit(SITE)["ReadOnlyPaths"][0]


def test_homes_are_hidden_unless_something_is_in_one(monkeypatch):
    monkeypatch.setattr(sys, "prefix", "/opt/workbench")
    assert unit(SITE)["ProtectHome"] == ["yes"]
    assert unit(replace(SITE, workspace=Path("/home/ann/ads")))["ProtectHome"] == ["read-only"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_the_unit_and_finds_it_closed(tmp_path):
    file = tmp_path / "ads-workbench.service"
    file.write_text(deploy.written("systemd", replace(SITE, workspace=tmp_path)), encoding="utf-8")
    looked = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=False)
    assert (looked.returncode, looked.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=yes", "--no-pager", str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    exposure = re.search(r"exposure level for \S+ ([\d.]+)", told)
    assert exposure
    assert float(exposure[1]) <= 1.5


@pytest.mark.skipif(bool(team_network.missing()), reason=team_network.missing() or "-")
def test_nginx_takes_its_file_below_a_path_too(tmp_path):
    chain, key = team_network.certificate(tmp_path)
    for url in ("https://ads.example.com", "https://example.com/ads"):
        site = replace(SITE, public_url=url, certificate=str(chain), key=str(key))
        alone = ("unshare", "--net")
        with team_network.nginx(tmp_path, deploy.written("nginx", site), *alone):
            pass
        assert ("location /ads/ {" in deploy.written("nginx", site)) == url.endswith("/ads")


def test_the_hub_file_is_python_that_serves_both():
    settings: dict[str, object] = {}
    for node in ast.parse(deploy.written("jupyterhub", SITE)).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
            settings[node.targets[0].attr] = ast.literal_eval(node.value)
    (service,) = settings["services"]
    assert service["url"] == "http://127.0.0.1:8866"
    assert "https://ads.example.com/services/workbench" in service["command"]
    assert service["environment"]["WORKBENCH_IDENTITY"] == "hub"
    (role,) = settings["load_roles"]
    assert role["scopes"] == [f"access:services!service={service['name']}"]
    assert settings["environment"] == {"WORKBENCH_WORKSPACE": "/srv/ads"}


ECHO = """
import http.server, json
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(self.headers.items()).encode())
http.server.HTTPServer(("127.0.0.1", 8866), Echo).serve_forever()
"""
LIES = {
    "X-Remote-User": "boss",
    "X-Workbench-Role": "steward",
    "X-Workbench-Advertisers": "",
    "X-Real-IP": "::1",
}


@pytest.fixture
def echoed(tmp_path):
    """What the apps would be told of a request with lies in it, behind nginx: settings, login → headers."""
    chain, key = team_network.certificate(tmp_path)
    (tmp_path / "users").write_text("ann:{PLAIN}secret\n", encoding="utf-8")
    (tmp_path / "secret.conf").write_text('proxy_set_header X-Workbench-Secret "s3cret";\n', encoding="utf-8")
    users, secrets = str(tmp_path / "users"), str(tmp_path / "secret.conf")
    kept = {"certificate": str(chain), "key": str(key), "users": users, "secrets": secrets}
    with team_network.networks() as nets, ExitStack() as running:
        around = nets.inside(nets.server)
        behind = running.enter_context(subprocess.Popen([*around, sys.executable, "-c", ECHO]))
        running.callback(behind.kill)
        team_network.reachable(8866, *around)

        def ask(settings: Settings, *login: str) -> dict[str, str] | None:
            site = replace(SITE, public_url=f"https://{team_network.HOST}", settings=settings, **kept)
            with team_network.nginx(tmp_path, deploy.written("nginx", site), *around):
                team_network.reachable(443, *around)
                lies = [word for name, value in LIES.items() for word in ("-H", f"{name}: {value}")]
                where = ("--resolve", f"{team_network.HOST}:443:{nets.address}", "--cacert", str(chain))
                ask = ("curl", "-sf", *where, *lies, *login, f"https://{team_network.HOST}/")
                run = subprocess.run(nets.inside(nets.reader, *ask), capture_output=True, check=False)
            return dict(json.loads(run.stdout)) if run.returncode == 0 else None

        yield ask


@pytest.mark.skipif(bool(team_network.missing()), reason=team_network.missing() or "-")
def test_what_visitors_say_of_themselves_never_gets_through(echoed):
    told = echoed(Settings())
    assert not set(LIES) & set(told) - {"X-Real-IP"}
    assert told["X-Real-IP"] == told["X-Forwarded-For"] == "10.87.65.2"
    assert told["X-Forwarded-Proto"] == "https"

    proxy = Settings(identity="proxy")
    assert echoed(proxy) is None
    assert echoed(proxy, "-u", "ann:wrong") is None
    told = echoed(proxy, "-u", "ann:secret")
    assert told["X-Remote-User"] == "ann"
    assert told["X-Workbench-Role"] == "viewer"
    assert told["X-Workbench-Secret"] == "s3cret"
    assert not {"X-Workbench-Advertisers", "Authorization"} & set(told)


@pytest.mark.parametrize("url", ["", "http://ads.example.com"])
def test_a_team_needs_tls(url):
    with pytest.raises(SettingsError, match="TLS"):
        deploy.written("nginx", replace(SITE, public_url=url))


@pytest.mark.parametrize("word", ["/srv/my ads", "/srv/a;b", "/srv/$ads", "/srv/ads\nUser=root", "/srv/%h"])
def test_a_path_that_would_mean_something_else_is_refused(word):
    for kind in deploy.FILES:
        with pytest.raises(SettingsError, match="cannot stand in such a file"):
            deploy.written(kind, replace(SITE, workspace=Path(word)))


def test_an_unknown_kind_is_told_with_the_nearest():
    with pytest.raises(SettingsError, match="nginx"):
        deploy.written("nginxx", SITE)
