"""What `make app` runs: own exports in, reports made, apps served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request

import live
import source

COMMAND = [sys.executable, str(source.ROOT / "scripts" / "app.py")]
EXPORT = """Date,Campaign,Impressions,Clicks,Cost,Currency
2026-03-01,Spring,1000,30,12.50,EUR
2026-03-02,Spring,1200,31,13.00,EUR
"""


def test_own_exports_are_imported_reported_and_served(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "my export.csv").write_text(EXPORT, encoding="utf-8")
    given = {"DATA": "my export.csv", "PORT": str(live.free_port()), "WORKBENCH_HOME": str(tmp_path / "home")}
    with live.running(COMMAND, cwd=tmp_path, env=given) as app:
        said = app.log.read_text(encoding="utf-8")
        with urllib.request.urlopen(app.link(), timeout=90) as page:
            assert page.status == 200
    assert "2 rows read, 2 good" in said
    assert (tmp_path / "home" / "workspaces" / "my export" / "workbench.toml").is_file()
    manifest = tmp_path / "reports" / "campaigns" / "latest" / "manifest.json"
    assert json.loads(manifest.read_text(encoding="utf-8"))["status"] == "ok"


def test_exports_that_cannot_be_read_end_with_a_sentence(tmp_path):
    (tmp_path / "empty.csv").write_bytes(b"")
    run = subprocess.run(
        COMMAND,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "DATA": "empty.csv", "WORKBENCH_HOME": str(tmp_path / "home")},
    )
    assert run.returncode == 1
    assert "FAIL" in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
