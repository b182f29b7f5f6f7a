"""What contacts cost: bad reactions, complaints and opt-outs that would not have come without them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from workbench.data import Store

AFTER_DAYS = 14
"""Days after a contact in which a complaint or opt-out may be its doing."""

WINDOWS = 8
"""Earlier windows of the same customer that an event is held against, at most."""

SETTLED_DAYS = 60
"""Days after the first contact in which contacts are not yet as they are later, and nothing is compared."""

BOOTSTRAPS = 400

MOST_RECENT = 3
"""Contacts in 30 days from which on all count as one group."""

DAY = 86_400.0


@dataclass(frozen=True, eq=False)
class Events:
    """Complaints and opt-outs: `customer_id, time`; an empty frame where nothing is known of them."""

    complaints: pd.DataFrame
    opt_outs: pd.DataFrame


def events(store: Store) -> Events:
    """Complaints that customers made and consents that they withdrew."""
    made = store.table("interactions")
    told = made.filter(made.kind == "complaint", made.customer_id.notnull(), made.time.notnull())
    complaints = store.query(told.select("customer_id", "time")).to_pandas()
    asked = store.table("consent")
    gone = asked.filter(~asked.granted, asked.customer_id.notnull(), asked.time.notnull())
    given = asked.filter(asked.granted).group_by("customer_id", "purpose", "channel")
    first = given.aggregate(since=asked.time.min())
    # a refusal after a grant is an opt-out; a refusal from the start is not
    left = gone.inner_join(first, ["customer_id", "purpose", "channel"])
    left = left.filter(left.time > left.since)
    return Events(complaints, store.query(left.select("customer_id", "time")).to_pandas())


def given(complaints: Any, opt_outs: Any) -> Events:
    """Events that come as frames; None: none are known."""
    return Events(_frame("complaints", complaints), _frame("opt-outs", opt_outs))


def _frame(what: str, frame: Any) -> pd.DataFrame:
    import pandas as pd

    if frame is None:
        none = pd.Series(dtype="datetime64[us, UTC]")
        return pd.DataFrame({"customer_id": pd.Series(dtype=str), "time": none})
    table = frame if isinstance(frame, pd.DataFrame) else frame.to_pandas()
    for name in ("customer_id", "time"):
        if name not in table:
            raise InputError(f"The {what} have no column {name!r}.", "Give customer_id and time.")
    return table.assign(time=pd.to_datetime(table["time"], utc=True))


def costs(made: pd.DataFrame, happened: Events, seed: int = 7) -> pd.DataFrame:
    """What one more contact costs, by contacts in the 30 days before it.

    Complaints and opt-outs are held against earlier days of the same customer: was there a contact in the
    `AFTER_DAYS` before it more often than in the windows before? So neither lively customers, who buy,
    complain and are contacted more, nor the quiet after an opt-out are mistaken for an effect of contacts.

    Args:
        made: As `history` gives.
        happened: Complaints and opt-outs.
        seed: Seed of the bootstrap behind the intervals.

    Returns:
        `recent` (0 to 3, the last: and more), `n`, `negative` (share of bad reactions), and `complaints`,
        `opt_outs` (a contact, beyond what had come anyway), each with `_low` and `_high` (95%).

    Source: M. Maclure, *The case-crossover design*, 1991; Mantel-Haenszel ratios.
    """
    import numpy as np
    import pandas as pd

    who, names = pd.factorize(made["customer_id"])
    time = _days(made["time"])
    group = np.minimum(made["recent"].to_numpy(float), MOST_RECENT).astype(int)
    table = pd.DataFrame({"recent": np.arange(MOST_RECENT + 1)})
    table["n"] = np.bincount(group, minlength=MOST_RECENT + 1)
    negative = np.bincount(group, made["negative"].to_numpy(float), MOST_RECENT + 1)
    table[_ends("negative")] = _share(negative, table["n"].to_numpy(float))
    for name, frame in (("complaints", happened.complaints), ("opt_outs", happened.opt_outs)):
        place = pd.Index(names).get_indexer(pd.Index(frame["customer_id"]))
        when = _days(frame["time"])[place >= 0]
        seen = _windows(who, time, group, place[place >= 0], when)
        excess = _excess(seen, np.random.default_rng(seed))
        table[_ends(name)] = excess / np.maximum(table["n"].to_numpy(float), 1)[:, None]
    return table


def _ends(name: str) -> list[str]:
    return [name, f"{name}_low", f"{name}_high"]


def _days(time: pd.Series[Any]) -> np.ndarray:
    import numpy as np

    found: np.ndarray = (
        time.dt.tz_convert(None).to_numpy().astype("datetime64[us]").astype(np.int64) / 1e6 / DAY
    )
    return found


def _share(hits: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Shares with Jeffreys intervals; columns: share, low, high."""
    import numpy as np
    from scipy.special import betaincinv

    low, high = (betaincinv(hits + 0.5, n - hits + 0.5, end) for end in (0.025, 0.975))
    return np.stack([hits / np.maximum(n, 1), np.where(hits > 0, low, 0.0), high], axis=1)


def _windows(
    who: np.ndarray, time: np.ndarray, group: np.ndarray, place: np.ndarray, when: np.ndarray
) -> np.ndarray:
    """Of each event and window before it, the group of its last contact: −1 none, −2 too early to tell.

    Args:
        who, time, group: Of each contact, sorted by customer and time.
        place, when: Customer and time of each event.
    """
    import numpy as np

    start = min(time.min(), when.min() if len(when) else np.inf) - AFTER_DAYS * (WINDOWS + 1)
    span = max(time.max(), when.max() if len(when) else -np.inf) - start + 1.0
    key = who * span + time - start
    first = time[np.searchsorted(who, place)] if len(place) else when
    found = np.full((len(place), WINDOWS + 1), -2)
    for back in range(WINDOWS + 1):
        end = when - back * AFTER_DAYS
        at = np.maximum(np.searchsorted(key, place * span + end - start, side="right") - 1, 0)
        near = (who[at] == place) & (time[at] > end - AFTER_DAYS) & (time[at] <= end)
        found[:, back] = np.where(end - AFTER_DAYS > first + SETTLED_DAYS, np.where(near, group[at], -1), -2)
    return found


def _excess(seen: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Events beyond what had come anyway, by group; columns: excess, low, high (bootstrap over events).

    Args:
        seen: As `_windows` gives; the first column is the event's own.
    """
    import numpy as np

    controls = (seen[:, 1:] > -2).sum(axis=1)
    usable = (seen[:, 0] > -2) & (controls > 0)
    own, before, controls = seen[usable, 0], seen[usable, 1:], controls[usable]
    weight = np.vstack([np.ones(len(own)), rng.poisson(1.0, (BOOTSTRAPS, len(own)))])
    free = (before == -1).sum(axis=1) / controls
    found = np.zeros((MOST_RECENT + 1, 3))
    for at in range(MOST_RECENT + 1):
        events_ = weight @ (own == at)
        more = weight @ ((own == at) * free)
        less = weight @ ((own == -1) * (before == at).sum(axis=1) / controls)
        with np.errstate(divide="ignore", invalid="ignore"):
            excess = np.where(more > 0, events_ * (more - less) / more, -less)
        found[at] = excess[0], *np.quantile(excess[1:], [0.025, 0.975])
    return found
