"""Work that nobody waits for any more ends; what was asked for did not happen."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.widgets.answers import Answers, Ask
from workbench.widgets.later import AtWork, Stopped, later
from workbench.widgets.session import Session
from workbench.widgets.slow import Halted, Pending, Slow

LONG = 60
"""Seconds after which work ends by itself, and a test has failed."""


def endless(begun=None):
    """Work in steps of Python."""
    if begun:
        begun.set()
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        time.sleep(0.01)
    return "by itself"


def stopped_soon(at_work, begun):
    begun.wait(LONG)
    at_work.stop()


def test_a_thread_at_work_is_stopped_and_no_exception_clause_holds_it_up():
    at_work, begun = AtWork(), threading.Event()

    def careful():
        try:
            return endless(begun)
        except Exception:  # noqa: BLE001 - what careful code does
            return "held up"

    threading.Thread(target=stopped_soon, args=(at_work, begun)).start()
    with pytest.raises(Stopped):
        at_work.do(careful)
    at_work.stop()  # nothing is at work any more
    assert at_work.do(lambda: "on") == "on"


def test_a_job_is_stopped_before_it_begins_and_while_it_works_and_the_next_one_is_done():
    async def run():
        begun, came, done = threading.Event(), [], asyncio.Event()
        one = later(lambda: endless(begun), came.append)
        two = later(lambda: came.append("two began"), came.append)
        await asyncio.to_thread(begun.wait, LONG)
        two()
        one()

        def last(outcome):
            came.append(outcome)
            done.set()

        later(lambda: "three", last)
        await asyncio.wait_for(done.wait(), LONG / 2)
        return came

    assert asyncio.run(run()) == ["three"]


class Stub:
    """A store and answers that are asked one slow question."""

    version = 1

    def __init__(self):
        self.asked, self.begun = 0, threading.Event()

    def ask(self, questions):
        self.asked += 1
        outcome = endless(self.begun) if self.asked == 1 else "the answer"
        return dict.fromkeys(questions, outcome)


def test_a_slow_answer_is_stopped_and_asked_for_again():
    async def run():
        stub, came = Stub(), asyncio.Event()
        slow, asked = Slow(stub), {"advice": Ask("findings.advise", {})}
        slow.ask(asked, stub, came.set)
        mark = slow.found(asked)["advice"].mark
        await asyncio.to_thread(stub.begun.wait, LONG)
        slow.stop("another mark")
        assert type(slow.found(asked)["advice"]) is Pending
        slow.stop(mark)
        slow.ask(asked, stub, came.set)  # a page that asks does not bring it back
        assert type(slow.found(asked)["advice"]) is Halted
        assert stub.asked == 1
        slow.resume(mark)
        slow.ask(asked, stub, came.set)
        await asyncio.wait_for(came.wait(), LONG / 2)
        return slow.found(asked)

    assert asyncio.run(run()) == {"advice": "the answer"}


def test_questions_side_by_side_all_end_when_who_waits_is_interrupted(monkeypatch):
    begun, ended = threading.Barrier(3), []

    def answer(self, store):
        try:
            begun.wait(LONG)
            return endless()
        except Stopped:
            ended.append(self.question)
            raise

    monkeypatch.setattr(Ask, "answer", answer)

    def interrupted(pool, function, items):
        for item in items:
            pool.submit(function, item)
        begun.wait(LONG)
        raise KeyboardInterrupt

    monkeypatch.setattr(ThreadPoolExecutor, "map", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Answers(Stub()).ask({"one": Ask("a.one", {}), "two": Ask("a.two", {})})
    until = time.monotonic() + LONG / 2
    while len(ended) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert sorted(ended) == ["a.one", "a.two"]


def test_an_interrupt_takes_back_what_the_page_asked_for(panel, monkeypatch):
    session = Session(panel)
    session.page()
    draw, times = type(panel).draw, []

    def interrupted(self, live, dragging=False):
        times.append(live)
        if len(times) == 1:
            raise KeyboardInterrupt
        return draw(self, live, dragging)

    monkeypatch.setattr(type(panel), "draw", interrupted)
    reply, _ = session.receive({"act": "set", "key": "metric", "value": "roas", "seq": 7})
    assert (reply["query"], reply["push"], reply["seq"]) == ("", False, 7)
    assert "Stopped; the view is as it was before." in reply["regions"]["notice"]
    assert "wb-info" in reply["regions"]["notice"]
    assert not panel.history.any
    reply, _ = session.receive({"act": "set", "key": "metric", "value": "roas", "seq": 8})
    assert (reply["query"], panel.history.any) == ("metric=roas", True)
