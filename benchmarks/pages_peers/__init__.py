"""The same page, a chart with a slider, as each framework's own guide writes it."""
