"""How conversions answer to spend by hour of the week, channel and region."""
