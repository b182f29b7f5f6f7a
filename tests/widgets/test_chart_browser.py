"""Charts in a real browser, under a policy that forbids eval and every address."""

import pytest
from chart_answers import CHANNELS, daily, daily_by, gallery, members, parts

from workbench import charts
from workbench.charts import theme
from workbench.widgets import assets

pytestmark = pytest.mark.browser

POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'"
PAGE = """<!doctype html><html lang="zh"><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<style>{css} body {{ margin: 16px; background: var(--bg); }} section {{ margin: 0 0 8px; }}</style>
<body><script>{scripts}
window.places = {{}}; window.mounted = {{}}; window.heard = [];
for (const name of ["wb-select", "wb-error"]) addEventListener(name, (e) => heard.push([name, e.detail]));
window.show = async (name, chart, options) => {{
  const place = document.createElement("section");
  document.body.append(place);
  places[name] = place;
  mounted[name] = await mountChart(place, chart, options);
}};
</script></body></html>"""


@pytest.fixture
def page(guarded_page, tmp_path):
    def make(bundle=True, **options):
        scripts = (assets.vega_bundle() if bundle else "") + "</script><script>" + assets.chart_js()
        file = tmp_path / "charts.html"
        file.write_text(PAGE.format(policy=POLICY, css=assets.css(), scripts=scripts), encoding="utf-8")
        watched = guarded_page(**options)
        watched.page.goto(file.as_uri())
        return watched

    return make


def show(watched, name, chart):
    watched.page.evaluate("([name, chart]) => show(name, chart)", [name, chart.to_dict()])


def update(watched, name, chart):
    watched.page.evaluate("([name, chart]) => mounted[name].update(chart)", [name, chart.to_dict()])


def marks(watched, kind, inside="body"):
    return watched.page.locator(f"{inside} [class*='{kind}'] > path")


@pytest.mark.parametrize(("lang", "width"), [("zh", 360), ("en", 390), ("zh", 900), ("en", 1280)])
def test_every_kind_is_drawn_without_eval_and_fits(page, lang, width):
    watched = page(width=width)
    drawn = gallery(lang)
    for name, chart in drawn.items():
        show(watched, name, chart)
    assert watched.page.evaluate("heard") == []
    assert watched.page.locator(".wb-stage svg").count() == len(drawn)
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= width
    boxes = watched.page.evaluate(
        """() => Object.fromEntries(Object.entries(places).map(([name, place]) => {
          const frame = place.querySelector(".wb-plot").getBoundingClientRect();
          const out = [...place.querySelectorAll("text")].filter((text) => {
            const box = text.getBoundingClientRect();
            return text.textContent && (box.left < frame.left - 2 || box.right > frame.right + 2
              || box.top < frame.top - 2 || box.bottom > frame.bottom + 2);
          }).map((text) => text.textContent);
          return [name, { height: place.getBoundingClientRect().height, out }];
        }))"""
    )
    assert boxes == {name: {"height": chart.height, "out": []} for name, chart in drawn.items()}
    watched.assert_clean()


def test_new_numbers_are_drawn_in_the_same_view_and_a_new_kind_takes_its_place(page):
    watched = page()
    show(watched, "a", charts.trend(daily("cvr", level=0.03, seed=1)))
    watched.page.evaluate("window.before = document.querySelector('svg')")
    line = watched.page.locator(".mark-line path").last
    first = line.get_attribute("d")
    update(watched, "a", charts.trend(daily("cvr", level=0.03, seed=2)))
    assert line.get_attribute("d") != first
    assert watched.page.evaluate("before === document.querySelector('svg')")
    update(watched, "a", charts.breakdown(members()))
    assert not watched.page.evaluate("before === document.querySelector('svg')")
    assert watched.page.locator("svg").count() == 1
    assert marks(watched, "touch_band").count() == len(CHANNELS)
    watched.assert_clean()


def test_rows_and_parts_keep_their_order_when_members_change_places(page):
    watched = page()

    def from_top(inside, names):
        texts = watched.page.locator(f"{inside} text").all()
        tops = {text.text_content(): text.bounding_box()["y"] for text in texts if text.text_content()}
        return sorted(names, key=tops.__getitem__)

    for seed in range(4):
        chart = charts.breakdown(members(seed=seed))
        show(watched, "a", chart) if seed == 0 else update(watched, "a", chart)
        assert from_top("section:first-of-type", CHANNELS) == [row["name"] for row in chart.data]
    for seed, names in enumerate((CHANNELS, CHANNELS[::-1], CHANNELS[2:])):
        ring = charts.share(parts(names), "cost", order=CHANNELS)
        show(watched, "b", ring) if seed == 0 else update(watched, "b", ring)
        assert from_top("section:last-of-type", names) == list(names)


def test_of_many_moves_the_last_is_what_one_sees(page):
    watched = page()
    moves = [charts.breakdown(members(list("abcdef")[:n])).to_dict() for n in (1, 2, 3, 4, 5, 6, 2)]
    show(watched, "a", charts.breakdown(members()))
    watched.page.evaluate(
        "async (moves) => { await Promise.all(moves.map((m) => mounted.a.update(m))); }", moves
    )
    assert marks(watched, "touch_band").count() == 2
    assert watched.page.locator(".wb-chart").evaluate("(el) => el.offsetHeight") == moves[-1]["height"]


def test_the_theme_recolours_a_chart_without_drawing_it_again(page):
    watched = page()
    show(watched, "a", charts.breakdown(members(), order=CHANNELS))
    fill = "getComputedStyle(document.querySelector('.mark-symbol path')).fill"

    def rgb(token, name):
        colour = theme.tokens(name)[token]
        return f"rgb({', '.join(str(int(colour[i : i + 2], 16)) for i in (1, 3, 5))})"

    watched.page.evaluate("window.before = document.querySelector('svg')")
    assert watched.page.evaluate(fill) == rgb("ink-3", "light")
    watched.page.emulate_media(color_scheme="dark")
    assert watched.page.evaluate(fill) == rgb("ink-3", "dark")
    watched.page.evaluate("document.documentElement.dataset.theme = 'light'")
    assert watched.page.evaluate(fill) == rgb("ink-3", "light")
    watched.page.evaluate("places.a.dataset.theme = 'dark'")
    assert watched.page.evaluate(fill) == rgb("ink-3", "dark")
    assert watched.page.evaluate("before === document.querySelector('svg')")


def test_pointer_and_keys_tell_numbers_and_choose_rows(page):
    watched = page()
    chart = charts.breakdown(members(), lang="zh", labels={("channel", "feed"): "信息流"}, select=True)
    show(watched, "a", chart)
    tip = watched.page.locator(".wb-tip")
    assert not tip.is_visible()
    marks(watched, "choose_band").nth(1).hover()
    assert chart.data[1]["name"] in tip.inner_text()
    assert "95% 置信区间" in tip.inner_text()
    marks(watched, "choose_band").nth(2).click()
    plot = watched.page.locator(".wb-plot")
    plot.press("ArrowDown")
    assert chart.data[0]["name"] in tip.inner_text()
    plot.press("Enter")
    plot.press("Escape")
    assert not tip.is_visible()
    chosen = [detail["key"] for name, detail in watched.page.evaluate("heard") if name == "wb-select"]
    assert chosen == [chart.data[2]["key"], chart.data[0]["key"]]
    watched.assert_clean()


def test_a_chart_that_leads_nowhere_is_not_chosen(page):
    watched = page()
    show(watched, "a", charts.breakdown(members()))
    show(watched, "b", charts.trend(daily_by(CHANNELS)))
    marks(watched, "touch_band", "section:first-of-type").first.click()
    marks(watched, "touch_band", "section:last-of-type").first.click()
    assert watched.page.evaluate("heard") == []
    assert watched.page.locator("section:last-of-type .wb-tip div").count() == len(CHANNELS)


def test_words_from_data_stay_words(page):
    watched = page()
    evil = "<img src=x onerror='heard.push(1)'>'+1+'"
    chart = charts.breakdown(members((evil, "b")))
    show(watched, "a", chart)
    place = [row["name"] for row in chart.data].index(evil)
    marks(watched, "touch_band").nth(place).hover()
    assert watched.page.locator(".wb-tip b").inner_text() == evil
    assert watched.page.locator("img").count() == 0
    assert watched.page.evaluate("heard") == []


def test_the_bundle_is_asked_for_once_a_page(page):
    watched = page(bundle=False)
    watched.page.evaluate(
        """async ([one, other, text]) => {
          window.asked = 0;
          const options = { request: async () => { asked += 1; return text; } };
          await Promise.all([show("a", one, options), show("b", other, options)]);
          await show("c", one, options);
        }""",
        [charts.trend(daily()).to_dict(), charts.breakdown(members()).to_dict(), assets.vega_bundle()],
    )
    assert watched.page.evaluate("asked") == 1
    assert watched.page.locator("svg").count() == 3
    watched.assert_clean()


def test_without_vega_the_sentence_stands_in_its_place(page):
    watched = page(bundle=False)
    chart = charts.trend(daily())
    show(watched, "a", chart)
    assert watched.page.locator(".wb-chart").inner_text().strip() == chart.alt
    assert watched.page.evaluate("heard") == [["wb-error", "Vega is not on this page."]]
    assert watched.page.locator(".wb-plot").get_attribute("aria-label") == chart.alt


def test_a_chart_in_a_hidden_tab_is_drawn_when_it_is_opened_and_follows_its_width(page):
    watched = page()
    watched.page.evaluate("document.body.hidden = true")
    show(watched, "a", charts.trend(daily()))
    assert watched.page.locator("svg").count() == 0
    watched.page.evaluate("document.body.hidden = false")
    watched.page.wait_for_selector("svg")
    watched.page.evaluate("places.a.style.width = '400px'")
    watched.page.wait_for_selector("svg[width='400']")
    watched.page.evaluate("mounted.a.destroy()")
    assert watched.page.locator("svg").count() == 0
    watched.assert_clean()
