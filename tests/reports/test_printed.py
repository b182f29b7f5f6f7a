"""What a notebook may print is held in its kernel, so that no message is larger than that."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout

import pytest
import tiny_notebooks

from workbench.reports import execute, printed


@pytest.fixture(autouse=True)
def no_rest(monkeypatch):
    monkeypatch.setattr(printed, "_REST", 0)


@contextmanager
def streams():
    """Standard output and error of this process, as a kernel sees them."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        yield out, err


def test_one_character_too_many_is_the_last():
    with streams() as (out, err):
        printed.hold(printed.Allowance(10))
        for _ in range(50):
            print("four", end="")
            print("x", end="", file=sys.stderr)
    assert (out.getvalue(), err.getvalue()) == ("fourfourf", "xx")


def test_what_is_allowed_goes_out_whole_and_a_number_is_refused_as_ever():
    with streams() as (out, _):
        printed.hold(printed.Allowance(10))
        assert sys.stdout.write("中" * 10) == 10
        with pytest.raises(TypeError):
            sys.stdout.write(3)
    assert out.getvalue() == "中" * 10


def test_cells_share_one_allowance_and_one_message_is_never_larger(tmp_path, monkeypatch):
    """The first cell stays under the limit, the second prints ten times as much in one go."""
    sizes: list[int] = []
    from papermill.clientwrap import PapermillNotebookClient

    keep = PapermillNotebookClient.process_message

    def process(self, msg, *rest):
        sizes.extend([len(msg["content"]["text"])] if msg["msg_type"] == "stream" else [])
        return keep(self, msg, *rest)

    monkeypatch.setattr(PapermillNotebookClient, "process_message", process)
    source = tiny_notebooks.write(tmp_path / "odd.ipynb", "print('x' * 3_000_000)", "print('y' * 50_000_000)")
    found = execute.execute(source, tmp_path / "run.ipynb", {}, 60, "en", {})
    assert found.error.startswith("The notebook was stopped because it printed more than 5 MB of text")
    assert sum(sizes) == execute.PRINTED_MB * 1e6 + 1
    kept = ["".join(out.text for out in cell.get("outputs", ())) for cell in found.notebook.cells]
    assert [len(text) for text in kept[-2:]] == [3_000_001, 0]
