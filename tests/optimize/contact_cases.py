"""Random small contact plans, their integer program written down from the rules, and a judge of any plan.

Nothing is shared with the package: days, caps, hours and skills are read from the question's own frames.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.optimize import LinearConstraint, milp
from scipy.sparse import csr_array

METHODS = ("call", "email", "sms", "visit")
SEGMENTS = ("high", "mid", "low")


@dataclass
class Case:
    """A question in the words of `plan_contacts`."""

    candidates: pd.DataFrame
    capacity: pd.DataFrame
    rules: dict = field(default_factory=dict)


def case(seed, customers=12, timed=None, tied=None):
    """A random question; which rules it has is random, too."""
    rng = np.random.default_rng(seed)
    methods = METHODS[: rng.integers(1, 5)]
    marketers = [f"m{at}" for at in range(rng.integers(1, 4))]
    days = list(range(3, 3 + rng.integers(1, 4)))
    who = [f"c{at}" for at in range(customers)]
    rows = [(c, m) for c in who for m in methods if rng.random() < 0.8] or [(who[0], methods[0])]
    frame = pd.DataFrame(rows, columns=["customer_id", "method"])
    tied = rng.random() < 0.3 if tied is None else tied
    frame["value"] = rng.integers(1, 4, len(frame)) if tied else rng.gamma(2, 2, len(frame)) - 1
    places = {name: rng.choice(SEGMENTS) for name in who}
    if rng.random() < 0.5:
        frame["segment"] = frame["customer_id"].map(places)
    if rng.random() < 0.3:
        frame["language"] = frame["customer_id"].map({name: rng.choice(["zh", "en"]) for name in who})
    if rng.random() < 0.3:
        frame["due"] = rng.integers(2, 7, len(frame))
    if rng.random() < 0.3:
        frame["ready"] = rng.integers(2, 7, len(frame))
    if rng.random() < 0.2:
        frame["marketer"] = frame["customer_id"].map({name: rng.choice(marketers) for name in who})
    slots = [(k, m, d) for k in marketers for m in methods for d in days if rng.random() < 0.9]
    slots = slots or [(marketers[0], methods[0], days[0])]
    capacity = pd.DataFrame(slots, columns=["marketer", "method", "day"])
    capacity["contacts"] = rng.integers(0, 4, len(capacity))
    frame = frame[frame["method"].isin(capacity["method"])].sample(frac=1, random_state=seed)
    if frame.empty:
        return case(seed + 10_000, customers, timed, tied)
    timed = rng.random() < 0.4 if timed is None else timed
    return Case(frame.reset_index(drop=True), capacity, _rules(rng, frame, capacity, who, timed))


def _rules(rng, frame, capacity, who, timed):
    methods, marketers = list(capacity["method"].unique()), list(capacity["marketer"].unique())
    rules = {}
    if rng.random() < 0.5:
        rules["caps"] = [
            (int(rng.integers(1, 4)), int(rng.integers(1, 9))) for _ in range(rng.integers(1, 3))
        ]
    if rng.random() < 0.3:
        rules["history"] = pd.DataFrame({"customer_id": rng.choice(who, 5), "day": rng.integers(-2, 3, 5)})
    if rng.random() < 0.4:
        rules["consent"] = {m: [c for c in who if rng.random() < 0.7] for m in methods}
    if rng.random() < 0.2:
        rules["do_not_contact"] = list(rng.choice(who, 2))
    if "segment" in frame and rng.random() < 0.4:
        known = list(frame["segment"].unique())
        rules["skills"] = {k: [s for s in known if rng.random() < 0.6] for k in marketers}
    if "language" in frame and rng.random() < 0.7:
        rules["languages"] = {k: [s for s in ("zh", "en") if rng.random() < 0.7] for k in marketers}
    if timed:
        rules["minutes"] = {m: float(rng.integers(1, 60)) for m in methods}
        rules["hours"] = {k: (9, float(rng.integers(10, 13))) for k in marketers}
        if rng.random() < 0.3:
            rules["quiet_hours"] = {methods[0]: (10.5, 8)}
        if rng.random() < 0.3:
            rules["hour_cost"] = 2.0
    return rules


def possible(asked):
    """(row, slot) pairs that no rule about one contact forbids, with the net gain of each."""
    given, capacity, rules = asked.candidates, asked.capacity, asked.rules
    skills = rules.get("skills")
    special = set().union(*skills.values()) if skills else set()
    found = []
    for at, row in given.iterrows():
        if row["customer_id"] in rules.get("do_not_contact", ()):
            continue
        if "consent" in rules and row["customer_id"] not in rules["consent"].get(row["method"], ()):
            continue
        for slot, room in capacity.iterrows():
            fits = room["method"] == row["method"] and room["contacts"] > 0
            fits &= room["day"] <= row.get("due", 99) and room["day"] >= row.get("ready", -99)
            fits &= row.get("marketer", room["marketer"]) == room["marketer"]
            for name in (row["method"], row.get("segment")):
                fits &= name not in special or name in skills[room["marketer"]]
            if "languages" in rules:
                fits &= row["language"] in rules["languages"][room["marketer"]]
            if fits:
                found.append((at, slot, row["value"] - _cost(rules, row["method"])))
    return found


def _cost(rules, method):
    return rules.get("hour_cost", 0.0) / 60 * rules["minutes"][method] if "minutes" in rules else 0.0


def _length(window):
    return 60 * (window[1] - window[0])


def windows(asked):
    """(customer → contacts already made; caps as pairs)."""
    days = asked.capacity["day"]
    caps = asked.rules.get("caps", [(1, int(days.max() - days.min()) + 1)])
    past = asked.rules.get("history")
    made = {} if past is None else past.groupby("customer_id")["day"].apply(list).to_dict()
    return made, caps


def best(asked):
    """The value of the best plan, by an integer program over every candidate and slot.

    Hours in which a method is quiet limit its minutes a day, but not what fits between others: so the value
    may be a little too high there, never too low.
    """
    pairs = possible(asked)
    if not pairs:
        return 0.0
    given, capacity, rules = asked.candidates, asked.capacity, asked.rules
    lines, most = [], []

    def at_most(which, limit, weights=None):
        lines.append({at: 1.0 if weights is None else weights[at] for at in which})
        most.append(limit)

    every = range(len(pairs))
    for row in {row for row, _, _ in pairs}:
        at_most([at for at in every if pairs[at][0] == row], 1)
    for slot, room in capacity.iterrows():
        at_most([at for at in every if pairs[at][1] == slot], room["contacts"])
    made, caps = windows(asked)
    first, last = capacity["day"].min(), capacity["day"].max()
    names = given["customer_id"]
    for who in names.unique():
        own = [at for at in every if names[pairs[at][0]] == who]
        for many, span in caps:
            for end in range(first, last + 1):
                past = sum(end - span < day <= end for day in made.get(who, ()))
                inside = [at for at in own if end - span < capacity["day"][pairs[at][1]] <= end]
                if inside:
                    at_most(inside, max(many - past, 0))
    if "minutes" in rules:
        minutes = [rules["minutes"][given["method"][row]] for row, _, _ in pairs]
        for (who, _), slots in capacity.groupby(["marketer", "day"]).groups.items():
            inside = [at for at in every if pairs[at][1] in set(slots)]
            if inside:
                at_most(inside, _length(rules["hours"][who]), minutes)
            for method, quiet in rules.get("quiet_hours", {}).items():
                until = min(quiet[0], rules["hours"][who][1])
                calls = [at for at in inside if given["method"][pairs[at][0]] == method]
                if calls:
                    at_most(calls, _length((rules["hours"][who][0], until)), minutes)
    row, column = zip(*[(at, var) for at, line in enumerate(lines) for var in line], strict=True)
    data = [line[var] for line in lines for var in line]
    matrix = csr_array((data, (row, column)), shape=(len(lines), len(pairs)))
    gain = np.array([net for _, _, net in pairs])
    solved = milp(
        -gain,
        constraints=LinearConstraint(matrix, -np.inf, most),
        integrality=np.ones(len(pairs)),
        bounds=(0, 1),
    )
    assert solved.status == 0
    return -solved.fun


def broken(asked, plan):
    """Rules that a plan breaks, in words; empty: none."""
    table, rules, found = plan.table, asked.rules, []
    pairs = {
        (asked.candidates["customer_id"][row], asked.candidates["method"][row],
         asked.capacity["marketer"][slot], asked.capacity["day"][slot])
        for row, slot, _ in possible(asked)
    }  # fmt: skip
    for _, line in table.iterrows():
        if (line["customer_id"], line["method"], line["marketer"], line["day"]) not in pairs:
            found.append(f"not possible: {dict(line)}")
    if table.duplicated(["customer_id", "method"]).any():
        found.append("the same contact twice")
    room = asked.capacity.set_index(["marketer", "method", "day"])["contacts"]
    used = table.groupby(["marketer", "method", "day"]).size()
    if (used > room.reindex(used.index)).any():
        found.append("more than a slot takes")
    made, caps = windows(asked)
    for who, days in table.groupby("customer_id")["day"]:
        every = [*made.get(who, ()), *days]
        for many, span in caps:
            for end in days:
                if sum(end - span < day <= end for day in every) > many:
                    found.append(f"cap {many} in {span} of {who}: {sorted(every)}")
    for (who, day), lines in table.groupby(["marketer", "day"]):
        if sorted(lines["rank"]) != list(range(1, len(lines) + 1)):
            found.append(f"ranks of {who} on {day}")
        if "minutes" in rules:
            found += _clock(rules, who, lines)
    return found


def _clock(rules, who, lines):
    """What is wrong with the hours of one marketer's day."""
    found, end = [], 60 * rules["hours"][who][0]
    for _, line in lines.sort_values("rank").iterrows():
        begin = int(line["start"][:2]) * 60 + int(line["start"][3:])
        long = rules["minutes"][line["method"]]
        if begin + 1 < end or begin + long > 60 * rules["hours"][who][1] + 1e-6:
            found.append(f"{who}: {dict(line)} outside of its time")
        if isinstance(rules.get("quiet_hours"), dict) and line["method"] in rules["quiet_hours"]:
            quiet = 60 * rules["quiet_hours"][line["method"]][0]
            if begin + long > quiet + 1e-6:
                found.append(f"{who}: {dict(line)} in quiet hours")
        end = begin + long
    return found
