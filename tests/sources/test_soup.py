"""Whatever bytes come in: a review or one WorkbenchError, and a FAIL changes nothing."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import WorkbenchError
from workbench.sources import ImportReview, load

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
