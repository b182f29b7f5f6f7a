"""Contacts as a plan: who, by which method, by which marketer, on which day, in which order.

`frames` and `rules` read what people write, `problem` makes classes and slots of it, `smooth` and `prices`
search the prices of scarce capacity, `settle` decides those who hesitate at them, `deal` hands the contacts
to marketers, days and hours, `fill` uses what rounding left, and `answer` says it all.
"""
