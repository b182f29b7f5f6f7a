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

PACES = 8
"""Groups of customers by how often they are contacted."""

AGES = (30.0, 90.0, 180.0, 365.0)
"""Days since the first contact at which customers are known longer."""

BOOTSTRAPS = 200

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
            raise InputError(f"Column {name!r} is missing in the {what}.", "Give customer_id and time.")
    return table.assign(time=pd.to_datetime(table["time"], utc=True))


def costs(made: pd.DataFrame, happened: Events, seed: int = 7) -> pd.DataFrame:
    """What one more contact costs, by contacts in the 30 days before it.

    Days soon after a contact are held against later days, among customers contacted equally often and known
    equally long: so lively customers, who complain and are contacted more, are not mistaken for an effect of
    contacts. After an opt-out a customer is not looked at any more.

    Args:
        made: As `history` gives.
        happened: Complaints and opt-outs.
        seed: Seed of the bootstrap behind the intervals.

    Returns:
        `recent` (0 to 3, the last: and more), `n`, `negative` (share of bad reactions), and `complaints`,
        `opt_outs` (a contact, beyond what had come anyway), each with `_low` and `_high` (95%).

    Source: Mantel-Haenszel ratios of rates, as in K. Rothman, *Modern Epidemiology*, chapter 15.
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
        spent = _exposed(who, time, place[place >= 0], when, last=name == "opt_outs")
        excess = _excess(spent, who, group, np.random.default_rng(seed))
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


@dataclass(frozen=True, eq=False)
class Exposed:
    """What followed each contact: events and days soon after it, and later until the next one.

    Attributes:
        near, far: Events within `AFTER_DAYS`, and later.
        near_days, far_days: Days that were looked at.
        stratum: Contacts made to customers alike in pace and time known.
    """

    near: np.ndarray
    far: np.ndarray
    near_days: np.ndarray
    far_days: np.ndarray
    stratum: np.ndarray


def _exposed(who: np.ndarray, time: np.ndarray, place: np.ndarray, when: np.ndarray, last: bool) -> Exposed:
    """Follow every contact up to the next one.

    Args:
        who, time: Of each contact, sorted by customer and time.
        place, when: Customer and time of each event.
        last: Whether a customer is not looked at after the first event.
    """
    import numpy as np

    end = max(time.max(), when.max() if len(when) else -np.inf)
    until = np.full(who.max() + 1, end)
    if last:
        np.minimum.at(until, place, when)
        place, when = place[when <= until[place]], when[when <= until[place]]
    later = np.append(np.where(who[1:] == who[:-1], time[1:], end), end)
    days = np.clip(np.minimum(later, until[who]) - time, 0, None)
    near_days = np.minimum(days, AFTER_DAYS)
    start = min(time.min(), when.min() if len(when) else np.inf)
    span = end - start + 1.0
    at = np.searchsorted(who * span + time - start, place * span + when - start, side="right") - 1
    own = (at >= 0) & (who[np.maximum(at, 0)] == place)
    at, since = at[own], (when - time[np.maximum(at, 0)])[own]
    soon = since <= AFTER_DAYS
    near, far = (np.bincount(at[part], minlength=len(who)) for part in (soon, ~soon))
    first = time[np.searchsorted(who, who)]
    pace = np.bincount(who)[who] / np.maximum(end - first, AFTER_DAYS)
    edges = np.quantile(pace, np.linspace(0, 1, PACES + 1)[1:-1])
    age = np.searchsorted(AGES, time - first, side="right")
    stratum = np.searchsorted(edges, pace) * (len(AGES) + 1) + age
    return Exposed(near, far, near_days, days - near_days, stratum)


def _excess(spent: Exposed, who: np.ndarray, group: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Events beyond what had come anyway, by group; columns: excess, low, high (bootstrap over customers)."""
    import numpy as np

    if not spent.near.any():
        return np.zeros((MOST_RECENT + 1, 3))
    drawn = [_beyond(spent, group, np.ones(len(who)))]
    for _ in range(BOOTSTRAPS):
        drawn.append(_beyond(spent, group, rng.poisson(1.0, who.max() + 1)[who].astype(float)))
    found = np.array(drawn)
    return np.stack([found[0], *np.quantile(found[1:], [0.025, 0.975], axis=0)], axis=1)


def _beyond(spent: Exposed, group: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Excess events of each group, every contact counted `weight` times."""
    import numpy as np

    size, groups = PACES * (len(AGES) + 1), MOST_RECENT + 1
    key = spent.stratum * groups + group
    near, near_days = (
        np.bincount(key, weight * part, size * groups).reshape(size, groups)
        for part in (spent.near, spent.near_days)
    )
    far, far_days = (
        np.bincount(spent.stratum, weight * part, size)[:, None] for part in (spent.far, spent.far_days)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        more = np.nansum(near * far_days / (near_days + far_days), axis=0)
        less = np.nansum(far * near_days / (near_days + far_days), axis=0)
        found: np.ndarray = np.where(more > 0, near.sum(axis=0) * (more - less) / more, -less)
    return found
