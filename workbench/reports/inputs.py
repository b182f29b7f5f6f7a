"""What a report's result depends on, gathered and checked before anything runs."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from workbench import data, i18n, settings
from workbench.errors import ReportError
from workbench.metrics.answer import code_version
from workbench.reports import formats, jobs, notebooks, parameters, relative, shared
from workbench.reports.notebooks import Notebook

_ANSWERING = ("segment", "clusters", "plan", "target", "tag", "decision")
"""Kinds of saved things that answers depend on."""
_LOCKS = ("requirements.lock", "pylock.toml", "uv.lock", "conda-lock.yml")


@dataclass(frozen=True)
class Order:
    """What a job asks of a run beyond notebook and parameters.

    Attributes:
        job: Name of the job; empty: the notebook's.
        lang: Language; empty: the parameter `lang` if given, else the workspace's.
        currency: Currency of amounts; empty: the workspace's.
        timezone: Time zone, for a notebook that takes one.
        formats: Files beside the page.
        batch: Dimension, or `segment`, whose member the run is about.
        member: That member.
        version: Data version that all runs of a batch stay at; None: a run on its own.
        as_of: Older data version to report on, or when it was current; None: the newest.
    """

    job: str = ""
    lang: str = ""
    currency: str = ""
    timezone: str = ""
    formats: tuple[str, ...] = ()
    batch: str = ""
    member: str = ""
    version: int | None = None
    as_of: str | int | None = None


@dataclass(frozen=True)
class Inputs:
    """What a run's result depends on; equal inputs give equal reports.

    Attributes:
        order: What the job asks for.
        job: Name of the job, for the past with the data version behind it.
        notebook: The notebook.
        notebook_hash: Hash of its file.
        parameters: Checked values for its `parameters` cell.
        workspace: Folder of the workspace.
        settings_hash: Hash of its settings and own metrics.
        data_version: Data version that is reported on.
        past: Whether that is not the newest one.
        code_version: Version of the code.
        lang: Language of the report.
    """

    order: Order
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

    @property
    def pinned(self) -> bool:
        """Whether the run stays at its data version although newer ones may come."""
        return self.past or self.order.version is not None

    @property
    def currency(self) -> str:
        """Currency of all its amounts: the notebook's parameter, else the job's; empty: the workspace's."""
        return str(self.parameters.get("currency") or self.order.currency)

    @property
    def environ(self) -> dict[str, str]:
        """Variables of the kernel."""
        return {
            "WORKBENCH_WORKSPACE": str(self.workspace),
            "WORKBENCH_LANG": self.lang,
            "WORKBENCH_CURRENCY": self.currency,
            "WORKBENCH_VERSION": str(self.data_version) if self.pinned else "",
        }

    @property
    def digest(self) -> str:
        """Hash of all that the result depends on."""
        known = {**asdict(self), "notebook": self.notebook_hash, "workspace": str(self.workspace)}
        known["order"] = {**known["order"], "version": None, "as_of": None}  # both are in `data_version`
        return hashlib.sha256(json.dumps(known, sort_keys=True, default=str).encode()).hexdigest()

    @property
    def facts(self) -> dict[str, Any]:
        """What the manifest says of them."""
        return {
            "job": self.job,
            "batch": self.order.batch,
            "member": self.order.member,
            "notebook": self.notebook.path.name,
            "notebook_hash": self.notebook_hash,
            "parameters": self.parameters,
            "lang": self.lang,
            "currency": self.currency,
            "timezone": self.order.timezone,
            "past": self.past,
            "formats": list(self.order.formats),
            "workspace": str(self.workspace),
            "settings_hash": self.settings_hash,
            "data_version": self.data_version,
            "code_version": self.code_version,
            "python": platform.python_version(),
            "lock_hash": _lock_hash(),
            "inputs": self.digest,
        }


def gather(name: str | Path, given: Mapping[str, Any], folder: Path, order: Order) -> Inputs:
    """Gather and check the inputs of a run.

    Args:
        name: Notebook, by its name or path.
        given: Values for its `parameters` cell; days in braces and the member are filled in.
        folder: Workspace.
        order: What the job asks for.

    Raises:
        ReportError: for an unknown notebook, parameter or language, or a value of another kind.
        StoreError: for a data version that is not kept.
    """
    version = order.as_of if order.as_of is not None else order.version
    store = data.open(folder, version=version)
    notebook = notebooks.find(name, folder)
    given, meant = shared.parted(given, parameters.declared(notebook.node))
    zone, currency = meant.get("timezone", order.timezone), meant.get("currency", order.currency)
    order = replace(order, timezone=zone, currency=currency)
    spoken = str(order.lang or meant.get("lang") or store.settings.lang)
    if spoken not in i18n.LANGUAGES:
        raise ReportError(f"There is no language {spoken!r}.", f"Use {' or '.join(i18n.LANGUAGES)}.")
    formats.check(order.formats, folder)
    past = store.is_past and order.as_of is not None
    plain = order.job or notebook.name
    return Inputs(
        order=order,
        job=job_name(f"{plain}-v{store.version}" if past and not order.job else plain),
        notebook=notebook,
        notebook_hash=hashed(notebook.path),
        parameters=parameters.check(
            notebook.node, _filled(notebook, given, store, order, spoken), notebook.name
        ),
        workspace=folder,
        settings_hash=_settings_hash(folder),
        data_version=store.version,
        past=past,
        code_version=code_version(),
        lang=spoken,
    )


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


def job_name(name: str) -> str:
    """A name that can be a job's.

    Raises:
        ReportError: when it cannot be a folder's.
    """
    if not jobs.is_name(name):
        raise ReportError(f"A job cannot be called {name!r}.", "Use a plain name, like the notebook's.")
    return name


def hashed(*files: Path) -> str:
    """SHA-256 of the files' content, one after another."""
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _filled(
    notebook: Notebook, given: Mapping[str, Any], store: data.Store, order: Order, lang: str
) -> dict[str, Any]:
    """The parameters with what every report shares, the member of the batch, and days filled in."""
    declared = parameters.declared(notebook.node)
    common = {"lang": lang, "workspace": str(store.path)}
    common |= {"currency": order.currency} if order.currency else {}
    common |= {"timezone": order.timezone} if order.timezone else {}
    filled = {key: value for key, value in common.items() if key in declared} | dict(given)
    if order.batch:
        filled = relative.for_member(notebook.node, filled, order.batch, order.member)
    relative.check(filled)
    return relative.fill(filled, store, order.member)


def _lock_hash() -> str | None:
    """Hash of the lock the environment was made from, where the project folder has one."""
    project = notebooks.packaged_folder().parent
    for name in _LOCKS:
        if (project / name).is_file():
            return hashed(project / name)
    return None


def _tomls(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml"))


def _settings_hash(workspace: Path) -> str:
    """Hash of settings, own metrics, look and saved things: they change reports without new data."""
    from workbench import saved

    folders = ("metrics", *(saved.KINDS[kind].folder for kind in _ANSWERING))
    known = (file for name in folders for file in _tomls(workspace / name))
    files = (workspace / settings.FILE_NAME, *known, *sorted((workspace / "brand").glob("*.*")))
    return hashed(*(file for file in files if file.is_file()))
