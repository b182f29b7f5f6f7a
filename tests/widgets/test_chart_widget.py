import json
import re

import pytest
import traitlets
from vl_convert import get_vegalite_versions

from workbench.charts import Chart, theme
from workbench.widgets import assets, bundle
from workbench.widgets.chart import ChartWidget


@pytest.fixture
def bars():
    def make(*values):
        spec = theme.base() | {
            "mark": {"type": "bar", "color": "$c1"},
            "encoding": {"x": {"field": "v", "type": "quantitative"}, "y": {"field": "k", "type": "nominal"}},
        }
        return Chart(spec, [{"k": str(k), "v": v} for k, v in enumerate(values)], "Bars </script>.", 120)

    return make


@pytest.fixture
def sent(monkeypatch):
    """What a widget sends to its page."""
    found = []
    monkeypatch.setattr(ChartWidget, "send", lambda self, content, buffers=None: found.append(content))
    return found


def test_another_chart_takes_the_same_place(bars):
    widget = ChartWidget(bars(1, 2))
    changes = []
    widget.observe(lambda change: changes.append(change["new"]["data"]), "chart")
    widget.update(bars(3, 4))
    widget.update(bars(3, 4))
    assert changes == [[{"k": "0", "v": 3}, {"k": "1", "v": 4}]]


@pytest.mark.parametrize(
    "wrong", [{}, {"spec": {}, "data": [], "alt": "x"}, {"spec": 1, "data": [], "alt": "", "height": 1}]
)
def test_what_is_no_chart_is_refused_in_words(bars, wrong):
    with pytest.raises(traitlets.TraitError, match="This is no chart"):
        ChartWidget(wrong)
    widget = ChartWidget(bars(1))
    with pytest.raises(traitlets.TraitError):
        widget.chart = wrong
    assert widget.chart == bars(1).to_dict()


def test_a_browser_changes_nothing(bars):
    widget = ChartWidget(bars(1))
    widget.set_state({"chart": bars(2).to_dict(), "selected": {"k": 1}})
    assert widget.chart == bars(1).to_dict()
    assert widget.selected == {}


def test_the_page_gets_the_bundle_when_it_asks_and_says_what_was_chosen(bars, sent):
    widget = ChartWidget(bars(1))
    for noise in ("vega", {"type": "other"}, {"type": "select", "row": "no"}):
        widget._hear(widget, noise, [])
    assert sent == []
    widget._hear(widget, {"type": "vega"}, [])
    widget._hear(widget, {"type": "select", "row": {"key": "search"}}, [])
    assert sent == [{"type": "vega", "text": assets.vega_bundle()}]
    assert widget.selected == {"key": "search"}


def test_without_a_front_end_it_is_a_fragment_with_a_picture(bars, monkeypatch):
    for name in ("WORKBENCH_LIVE", "SERVER_SOFTWARE", "JPY_SESSION_NAME"):
        monkeypatch.delenv(name, raising=False)
    html = ChartWidget(bars(1, 2))._repr_mimebundle_()["text/html"]
    assert "<svg" in html
    (data,) = re.findall(r'<script type="application/json" class="wb-charts">(.*?)</script>', html)
    assert json.loads(data) == {"chart": bars(1, 2).to_dict()}


def test_with_a_front_end_it_is_a_widget(bars, monkeypatch):
    monkeypatch.setenv("WORKBENCH_LIVE", "1")
    bundle_, _ = ChartWidget(bars(1))._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle_


def test_the_committed_bundle_is_what_the_installed_package_makes():
    assert bundle.versions() in bundle.FILE.read_text(encoding="utf-8")[:200]
    assert bundle.FILE.read_text(encoding="utf-8") == bundle.script()
    assert theme.base()["$schema"].endswith(f"/v{get_vegalite_versions()[-1].split('.')[0]}.json")


def test_scripts_can_be_joined_and_name_no_other_host():
    script = assets.chart_js()
    assert not re.search(r"^\s*(import|export)\b", script, flags=re.M)
    assert "</script" not in script + assets.vega_bundle()
    assert not re.search(r"https?://", script + assets.css())


def test_colours_of_the_sheets_are_tokens():
    sheet = assets.chart_css()
    assert set(re.findall(r"var\(--([\w-]+)\)", sheet)) <= set(theme.tokens())
    assert not re.search(r"#[0-9a-f]{3,8}\b", sheet)
