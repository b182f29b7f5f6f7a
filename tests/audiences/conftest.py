"""A workspace with enough people for a platform, and a home of its own."""

from __future__ import annotations

import datetime as dt

import pytest
from privacy_helpers import NOON, load, person

import workbench as wb

PEOPLE = 180


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Folder of this test's user: keys and audit heads."""
    folder = tmp_path / "home"
    monkeypatch.setenv("WORKBENCH_HOME", str(folder))
    monkeypatch.delenv("WORKBENCH_KEY_FILE", raising=False)
    monkeypatch.setenv("WORKBENCH_USER", "tester")
    return folder


def decision(number, granted=True, days=0, purpose="marketing", channel="email"):
    """One consent of one customer."""
    time = NOON + dt.timedelta(days=days)
    return {
        "customer_id": f"CRM-{number:05d}",
        "purpose": purpose,
        "channel": channel,
        "granted": granted,
        "time": time,
    }


def contact(number, hours, direction="outbound", method="call"):
    """One contact with one customer, hours before noon of day 10."""
    return {
        "interaction_id": f"I{number}-{hours}-{direction}",
        "customer_id": f"CRM-{number:05d}",
        "method": method,
        "direction": direction,
        "kind": "marketing",
        "time": NOON + dt.timedelta(days=10) - dt.timedelta(hours=hours),
    }


@pytest.fixture
def people(tmp_path, home):
    """Numbers 0–9 withdrew, 10–19 refused, 20–29 never said, 30–34 do not contact, 40–44 had four contacts
    in a week over three channels, 45–49 three and an old one, 50–54 four inbound; 60 and 61 share their
    addresses, 62 has none."""
    store = wb.data.open(tmp_path / "w")
    rows = [person(number) for number in range(PEOPLE)]
    rows[61] |= {"email": " zoe.00060@example.COM", "phone": "0086 139 0060 7060"}
    rows[62] |= {"email": "nonsense", "phone": "12"}
    load(store, "customers", rows)
    told = [
        decision(number, number >= 20 or number < 10)
        for number in range(PEOPLE)
        if number not in range(20, 30)
    ]
    told += [decision(number, False, days=1) for number in range(10)]
    told += [decision(number, False, purpose="all", channel="all") for number in range(30, 35)]
    load(store, "consent", told)
    had = [
        contact(number, 20 * turn, method=("call", "sms", "email")[turn % 3])
        for number in range(40, 45)
        for turn in range(4)
    ]
    had += [contact(number, hours) for number in range(45, 50) for hours in (1, 2, 3, 24 * 7)]
    had += [contact(number, hours, "inbound") for number in range(50, 55) for hours in (1, 2, 3, 4)]
    load(store, "interactions", had)
    return store
