"""Run a notebook as a report: check, execute, export, check again, publish, all or nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import data, i18n, settings
from workbench.errors import ReportError
from workbench.metrics.answer import code_version
from workbench.reports import formats, notebooks, parameters, publish
from workbench.reports.notebooks import Notebook

if TYPE_CHECKING:
    from workbench.reports.export import Check

TIMEOUT = 900.0
"""Seconds a report may take unless it is given more."""
_LOCKS = ("requirements.lock", "pylock.toml", "uv.lock", "conda-lock.yml")


@dataclass(frozen=True)
class Run:
    """One published run of a report.

    Attributes:
        job: Name of the job: the notebook's, unless another was given.
        folder: `<reports>/<job>/<run>` with `report.html` (if it succeeded), `report.ipynb`, `manifest.json`.
        status: `ok` or `failed`.
        seconds: How long it took.
        error: One sentence that says why it failed; empty otherwise.
        manifest: Content of `manifest.json`.
        reused: Whether an earlier run with the same inputs was returned and nothing ran.
    """

    job: str
    folder: Path
    status: str
    seconds: float
    error: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict, repr=False)
    reused: bool = False

    @property
    def html(self) -> Path | None:
        """The page; None for a failed run."""
        file = self.folder / publish.HTML
        return file if self.status == "ok" else None

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences of the checks that did not pass."""
        return tuple(str(check["sentence"]) for check in self.manifest["checks"] if not check["passed"])


@dataclass(frozen=True)
class _Inputs:
    """What a run's result depends on; equal inputs give equal reports."""

    job: str
    notebook: Notebook
    notebook_hash: str
    parameters: dict[str, Any]
    workspace: Path
    settings_hash: str
    data_version: int
    past: bool
    code_version: str
    lang: str
    formats: tuple[str, ...] = ()
    overrides: tuple[tuple[str, str], ...] = ()

    @property
    def environ(self) -> dict[str, str]:
        version = str(self.data_version) if self.past else ""
        known = {"WORKBENCH_WORKSPACE": str(self.workspace), "WORKBENCH_LANG": self.lang}
        own = {f"WORKBENCH_{name.upper()}": value for name, value in self.overrides}
        return known | own | {"WORKBENCH_VERSION": version}

    @property
    def digest(self) -> str:
        known = {**asdict(self), "notebook": self.notebook_hash, "workspace": str(self.workspace)}
        return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()


def run(
    notebook: str | Path,
    parameters: Mapping[str, Any] | None = None,
    out: str | Path | None = None,
    workspace: str | Path | None = None,
    lang: str | None = None,
    force: bool = False,
    timeout: float = TIMEOUT,
    job: str | None = None,
    as_of: str | int | None = None,
    formats: Sequence[str] = (),
) -> Run:
    """Run a notebook and publish its report in `<reports>/<job>/<run>/`.

    Nothing is visible before the run is finished, and the notebook itself is never changed.

    Args:
        notebook: Name of a notebook (the workspace's own first), or a path to one.
        parameters: Values for its `parameters` cell; `currency` and `timezone` for any notebook.
        out: Folder for reports; None: `reports/` of the current project, else of the workspace.
        workspace: Workspace folder, or `"demo"`; None: `WORKBENCH_WORKSPACE`, else the demo world.
        lang: `en` or `zh`; None: the parameter `lang` if given, else the workspace's language.
        force: Run although a run with the same inputs succeeded before.
        timeout: Seconds for the whole notebook.
        job: Name of the job; None: the notebook's name, for the past with the data version behind it.
        as_of: Data version to report on, or when it was current; None: the newest.
        formats: Files beside the page: `pdf`, `xlsx`, `pptx`, `csv`, `mail`.

    Returns:
        The run. A notebook that failed is published too, with `status` `failed` and without a page.

    Raises:
        ReportError: for an unknown notebook or parameter, a value of another kind, or a folder that
            cannot be written: nothing has run then.
        StoreError: for a data version that is not kept.
    """
    inputs = _inputs(notebook, dict(parameters or {}), workspace, lang, job, as_of, formats)
    jobs = publish.folder(inputs.workspace, Path(out) if out else None) / inputs.job
    earlier = None if force else _earlier(jobs, inputs)
    return earlier or _run(inputs, jobs, timeout)


def workspace_folder(workspace: str | Path | None = None) -> Path:
    """Folder of the workspace that is meant; the demo world is built when it is meant and missing.

    Args:
        workspace: Folder or `"demo"`; None: `WORKBENCH_WORKSPACE`, else the demo world.

    Raises:
        ReportError: when there is no such folder.
    """
    chosen = str(workspace or os.environ.get("WORKBENCH_WORKSPACE") or "demo")
    if chosen == "demo":
        from workbench import demo

        return demo.workspace()
    folder = Path(chosen).expanduser().absolute()
    if not folder.is_dir():
        raise ReportError(
            "There is no such workspace folder.", "Import something into it first, or check the path.", chosen
        )
    return folder


def _inputs(
    name: str | Path,
    given: dict[str, Any],
    workspace: str | Path | None,
    lang: str | None,
    job: str | None,
    as_of: str | int | None,
    wanted: Sequence[str],
) -> _Inputs:
    folder = workspace_folder(workspace)
    store = data.open(folder, version=as_of)
    notebook = notebooks.find(name, folder)
    spoken = str(lang or given.get("lang") or store.settings.lang)
    if spoken not in i18n.LANGUAGES:
        raise ReportError(f"There is no language {spoken!r}.", f"Use {' or '.join(i18n.LANGUAGES)}.")
    declared = parameters.declared(notebook.node)
    own = {key: given.pop(key) for key in parameters.SETTINGS if key in given and key not in declared}
    overrides = _overrides(own)
    shared = {"lang": spoken, "workspace": str(folder)}
    filled = {key: value for key, value in shared.items() if key in declared} | given
    return _Inputs(
        job=_job_name(job or (f"{notebook.name}-v{store.version}" if store.is_past else notebook.name)),
        notebook=notebook,
        notebook_hash=_hash(notebook.path),
        parameters=parameters.check(notebook.node, filled, notebook.name),
        workspace=folder,
        settings_hash=_settings_hash(folder),
        data_version=store.version,
        past=store.is_past,
        code_version=code_version(),
        lang=spoken,
        formats=formats.check(wanted, folder),
        overrides=overrides,
    )


def _overrides(given: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Settings that this report alone has: a currency by its code, a time zone by its name."""
    from workbench.sources import quotes, request

    found = {name: str(value) for name, value in given.items() if value}
    request.check_timezone(found.get("timezone"))
    code = quotes.currency(found.get("currency"))
    return tuple((found | ({"currency": code} if code else {})).items())


def _earlier(jobs: Path, inputs: _Inputs) -> Run | None:
    for manifest in reversed(publish.runs(jobs)):
        page = Path(manifest["folder"], publish.HTML)
        if manifest.get("inputs") == inputs.digest and manifest.get("status") == "ok" and page.is_file():
            folder = Path(manifest.pop("folder"))
            return Run(inputs.job, folder, "ok", manifest["seconds"], "", manifest, reused=True)
    return None


def _run(inputs: _Inputs, jobs: Path, timeout: float) -> Run:
    from workbench.reports import execute

    started, clock = dt.datetime.now(dt.UTC), time.perf_counter()
    with publish.part(jobs) as made:
        outcome = execute.execute(
            inputs.notebook.path,
            made / publish.NOTEBOOK,
            inputs.parameters,
            timeout,
            inputs.lang,
            inputs.environ,
        )
        ran = time.perf_counter()
        checks = [] if outcome.error else _export(made, outcome.notebook, inputs, started)
        ended = time.perf_counter()
        timings = {"execute": round(ran - clock, 3), "export": round(ended - ran, 3)}
        manifest = {
            "status": "failed" if outcome.error else "ok",
            "error": outcome.error,
            **_facts(inputs),
            "started": started,
            "finished": dt.datetime.now(dt.UTC),
            "seconds": round(ended - clock, 3),
            "timings": timings,
            "checks": checks,
        }
        folder = publish.publish(made, jobs, inputs.digest, manifest)
    publish.point_to_latest(jobs)
    manifest = json.loads((folder / publish.MANIFEST).read_text(encoding="utf-8"))
    return Run(inputs.job, folder, manifest["status"], manifest["seconds"], outcome.error, manifest)


def _export(made: Path, notebook: Any, inputs: _Inputs, started: dt.datetime) -> list[dict[str, Any]]:
    from workbench.reports import export
    from workbench.reports.formats import look

    title = inputs.notebook.title(inputs.lang)
    when = export.made(started, inputs.data_version, inputs.lang)
    theme, house = settings.load(inputs.workspace).theme, look.load(inputs.workspace)
    dress = {"css": look.style(house), "top": look.top(house, inputs.lang)}
    html = export.page(notebook, title, when, inputs.lang, theme, **dress)
    (made / publish.HTML).write_text(html, encoding="utf-8")
    about: dict[str, Any] = {"title": title, "made": when, "workspace": inputs.workspace}
    formats.write(made, notebook, inputs.formats, inputs.lang, **about)
    found = (*export.checks(html, inputs.lang), _data_check(inputs))
    return [asdict(check) for check in found]


def _data_check(inputs: _Inputs) -> Check:
    """Whether the data stood still: an import during the run may have moved it between two cells."""
    from workbench.reports.export import Check

    before = inputs.data_version
    now = before if inputs.past else data.open(inputs.workspace).version  # a past version never moves
    moved = i18n.text("reports.check_data", inputs.lang, before=before, now=now)
    return Check("data", now == before, now, "" if now == before else moved)


def _facts(inputs: _Inputs) -> dict[str, Any]:
    return {
        "job": inputs.job,
        "notebook": inputs.notebook.path.name,
        "notebook_hash": inputs.notebook_hash,
        "parameters": inputs.parameters,
        "lang": inputs.lang,
        "formats": inputs.formats,
        "settings": dict(inputs.overrides),
        "workspace": str(inputs.workspace),
        "settings_hash": inputs.settings_hash,
        "data_version": inputs.data_version,
        "code_version": inputs.code_version,
        "python": platform.python_version(),
        "lock_hash": _lock_hash(),
        "inputs": inputs.digest,
    }


def _lock_hash() -> str | None:
    """Hash of the lock the environment was made from, where the project folder has one."""
    project = notebooks.packaged_folder().parent
    for name in _LOCKS:
        if (project / name).is_file():
            return _hash(project / name)
    return None


def _settings_hash(workspace: Path) -> str:
    """Hash of the settings, own metrics and look, which change reports without a new data version."""
    metrics, brand = (sorted((workspace / name).glob("*.*")) for name in ("metrics", "brand"))
    files = (workspace / settings.FILE_NAME, *metrics, *brand)
    return _hash(*(file for file in files if file.is_file()))


def _hash(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _job_name(name: str) -> str:
    if not name or name.startswith(".") or "/" in name or "\\" in name:
        raise ReportError(f"A job cannot be called {name!r}.", "Use a plain name, like the notebook's.")
    return name
