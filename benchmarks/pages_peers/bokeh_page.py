"""`panel serve` this: Panel with its own Bokeh, whose data is replaced in place; Panel's quickest way."""

import panel as pn
import trend
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure

pn.extension()
rows = pn.state.as_cached("rows", trend.rows)
source = ColumnDataSource(trend.last(rows, trend.FIRST))
plot = figure(height=300, width=900, x_axis_type="datetime")
plot.line("date", "cost", source=source)
slider = pn.widgets.IntSlider(name="days", start=trend.FEWEST, end=trend.MOST, value=trend.FIRST)


def moved(event):
    """Put other days into the same chart."""
    source.data = dict(ColumnDataSource.from_df(trend.last(rows, event.new)))


slider.param.watch(moved, "value")
pn.Column(slider, plot).servable()
