"""Text read in blocks holds exactly what reading it record by record finds, wherever the blocks end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.sources import blocks
from workbench.sources.decode import Encoding
from workbench.sources.grid import _body, _columns
from workbench.sources.records import lines, records

PIECES = st.sampled_from(
    [
        "a",
        "1",
        ",",
        ",",
        "\n",
        "\n",
        '"',
        '""',
        '","',
        '"\n',
        "\r\n",
        "\r",
        " ",
        "\u3000",
        "\x1c",
        "中",
        "\ufeff",
    ]
)
ROWS = st.sampled_from(
    ["a,b\n", '"a","b"\n', '"a, ""x""",b\n', ",\n", "\n", '"a\nb",c\n', '5" screen,x\n', "a\n"]
)


def as_records(path, layout):
    """The oracle: every record of the file, one by one."""
    found = [
        record
        for record in records(lines(path, layout.encoding), layout.delimiter, layout.width)
        if record.line > layout.header
    ]
    cells, broken = _columns(found, layout.width)
    return cells.to_pylist(), broken, {record.line: record for record in found}


def as_blocks(path, layout):
    body = _body(path, layout)
    return body.cells.to_pylist(), body.broken


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("blocks")


@settings(deadline=None)
@given(
    text=st.one_of(st.lists(PIECES, max_size=40), st.lists(ROWS, max_size=20)).map("".join),
    size=st.integers(1, 30),
    width=st.integers(1, 3),
    codec=st.sampled_from(["utf-8", "gb18030", "utf-16-le"]),
)
def test_blocks_hold_what_records_hold(folder, text, size, width, codec):
    file, layout = folder / "a.csv", blocks.Table(Encoding(codec), ",", width, 1)
    file.write_bytes(("date,campaign,clicks\n" + text).encode(codec))
    cells, broken, found = as_records(file, layout)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", size)
        assert as_blocks(file, layout) == (cells, broken)
        wanted = {row["line"] for row in cells} | {item.line for item in broken}
        told = blocks.raw(file, layout, wanted)
    every = list(lines(file, layout.encoding))
    assert told == {
        line: "".join(every[line - 1 : line - 1 + found[line].span]).rstrip("\r\n") for line in wanted
    }


@pytest.mark.parametrize(
    ("text", "is_plain"),
    [
        ("a,b\nc,d\n", True),
        ("a,b\r\nc,d", True),
        ('"a,b",c\n"d ""e""",f\n', True),
        ('"",""\n', True),
        ("a,b\n\n", True),
        ("a,b\rc,d\n", False),
        ("a\n", False),
        ('5" screen,a\n', False),
        ('"a"b,c\n', False),
        ('"a\nb",c\n', False),
        ('"a,b\n', False),
        ("\ufeffa,b\n", False),
    ],
)
def test_what_is_read_at_once(text, is_plain):
    layout = blocks.Table(Encoding("utf-8"), ",", 2, 0)
    assert (blocks.plain(text.encode(), layout, 1) is not None) is is_plain


def test_a_large_file_is_read_at_once_in_spite_of_a_stray_quote(tmp_path):
    rows = ["date,campaign,clicks", *(f'2026-01-{1 + n % 28:02},"Sale, {n}",{n}' for n in range(2000))]
    rows[1000] = '2026-01-15,"stray,7'
    file = tmp_path / "a.csv"
    file.write_text("\n".join(rows))
    layout = blocks.Table(Encoding("utf-8"), ",", 3, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", 4096)
        found = list(blocks.blocks(file, layout))
        assert as_blocks(file, layout) == as_records(file, layout)[:2]
    assert sum(block.cells is None for block in found) < len(found) / 2
