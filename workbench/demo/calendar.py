"""Shopping festivals and holidays as an outside series: known days ahead, as every shop knows them."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from workbench.demo import arrow
from workbench.demo.world import World

UNIT = "event"


def external(world: World) -> pa.Table:
    """Return one row an event and day, those to come included."""
    rows = [
        {
            "series": event["en"],
            "region": "",
            "local_date": event["start"] + timedelta(days=day),
            "value": 1.0,
            "unit": UNIT,
            "origin": "calendar",
        }
        for event in world.calendar
        for day in range((event["end"] - event["start"]).days + 1)
    ]
    return arrow.table("external", {name: [row[name] for row in rows] for name in rows[0]})
