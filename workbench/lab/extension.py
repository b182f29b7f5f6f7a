"""JupyterLab's extension: cards and questions of one workspace, written as JupyterLab loads it.

No build chain: a federated module is a script that offers two functions, `init` and `get`; ours is written by
hand (`extension.js`) and gets its data put before it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workbench import i18n, settings
from workbench.lab import cards, snippets

NAME = "ad-crm-workbench"
QUIET = {
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    }
}
"""Defaults of JupyterLab's own: it does not ask whether it may fetch news."""


def prepare(workspace: Path, root: Path, lang: str) -> dict[str, object]:
    """Write the extension for a workspace.

    Args:
        workspace: Folder of the workspace.
        root: Folder that JupyterLab shows.
        lang: Language of cards and questions.

    Returns:
        Settings that tell JupyterLab where it is, and where layouts of its own are kept.
    """
    place = hashlib.sha256(f"{workspace}\0{root}".encode()).hexdigest()[:12]
    folder = settings.home() / "state" / "lab" / place
    extensions, defaults = folder / "extensions", folder / "defaults"
    shutil.rmtree(extensions, ignore_errors=True)
    _write(extensions / NAME, _data(workspace, root, lang))
    defaults.mkdir(exist_ok=True)
    (defaults / "overrides.json").write_text(json.dumps(QUIET), encoding="utf-8")
    return {
        "LabApp.extra_labextensions_path": extensions,
        "LabApp.app_settings_dir": defaults,
        "LabApp.workspaces_dir": folder / "layouts",
    }


def _data(workspace: Path, root: Path, lang: str) -> dict[str, Any]:
    shown = cards.cards(workspace, root, lang)
    words = {name: i18n.text(f"lab.{name}", lang) for name in ("brand", "questions")}
    return {
        "words": words,
        "cards": [asdict(card) for card in shown],
        "questions": [
            {"name": item.name, "title": item.titles[lang], "code": item.code} for item in snippets.every()
        ],
        "folder": str(Path(shown[0].path).parent) if shown else "",
        "read": _first_steps(workspace, root, lang),
    }


def _first_steps(workspace: Path, root: Path, lang: str) -> str:
    """The page to open first, below `root`: the guide's in the project, else a copy in the workspace."""
    guide = {"en": "docs/analysts.md", "zh": "README.zh.md"}[lang]
    if (root / "docs" / "analysts.md").is_file() and (root / guide).is_file():
        return guide
    target = workspace / cards.FOLDER / "first-steps.md"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(Path(__file__).with_name(f"first-steps.{lang}.md").read_bytes())
    return target.relative_to(root).as_posix() if target.is_relative_to(root) else ""


def _write(folder: Path, data: Mapping[str, Any]) -> None:
    """The package as JupyterLab finds it; the script's name changes with what is in it."""
    script = Path(__file__).with_name("extension.js").read_text(encoding="utf-8")
    said = json.dumps(data, ensure_ascii=False, indent=1)
    whole = f"const WORKBENCH = {said};\n{script}"
    entry = f"static/remoteEntry.{hashlib.sha256(whole.encode()).hexdigest()[:12]}.js"
    (folder / "static").mkdir(parents=True)
    (folder / entry).write_text(f"(() => {{\n{whole}}})();\n", encoding="utf-8")
    package = {
        "name": NAME,
        "version": "0.1.0",
        "jupyterlab": {"extension": True, "_build": {"load": entry, "extension": "./extension"}},
    }
    (folder / "package.json").write_text(json.dumps(package), encoding="utf-8")
