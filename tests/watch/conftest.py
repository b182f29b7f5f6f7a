"""A workspace, a folder where exports land, and the real command that watches it."""

from __future__ import annotations

import os

import pytest
from landing import Command, report

import workbench as wb


@pytest.fixture
def store(tmp_path):
    """A fresh workspace."""
    return wb.data.open(tmp_path / "w")


@pytest.fixture
def inbox(tmp_path):
    """The folder where exports land."""
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


@pytest.fixture
def land(inbox):
    """Let a file land; `at`: seconds since 1970 of its last change."""

    def land(name="a.csv", content=None, at=None, **about):
        file = inbox / name
        file.parent.mkdir(exist_ok=True, parents=True)
        written = report(**about) if content is None else content
        file.write_bytes(written if isinstance(written, bytes) else written.encode())
        if at:
            os.utime(file, (at, at))
        return file

    return land


@pytest.fixture
def once(store, inbox):
    """Catch up once; gives (file, status) of what was dealt with."""

    def once(**options):
        landed = wb.data.watch(store, inbox, once=True, **{"settle": 0.05, **options})
        return [(item.file, item.status) for item in landed]

    return once


@pytest.fixture
def command(inbox, store):
    """Start the command; it is ended with the test."""
    started = []

    def start(*options):
        started.append(Command(inbox, store.path, *options))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
