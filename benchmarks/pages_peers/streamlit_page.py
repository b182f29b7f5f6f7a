"""`streamlit run` this: the whole script runs again at each move; the rows are shared, not copied."""

import streamlit as st
import trend

rows = st.cache_resource(trend.rows)()
days = st.slider("days", trend.FEWEST, trend.MOST, trend.FIRST)
st.altair_chart(trend.chart(trend.last(rows, days)))
