import json
import re
from typing import Any

import altair
import numpy as np
import pandas as pd
import pytest
import vl_convert
from chart_answers import CHANNELS, LABELS, answer, daily, daily_by, gallery, members, parts, slots

from workbench import charts
from workbench.charts import Chart
from workbench.errors import QuestionError
from workbench.i18n import formats

DRAWN = {(lang, kind): chart for lang in ("en", "zh") for kind, chart in gallery(lang).items()}


def marks(chart: Chart, name: str) -> list[dict[str, Any]]:
    """What Vega draws for one layer: the items of the group of marks called `name`."""
    found: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        if node.get("name") == f"{name}_marks":
            found.extend(node.get("items", []))
        for item in node.get("items", []):
            walk(item)

    walk(vl_convert.vegalite_to_scenegraph(chart.to_vegalite())["scenegraph"])
    return found


def labels(svg: str) -> list[str]:
    """Texts of a drawn picture."""
    return re.findall(r">([^<>]+)</text>", svg)


def tokens_in(node: Any) -> set[str]:
    if isinstance(node, dict):
        return set().union(*map(tokens_in, node.values()))
    if isinstance(node, list | tuple):
        return set().union(*map(tokens_in, node))
    return {node} if isinstance(node, str) and node.startswith("$") else set()


@pytest.mark.parametrize("case", DRAWN, ids="-".join)
def test_every_spec_is_valid_vega_lite_and_free_of_tokens_once_resolved(case):
    spec = DRAWN[case].to_vegalite("dark")
    altair.Chart.from_dict(spec, validate=True)
    assert not tokens_in(spec)


@pytest.mark.parametrize("case", DRAWN, ids="-".join)
def test_every_chart_is_drawn_within_its_size_and_says_what_it_shows(case):
    chart = DRAWN[case]
    svg = chart.to_svg(width=340)
    assert f'width="340" height="{chart.height}"' in svg
    assert not {"NaN", "null", "undefined", "Infinity"} & set(re.findall(r"\w+", " ".join(labels(svg))))
    assert len(chart.alt) > 8
    assert bool(re.search("[一-鿿]", chart.alt)) == (case[0] == "zh")


@pytest.mark.parametrize("case", DRAWN, ids="-".join)
def test_a_chart_goes_through_json_unchanged(case):
    chart = DRAWN[case]
    again = Chart(**json.loads(json.dumps(chart.to_dict(), allow_nan=False)))
    assert again.to_dict() == json.loads(json.dumps(chart.to_dict()))


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("trend", charts.trend(daily("cvr", seed=1)), charts.trend(daily("cvr", seed=2))),
        ("groups", charts.trend(daily_by("ab")), charts.trend(daily_by("abc"))),
        ("breakdown", charts.breakdown(members(seed=1)), charts.breakdown(members(CHANNELS[:3], seed=2))),
        ("pie", charts.share(parts(), "cost"), charts.share(parts(CHANNELS[:2]), "cost")),
        ("bar", charts.share(parts(), "cost", kind="bar"), charts.share(parts("ab"), "cost", kind="bar")),
        ("heat", charts.heat(slots(seed=1)), charts.heat(slots(seed=2))),
    ],
)
def test_new_numbers_never_need_a_new_view(kind, one, other):
    assert one.spec == other.spec
    assert one.data != other.data


# ── trend


def test_a_trend_has_a_column_a_day_with_the_answer_s_numbers():
    found = daily("cvr", level=0.03)
    chart = charts.trend(found)
    assert len(marks(chart, "touch_band")) == 28
    assert [row["m"] for row in chart.data] == pytest.approx(list(found.table["cvr"]), rel=1e-5)
    assert [row["b"] for row in chart.data] == pytest.approx(list(found.table["cvr_before"]), rel=1e-5)
    assert [pd.Timestamp(row["t"], unit="ms").date() for row in chart.data] == list(
        found.table["date"].dt.date
    )


def test_a_missing_day_breaks_the_line_and_a_lone_day_gets_a_point():
    table = daily(days=10).table
    chart = charts.trend(answer(table.drop(index=[3, 5]), "cost", ["date"]))
    assert [row["m"] is None for row in chart.data] == [n in (3, 5) for n in range(10)]
    assert [index for index, row in enumerate(chart.data) if row.get("p")] == [4, 9]
    path = re.findall(r'stroke-dasharray="1,0"[^>]*?|d="(M[^"]+)"', chart.to_svg())
    assert any(piece.count("M") == 3 for piece in path)


def test_the_alt_text_of_a_trend_names_extremes_and_the_end():
    found = daily()
    values = found.table["cost"]
    alt = charts.trend(found, lang="zh").alt
    for amount in (values.min(), values.max(), values.iloc[-1]):
        assert formats.money(amount, "CNY", "zh", short=True) in alt
    assert formats.date(found.table["date"][values.idxmax()].date(), "zh") in alt


def test_eighteen_months_by_day_stay_small():
    chart = charts.trend(daily("cvr", days=549, level=0.03))
    assert len(json.dumps(chart.to_dict(), separators=(",", ":")).encode()) < 60_000


@pytest.mark.parametrize("days", [2, 7, 28, 100, 102, 138, 365, 1100])
@pytest.mark.parametrize("width", [300, 620, 1240])
def test_no_two_ticks_of_a_time_axis_read_alike(days, width):
    svg = charts.trend(daily_by(["Search"], days=days)).to_svg(width=width)
    named = [text for text in labels(svg) if re.search(r"\b[A-Z][a-z]{2}\b", text)]
    assert len(named) == len(set(named))
    assert named


def test_groups_keep_the_colour_of_their_place_and_their_names_stay_apart():
    chart = charts.trend(daily_by(["email", "search"]), order=CHANNELS, labels=LABELS)
    places = {row["key"]: row["s"] for row in chart.data}
    assert places == {"search": 0, "email": 4}
    assert {"搜索广告", "email"} <= set(labels(chart.to_svg()))
    same = pd.concat([daily().table.assign(channel=name) for name in "abcd"])
    ends = sorted(
        row["ly"] for row in charts.trend(answer(same, "cost", ["date", "channel"])).data if "ly" in row
    )
    assert np.diff(ends).min() * 260 / ends[-1] > 12


def test_members_beyond_the_colours_are_numbered_anew_or_left_out():
    order = [f"campaign {number}" for number in range(40)]
    few = charts.trend(daily_by(order[30:33]), order=order)
    assert {row["s"] for row in few.data} == {0, 1, 2}
    many = charts.trend(daily_by(order[:12]), order=order)
    assert {row["key"] for row in many.data} == set(order[:8])


def test_an_unknown_member_is_a_line_of_its_own():
    chart = charts.trend(daily_by([None, "search"]), lang="zh", order=CHANNELS)
    assert {row["key"]: row["name"] for row in chart.data} == {None: "（未知）", "search": "search"}
    assert len(chart.data) == 56


@pytest.mark.parametrize("time", ["week", "month"])
def test_weeks_and_months_are_steps_of_their_own(time):
    steps = pd.date_range("2026-01-05", periods=6, freq={"week": "7D", "month": "MS"}[time])
    table = pd.DataFrame({time: steps, "cost": np.arange(6) + 1.0})
    chart = charts.trend(answer(table.drop(index=2), "cost", [time]))
    assert len(chart.data) == 6
    assert chart.data[2]["m"] is None


# ── breakdown


def test_a_breakdown_has_a_row_a_member_largest_first_and_unknown_numbers_last():
    found = members((*CHANNELS, None))
    found.table.loc[1, ["cpa", "cpa_low", "cpa_high"]] = np.nan
    chart = charts.breakdown(found, lang="zh", labels=LABELS)
    assert len(marks(chart, "touch_band")) == 7
    known = [row["m"] for row in chart.data[:-1]]
    assert known == sorted(known, reverse=True)
    assert chart.data[-1]["name"] == "信息流"
    assert chart.data[-1]["m"] is None
    assert "–" in labels(chart.to_svg())
    assert {row["name"] for row in chart.data if row["key"] is None} == {"（未知）"}


def test_two_members_of_one_name_are_two_rows():
    found = members(("a", "b"))
    chart = charts.breakdown(found, labels={("channel", "a"): "Same", ("channel", "b"): "Same"})
    assert len(marks(chart, "touch_band")) == 2


def test_more_members_than_fit_are_counted_in_words():
    chart = charts.breakdown(members([f"c{n}" for n in range(30)]), top=20)
    assert len(chart.data) == 20
    assert "20 of 30 shown" in labels(chart.to_svg())


def test_only_a_chart_that_leads_somewhere_can_be_clicked():
    assert len(marks(charts.breakdown(members(), select=True), "choose_band")) == 6
    assert not marks(charts.breakdown(members()), "choose_band")
    assert '"cursor": "pointer"' in json.dumps(charts.breakdown(members(), select=True).spec)


def test_height_follows_the_rows_and_long_names_stand_above():
    short, long = charts.breakdown(members("ab")), charts.breakdown(members(("a" * 30, "b")))
    assert long.height > short.height
    assert "a" * 30 in labels(long.to_svg(width=340))


# ── share


@pytest.mark.parametrize("kind", ["pie", "bar"])
def test_shares_are_drawn_once_each_and_add_up(kind):
    chart = charts.share(parts(rest=500.0), "cost", "zh", kind, LABELS, "CNY", CHANNELS)
    assert len(marks(chart, {"pie": "touch_part", "bar": "touch_band"}[kind])) == 7
    assert sum(row["p"] for row in chart.data) == pytest.approx(1, abs=1e-5)
    assert {"搜索广告", "其他", "27.9%"} <= set(labels(chart.to_svg()))
    rest = chart.data[-1]
    assert "key" not in rest
    assert rest["s"] not in [row["s"] for row in chart.data[:-1]]


def test_angles_of_a_ring_are_the_shares():
    chart = charts.share(parts(), "cost")
    angles = [abs(item["endAngle"] - item["startAngle"]) for item in marks(chart, "touch_part")]
    assert np.array(angles) / (2 * np.pi) == pytest.approx(parts()["share"], abs=1e-5)


def test_shares_that_make_no_whole_become_a_sentence():
    chart = charts.share(parts().assign(share=np.nan), "cost", "en")
    assert chart.alt == "No data for this selection"
    with pytest.raises(QuestionError, match="Unknown kind of share"):
        charts.share(parts(), "cost", kind="waffle")


# ── heat


def test_a_heat_map_has_168_cells_and_says_which_are_blank():
    chart = charts.heat(slots(blank=(0, 167)), "zh")
    assert len(marks(chart, "touch_cell")) == 166
    assert len(marks(chart, "touch_blank")) == 2
    assert "斜线为无数据时段：168 个时段中有 2 个。" in chart.alt
    assert "斜线为无数据时段：168 个时段中有 2 个。" in labels(chart.to_svg())
    assert {"周一", "周日"} <= set(labels(chart.to_svg()))


def test_one_odd_hour_does_not_wash_out_the_week():
    found = slots()
    found.table.loc[3, "cvr"] = 0.9
    fills = [item["fill"] for item in marks(charts.heat(found), "touch_cell")]
    evening = sum(hour % 24 > 18 for hour in range(168))
    assert abs(fills.count(max(set(fills), key=fills.count)) - (168 - evening)) <= 1
    assert charts.heat(found).data[3]["m"] == 0.9


def test_sources_without_hours_become_a_sentence():
    table = pd.DataFrame({"hour_of_week": [np.nan], "cvr": [0.02]})
    assert "by day" in charts.heat(answer(table, "cvr", ["hour_of_week"])).alt


# ── all


def test_answers_of_another_shape_are_refused_in_words():
    for draw in (charts.trend, charts.heat):
        with pytest.raises(QuestionError, match="cannot show an answer by channel"):
            draw(members())
    with pytest.raises(QuestionError, match="cannot show an answer by date, channel"):
        charts.breakdown(daily_by("ab"))
    with pytest.raises(QuestionError, match="Unknown metric 'cost'"):
        charts.breakdown(members(), "cost")


def test_pictures_in_both_themes(tmp_path):
    chart = DRAWN["zh", "trend"]
    light, dark = chart.to_png(tmp_path / "chart.png"), chart.to_png(theme="dark")
    assert light[:8] == b"\x89PNG\r\n\x1a\n"
    assert light != dark
    assert (tmp_path / "chart.png").read_bytes() == light


def test_a_chart_can_be_changed_as_an_altair_object():
    changed = DRAWN["en", "breakdown"].to_altair().properties(title="Mine")
    assert changed.to_dict()["title"] == "Mine"
