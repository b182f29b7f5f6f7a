"""Papermill runs a notebook in a private kernel; a failure becomes one plain sentence."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import i18n
from workbench.errors import WorkbenchError
from workbench.forks import kin
from workbench.i18n.errors import retold
from workbench.reports import ending, faults, loops, printed
from workbench.reports.kernels import KERNEL, PrivateKernel, environment, socket_folder

if TYPE_CHECKING:
    from nbformat import NotebookNode

_ENGINE = "workbench"
PRINTED_MB = 5
"""Text that a notebook may print, in millions of characters; whoever prints more prints by mistake."""
SHOWN_MB = 50
"""What it may show beside that, in millions of characters and bytes: tables, charts, pictures, widgets."""
_HOLD = "__import__('workbench.reports.printed').reports.printed.limit({}, {})"


class TooMuchError(Exception):
    """The notebook was stopped because it put out too much: which text says so, and the limit in MB."""


@dataclass(frozen=True)
class Outcome:
    """What an execution left behind.

    Attributes:
        notebook: The executed notebook, as far as it came.
        error: One sentence that says why it stopped; empty when it ran through.
        passing: Whether the fault may be gone the next time.
    """

    notebook: NotebookNode
    error: str
    passing: bool = False


def execute(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    timeout: float,
    lang: str,
    environ: Mapping[str, str],
) -> Outcome:
    """Run a notebook in its own folder and save it, whatever happens, as `target`.

    Args:
        source: The notebook; never written.
        target: Where the executed notebook is saved, cell by cell.
        parameters: Checked values for its `parameters` cell.
        timeout: Seconds for the whole notebook.
        lang: Language of the sentence on failure.
        environ: Variables set in the kernel on top of this process's.
    """
    deadline = time.monotonic() + timeout
    with socket_folder() as folder, loops.ended():
        own = folder / "tmp"  # what the notebook leaves in the temporary folder goes with the run
        own.mkdir()
        kernel = PrivateKernel(folder, environment(**{**environ, "TMPDIR": str(own)}))
        options = {
            "km": kernel,
            "timeout_func": lambda _cell: max(1, int(deadline - time.monotonic())),
            "resources": {"metadata": {"path": str(source.parent)}},
        }
        try:
            error, passing = _papermill(source, target, parameters, options, lang, timeout)
        finally:
            kin.end(kin.carrying(f"TMPDIR={own}"))  # what its own parent has given up
    return Outcome(_saved(target, source), error, passing)


def _papermill(
    source: Path,
    target: Path,
    parameters: Mapping[str, Any],
    options: Mapping[str, Any],
    lang: str,
    timeout: float,
) -> tuple[str, bool]:
    """The sentence of what stopped it, and whether that may pass; an empty one when it ran through."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import execute_notebook
    from papermill.exceptions import PapermillExecutionError

    _register_engine()
    try:
        execute_notebook(
            _literal_path(source),
            _literal_path(target),
            dict(parameters),
            engine_name=_ENGINE,
            kernel_name=KERNEL,
            language="python",
            progress_bar=False,
            **options,
        )
    except PapermillExecutionError as error:
        return sentence(error.ename, error.evalue, error.exec_count, lang), faults.passes(error.ename)
    except CellTimeoutError:
        return i18n.text("reports.timeout", lang, seconds=round(timeout)), False
    except TooMuchError as error:
        key, limit = error.args
        return i18n.text(key, lang, limit=limit), False
    except (DeadKernelError, RuntimeError):
        return i18n.text("reports.kernel_died", lang), True
    return "", False


def sentence(name: str, value: str, cell: int | None, lang: str) -> str:
    """One line for an exception that stopped a cell: a `WorkbenchError`'s own words, else its name.

    Args:
        name: Class name of the exception.
        value: Its text.
        cell: Number the notebook shows beside the cell.
        lang: Language of the words around it.
    """
    if own := own_words(name, value):
        return retold(own, lang)
    line = " ".join(value.split())
    shown = f"{name}: {line}" if line else name
    return i18n.text("reports.cell_failed", lang, cell=cell or "?", error=shown[:300].rstrip("."))


def own_words(name: str, value: str) -> str:
    """A `WorkbenchError`'s sentence in one line; empty for any other exception."""
    # a notebook's own process knows every kind; this one has to have met the panels' too
    import workbench.widgets.traits  # noqa: F401

    ours = name in {kind.__name__ for kind in _kinds(WorkbenchError)}
    return " ".join(value.split()) if ours else ""


def _kinds(base: type[WorkbenchError]) -> Iterator[type[WorkbenchError]]:
    yield base
    for kind in base.__subclasses__():
        yield from _kinds(kind)


def _literal_path(path: Path) -> str:
    """Papermill fills `{name}` in paths from the parameters; a brace in a folder name is no such field."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _saved(target: Path, source: Path) -> NotebookNode:
    import nbformat

    return nbformat.read(target if target.is_file() else source, as_version=4)


@cache
def _register_engine() -> None:
    """Teach papermill to run in a kernel manager it is handed, and to stop that kernel at the end."""
    from nbclient.client import CellExecutionComplete
    from nbclient.exceptions import DeadKernelError
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import NBClientEngine, papermill_engines

    class Client(PapermillNotebookClient):  # type: ignore[misc]
        printed = 0
        too_much: TooMuchError | None = None

        def papermill_execute_cells(self) -> None:
            """Run the cells in a kernel that stops printing and showing by itself."""
            most = (round(limit * 1e6) for limit in (PRINTED_MB, SHOWN_MB))
            with ending.at_work(self.km.provisioner.pid):
                self.wait_for_reply(self.kc.execute(_HOLD.format(*most), silent=True, store_history=False))
                super().papermill_execute_cells()

        def execute_cell(self, *cell: Any, **options: Any) -> Any:
            """Run a cell, and no other after one that put out too much, whether it ended by itself or not."""
            if ending.asked():
                raise DeadKernelError("The runner is ending.")
            try:
                done = super().execute_cell(*cell, **options)
            except DeadKernelError:
                if not self.too_much:
                    raise
            if self.too_much:
                raise self.too_much
            return done

        def output(self, outs: list[Any], msg: dict[str, Any], *rest: Any) -> Any:
            """Keep an output; once it is too much, read no more and wait for no reply.

            The kernel is ended then, not interrupted: a notebook may swallow an interrupt.
            """
            if msg["msg_type"] == "stream":
                self.printed += len(msg["content"]["text"])
                if self.printed > PRINTED_MB * 1e6:
                    self.too_much = TooMuchError("reports.prints", PRINTED_MB)
            elif printed.says_too_much(msg["content"]):
                self.too_much = TooMuchError("reports.shows", SHOWN_MB)
            if self.too_much:
                self.task_poll_for_reply.cancel()
                raise CellExecutionComplete
            return super().output(outs, msg, *rest)

    class Engine(NBClientEngine):  # type: ignore[misc]
        @classmethod
        def execute_managed_notebook(
            cls, nb_man: Any, kernel_name: str, start_timeout: int = 60, **options: Any
        ) -> None:
            kept = {name: options[name] for name in ("km", "timeout_func", "resources")}
            client = Client(nb_man, kernel_name=kernel_name, startup_timeout=start_timeout, **kept)
            client.owns_km, client.shutdown_kernel = True, "immediate"
            client.execute()

    papermill_engines.register(_ENGINE, Engine)
