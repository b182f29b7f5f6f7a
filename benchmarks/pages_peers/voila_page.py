"""The cell of the notebook that a bare Voila serves: Altair's widget, told to load nothing from elsewhere."""

import altair as alt
import ipywidgets
import trend

alt.JupyterChart.enable_offline()
rows = trend.rows()
chart = alt.JupyterChart(trend.chart(trend.last(rows, trend.FIRST)))
slider = ipywidgets.IntSlider(trend.FIRST, trend.FEWEST, trend.MOST, description="days")
slider.observe(lambda move: setattr(chart, "chart", trend.chart(trend.last(rows, move["new"]))), "value")
ipywidgets.VBox([slider, chart])
