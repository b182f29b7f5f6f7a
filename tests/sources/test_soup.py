"""Whatever bytes come in: a review or one WorkbenchError, and a FAIL changes nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.sources import ImportReview, bombs, load
from workbench.sources.problems import Unusable
from workbench.sources.profile import profiles

HEADERS = st.sampled_from(
    [
        "date,campaign,impressions,clicks,cost\n",
        "时间,账户ID,项目ID,消耗,展示数,点击数,转化数\n",
        "Day,Campaign,Currency code,Impr.,Clicks,Cost,Conversions\n",
        "campaign_id,stat_time_hour,impressions,clicks,spend,conversion\n",
        "\ufeffReporting starts;Reporting ends;Amount spent (USD);Impressions;Results\n",
    ]
)
CELLS = st.one_of(
    st.sampled_from(
        [
            "2026-01-15", "01/02/2026", "2026-01-15 25:00", "2026-03-08 02:00", "9999-99-99",
            "Total", "总计", "--", "", '"', '""',
            "1,234", "1.234,5", "-5", "1e400", "NaN", "￥5", "€6", "٣", "½", "'; DROP TABLE x; --",
            "{value}", "\ue000", "99999999999999999999",
            "\x1f", "=1+1", "🙂",
        ]
    ),
    st.text(max_size=12),
)  # fmt: skip
ROWS = st.lists(st.lists(CELLS, max_size=8).map(",".join), max_size=12).map("\n".join)
CODECS = st.sampled_from(["utf-8", "gb18030", "utf-16", "utf-8-sig"])
RELAXED = settings(
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return wb.open(tmp_path_factory.mktemp("soup") / "workspace")


def outcome(store, file, **arguments):
    try:
        return load(store, file, dry_run=True, **arguments)
    except WorkbenchError:
        return None


@RELAXED
@given(content=st.binary(max_size=400))
def test_any_bytes(content, store, tmp_path):
    file = tmp_path / "soup.csv"
    file.write_bytes(content)
    review = outcome(store, file)
    assert isinstance(review, ImportReview)
    assert review.rows_in == review.rows_ok + review.rows_quarantined + review.rows_total
    assert store.refresh() == 0


@RELAXED
@given(header=HEADERS, rows=ROWS, codec=CODECS, zone=st.sampled_from([None, "America/New_York"]))
def test_any_rows_below_a_known_header(header, rows, codec, zone, store, tmp_path):
    file = tmp_path / "soup.csv"
    file.write_bytes((header + rows).encode(codec, "surrogatepass" if codec != "gb18030" else "replace"))
    review = outcome(store, file, timezone=zone)
    assert isinstance(review, ImportReview)
    assert review.rows_in == review.rows_ok + review.rows_quarantined + review.rows_total
    assert len(review.quarantine) == review.rows_quarantined
    assert all(review.quarantine["reasons"].str.len() > 0)
    assert review.to_html("zh")
    assert review.to_dict()["status"] == review.status


@pytest.mark.parametrize(
    "magic", [b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xff\xfe", b"\xef\xbb\xbf"]
)
def test_any_bytes_behind_a_known_beginning(magic, store, tmp_path):
    chance = random.Random(7)
    for size in (0, 1, 5, 64, 700, 5000):
        file = tmp_path / "soup.bin"
        file.write_bytes(magic + chance.randbytes(size))
        review = outcome(store, file)
        assert review is not None
        assert review.status == "FAIL"


def test_a_damaged_copy_of_a_good_workbook_or_parquet(store, tmp_path):
    import pandas as pd

    frame = pd.DataFrame({"date": ["2026-01-15"] * 50, "campaign": "A", "impressions": 10, "clicks": 1})
    chance = random.Random(3)
    for name in ("good.xlsx", "good.parquet"):
        good = tmp_path / name
        frame.to_excel(good, index=False) if name.endswith("xlsx") else frame.to_parquet(good)
        content = good.read_bytes()
        for _ in range(25):
            at = chance.randrange(len(content))
            bad = tmp_path / "bad.bin"
            bad.write_bytes(
                content[:at] + chance.randbytes(3) + content[at + 3 :][: chance.choice([10**9, 100])]
            )
            outcome(store, bad)
    assert store.refresh() == 0


KINDS = [variant for item in profiles().values() for variant in item.variants]
EXAMPLES = [variant.example.lstrip("\n") for variant in KINDS if variant.example]
ODD = [
    "", "--", "总计", "1e400", "-1", "１，２", "1.234.567,89", "2026-02-30", "2026-13-01", "9999-12-31",
    "24:00", "2026-03-08 02:30", "2026-01-01T00:00:00+25:00", "0001-01-01", "'=1", "9" * 40, "￥-5", "(5)",
    "50%", "{x}", "\x1f", "\u2028", '"', 'a"b', "x" * 5000, "2026-01-01至2026-01-31", "٣", "²", "Infinity",
    "\u202e",
]  # fmt: skip


def mutated(text, chance):
    """A few wrong cells, lines and headers in an export."""
    lines = text.split("\n")
    for _ in range(chance.randint(1, 5)):
        place = chance.randrange(len(lines))
        cells = lines[place].split(",")
        match chance.randrange(6):
            case 0:
                cells[chance.randrange(len(cells))] = chance.choice(ODD)
            case 1:
                cells.append(chance.choice(ODD))
            case 2:
                chance.shuffle(cells)
            case 3:
                cells = lines[chance.randrange(len(lines))].split(",")
            case 4:
                at = chance.randrange(len(lines[place]) + 1)
                cells = [lines[place][:at] + chance.choice(ODD) + lines[place][at:]]
            case _:
                del lines[place + 1 :]
        lines[place] = ",".join(cells)
    return "\n".join(lines)


def settled(store, file, **arguments):
    """A review whose parts fit together, or None for a `WorkbenchError`."""
    before = store.version
    review = outcome(store, file, **arguments)
    assert store.refresh() == before
    if review is not None:
        assert review.rows_in == review.rows_ok + review.rows_quarantined + review.rows_total
        assert len(review.quarantine) == review.rows_quarantined
        assert review.to_html("zh")
        assert str(review)
    return review


def test_mutated_exports_of_every_platform(store, tmp_path):
    chance = random.Random(11)
    for text in EXAMPLES:
        codec = chance.choice(["utf-8", "utf-8-sig", "gb18030", "utf-16"])
        file = tmp_path / "mutated.csv"
        file.write_bytes(mutated(text, chance).encode(codec, "replace"))
        settled(store, file, timezone=chance.choice([None, "America/New_York"]))


@pytest.mark.shared
def test_damaged_copies_of_real_exports(store, tmp_path, shared_data):
    chance = random.Random(5)
    files = sorted((shared_data / "platform_exports").glob("*.csv"))
    for source in chance.sample(files, 20):
        content = bytearray(source.read_bytes()[:20_000])
        for _ in range(chance.randint(1, 6)):
            at = chance.randrange(len(content))
            content[at : at + chance.choice([0, 1, 40])] = chance.choice(
                [b"\x00", b"\xff\xfe", b'"', b"\r", b"PK\x03\x04", b"\x1a", chance.randbytes(9), b""]
            )
        file = tmp_path / "damaged.csv"
        file.write_bytes(content)
        settled(store, file)


HEAD = b"date,campaign,impressions,clicks,cost\n"
EXTREMES = {
    "2,000 columns": HEAD[:-1]
    + b"".join(b",c%d" % number for number in range(2000))
    + b"\n2026-01-15,A,1,1,1"
    + b",1" * 2000,
    "a line of a megabyte": HEAD + b"2026-01-15," + b"a" * (1 << 20) + b",1000,10,5\n",
    "nothing but one line": b"x" * (1 << 20),
    "quotes that never close": HEAD + b'2026-01-15,"a,1000,10,5\n' * 2000,
    "nothing but quotes": b'"' * 20_000,
    "nothing but commas above": b"," * 20_000 + b"\n" + HEAD + b"2026-01-15,a,1,1,1\n",
    "NULs in cells": HEAD + b"2026-01-15,a\x00b,1000,10,5\n\x00\x00\n",
    "nothing but NULs": b"\x00" * 20_000,
    "the header on every line": HEAD * 500,
    "old Mac lines": HEAD.replace(b"\n", b"\r") + b"2026-01-15,a,1000,10,5\r",
    "half a character pair": "\ufeffdate,impressions\n2026-01-15,\ud800\n".encode(
        "utf-16-le", "surrogatepass"
    ),
    "half a pair in UTF-8": "date,impressions\n2026-01-15,\ud800\n".encode("utf-8", "surrogatepass"),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes(name, store, tmp_path):
    file = tmp_path / "extreme.csv"
    file.write_bytes(EXTREMES[name])
    assert settled(store, file) is not None


def workbook(path, inside):
    """A workbook with one good row, and more XML at the end of its sheet."""
    import io
    import zipfile

    import pandas as pd

    good = io.BytesIO()
    pd.DataFrame({"date": ["2026-01-15"], "impressions": [5], "clicks": [1]}).to_excel(good, index=False)
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("sheet1.xml"):
                text = text.replace(b"</sheetData>", inside + b"</sheetData>")
            target.writestr(name, text)
    return path


def test_a_workbook_that_unpacks_to_thousands_of_times_its_size_is_refused(store, tmp_path):
    cell = b'<row r="9"><c r="A9" t="inlineStr"><is><t>' + b"0" * (40 << 20) + b"</t></is></c></row>"
    review = settled(store, workbook(tmp_path / "bomb.xlsx", cell))
    assert (review.status, review.findings[0].code) == ("FAIL", "unpacks")


@pytest.mark.parametrize(
    ("cell", "code"),
    [("XFD1048576", "far_cell"), ("CR1048576", "far_cell"), ("CQ1048576", ""), ("XFD30", "")],
)
def test_a_cell_far_from_its_table_takes_no_memory(cell, code, tmp_path):
    row = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    inside = f'<row r="{row}"><c r="{cell}"><v>1</v></c></row>'.encode()
    file = workbook(tmp_path / "far.xlsx", inside)
    if not code:
        bombs.check_workbook(file)
        return
    with pytest.raises(Unusable) as caught:
        bombs.check_workbook(file)
    assert caught.value.code == code
    assert caught.value.values["columns"] in ("96", "16,384")


def test_a_parquet_file_of_nothing_but_repeats_is_refused(store, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {f"c{number}": pa.nulls(1_000_000) for number in range(101)}
    file = tmp_path / "repeats.parquet"
    pq.write_table(pa.table(columns), file)
    review = settled(store, file)
    assert (review.status, review.findings[0].code) == ("FAIL", "unpacks")
