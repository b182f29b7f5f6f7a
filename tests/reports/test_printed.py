"""What a notebook may print and show is held in its kernel, so that no message is larger than that."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import SimpleNamespace

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


class Session:
    """A kernel's session that keeps what it is told to send."""

    def __init__(self):
        self.sent: list[tuple] = []

    def send(self, _socket, kind, content=None, **more):
        self.sent.append((kind, content, more))


def shown(most: int) -> Session:
    session = Session()
    printed.hold_shown(SimpleNamespace(session=session, parent_header={"msg_id": "cell"}), most)
    return session


def test_what_is_shown_is_counted_wherever_it_stands_and_ends_with_one_mark():
    session = shown(30)
    told = {"header": {"msg_type": "display_data"}, "content": {"data": {"text/html": "x" * 10}}}
    session.send(None, told)
    session.send(None, "comm_msg", {"data": {"state": ["y" * 10]}}, buffers=[memoryview(b"1234567890")])
    session.send(None, "status", {"text": "z" * 99})
    for _ in range(3):
        session.send(None, told)
    kinds = [kind if isinstance(kind, str) else kind["header"]["msg_type"] for kind, *_ in session.sent]
    assert kinds == ["display_data", "comm_msg", "status", "display_data"]
    _, last, more = session.sent[-1]
    assert printed.says_too_much(last)
    assert more == {"parent": {"msg_id": "cell"}}
    assert not printed.says_too_much(told["content"])


ENDLESS = """
from IPython.display import HTML, display
page = "x" * 1_000_000
while True:
    try:
        display(HTML(page))
    except BaseException:
        pass
"""


def test_a_notebook_that_displays_without_end_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(execute, "SHOWN_MB", 3)
    source = tiny_notebooks.write(tmp_path / "odd.ipynb", ENDLESS, "never = 1")
    found = execute.execute(source, tmp_path / "run.ipynb", {}, 300, "zh", {})
    assert found.error.startswith("笔记本展示的内容超过 3 MB，已停止运行")
    assert not found.passing
    assert 1 <= len(found.notebook.cells[-2].outputs) <= 3
    assert found.notebook.cells[-1].execution_count is None
