"""`panel serve` this: Vega in a Panel page, the rows shared by all visitors."""

import panel as pn
import trend

pn.extension("vega")
rows = pn.state.as_cached("rows", trend.rows)
slider = pn.widgets.IntSlider(name="days", start=trend.FEWEST, end=trend.MOST, value=trend.FIRST)
chart = pn.bind(lambda days: trend.chart(trend.last(rows, days)), slider)
pn.Column(slider, pn.pane.Vega(chart)).servable()
