"""Seats: never more than the limit, first come first served, and after a day nothing is left."""

from __future__ import annotations

import asyncio
import heapq
import http.client
import itertools
import random
import re
import time
from urllib.parse import urlsplit

import live
import psutil
import pytest
from app_client import Client

from workbench.apps import fair
from workbench.apps import seats as room
from workbench.apps.seats import LineFullError, Seats


class Kernels:
    """Kernels without processes, on a clock that a test turns."""

    def __init__(self) -> None:
        self.spare: dict[str, str] = {}
        self.running: dict[str, dict] = {}
        self.now, self.most, self._count = 0.0, 0, itertools.count()
        self.behind, self.known = False, 0

    def __contains__(self, kernel_id: str) -> bool:
        return kernel_id in self.running

    def clock(self) -> float:
        return self.now

    async def know(self) -> None:
        await asyncio.sleep(0)
        self.behind, self.known = False, self.known + 1

    async def start(self, walls: str = "steward") -> str:
        await asyncio.sleep(0)
        kernel_id = f"k{next(self._count)}"
        self.running[kernel_id] = {
            "pages": 0,
            "alive": True,
            "busy": False,
            "used": self.now,
            "walls": walls,
        }
        self.most = max(self.most, len(self.running))
        return kernel_id

    async def shutdown_kernel(self, kernel_id: str, now: bool) -> None:
        assert now
        await asyncio.sleep(0)
        self.running.pop(kernel_id, None)

    async def is_alive(self, kernel_id: str) -> bool:
        return self.running[kernel_id]["alive"]

    def pages(self, kernel_id: str) -> int:
        return self.running[kernel_id]["pages"]

    def busy(self, kernel_id: str) -> bool:
        return self.running[kernel_id]["busy"]

    def rests(self, kernel_id: str) -> float:
        return self.now - self.running[kernel_id]["used"] if kernel_id in self.running else 0.0


@pytest.fixture
def kernels() -> Kernels:
    return Kernels()


@pytest.fixture
def without_spare(monkeypatch):
    """No kernel in advance, so that each one is a visitor's."""
    monkeypatch.setattr(Seats, "prepare", lambda *_, **__: None)


def seated(kernels: Kernels, limit: int) -> Seats:
    return Seats(kernels, limit, kernels.clock)  # type: ignore[arg-type]


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.mark.usefixtures("without_spare")
def test_thirty_at_once_with_twenty_seats_come_in_one_after_the_other(kernels):
    places: dict[int, list[int]] = {number: [] for number in range(30)}

    async def day() -> list[str]:
        seats = seated(kernels, 20)
        visits = [asyncio.ensure_future(seats.enter(places[number].append)) for number in range(30)]
        await settle()
        assert [visit.done() for visit in visits] == [True] * 20 + [False] * 10
        assert (seats.taken, seats.waiting, len(kernels.running)) == (20, 10, 20)
        for visit in visits[:10]:
            await seats.leave(visit.result())
            await settle()
        return [visit.result() for visit in visits]

    assert len(set(asyncio.run(day()))) == 30
    assert kernels.most == 20
    assert places[0] == []
    assert places[20] == [1, 0]
    assert places[29] == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]


@pytest.mark.usefixtures("without_spare")
def test_who_leaves_the_line_holds_nobody_up(kernels):
    async def day() -> None:
        seats = seated(kernels, 1)
        first = await seats.enter(lambda _: None)
        line = [asyncio.ensure_future(seats.enter(lambda _: None)) for _ in range(3)]
        await settle()
        line[0].cancel()
        await settle()
        assert seats.waiting == 2
        await seats.leave(first)
        line[1].cancel()  # at the very moment of the turn
        await settle()
        assert line[2].done()
        assert (seats.taken, seats.waiting, len(kernels.running)) == (1, 0, 1)

    asyncio.run(day())


@pytest.mark.usefixtures("without_spare")
def test_a_line_that_is_too_long_is_said(kernels):
    async def day() -> None:
        seats = seated(kernels, 1)
        await seats.enter(lambda _: None)
        line = [asyncio.ensure_future(seats.enter(lambda _: None)) for _ in range(room._LINE)]
        await settle()
        with pytest.raises(LineFullError):
            await seats.enter(lambda _: None)
        for turn in line:
            turn.cancel()

    asyncio.run(day())


@pytest.mark.usefixtures("without_spare")
@pytest.mark.parametrize(
    ("state", "seconds", "waited", "ends"),
    [
        ({"pages": 0}, 50, False, False),
        ({"pages": 0}, 70, False, True),
        ({"pages": 0, "busy": True}, 300, False, False),
        ({"pages": 1}, 100_000, False, False),
        ({"pages": 1}, 590, True, False),
        ({"pages": 1}, 610, True, True),
        ({"pages": 1, "alive": False}, 1, False, True),
    ],
)
def test_when_a_seat_comes_back(kernels, state, seconds, waited, ends):
    async def day() -> bool:
        seats = seated(kernels, 1)
        kernel_id = await seats.enter(lambda _: None)
        kernels.running[kernel_id].update(state)
        line = [asyncio.ensure_future(seats.enter(lambda _: None)) for _ in range(waited)]
        await settle()
        kernels.now += seconds
        await seats.sweep()
        await settle()
        for turn in line:
            turn.cancel()
        return kernel_id not in kernels

    assert asyncio.run(day()) is ends


@pytest.mark.usefixtures("without_spare")
@pytest.mark.parametrize(("waited", "grace"), [(False, room.GRACE_SECONDS), (True, room.GRACE_WHEN_WAITED)])
def test_a_page_that_lost_its_connection_may_come_back_for_a_while(kernels, waited, grace):
    async def day() -> None:
        seats = seated(kernels, 1)
        kernel_id = await seats.enter(lambda _: None)
        kernels.running[kernel_id]["pages"] = 1
        line = [asyncio.ensure_future(seats.enter(lambda _: None)) for _ in range(waited)]
        await settle()
        await seats.sweep()
        kernels.running[kernel_id]["pages"] = 0
        kernels.now += grace - 1
        await seats.sweep()
        assert kernel_id in kernels
        kernels.now += 2
        await seats.sweep()
        assert kernel_id not in kernels
        for turn in line:
            turn.cancel()

    asyncio.run(day())


def test_after_new_data_the_spare_is_one_that_knows_it(kernels):
    async def day() -> None:
        seats = seated(kernels, 2)
        seats.prepare()
        await settle()
        first = dict(kernels.spare)
        assert (len(first), kernels.known) == (1, 1)
        await seats.sweep()
        await settle()
        assert kernels.spare == first, "the data are the same"
        kernels.behind = True
        await seats.sweep()
        await settle()
        assert len(kernels.spare) == 1
        assert not kernels.spare.keys() & first.keys()
        assert kernels.running.keys() == kernels.spare.keys()

    asyncio.run(day())


def test_a_spare_that_a_visitor_takes_while_answers_are_waited_for_stays(kernels):
    async def day() -> None:
        seats, come = seated(kernels, 2), asyncio.Event()
        seats.prepare()
        await settle()
        (spare,) = kernels.spare
        kernels.behind, kernels.know = True, come.wait
        await seats.sweep()
        await settle()
        assert await seats.enter(lambda _: None) == spare
        come.set()
        await settle()
        assert spare in kernels

    asyncio.run(day())


@pytest.mark.usefixtures("without_spare")
def test_a_login_that_ends_takes_its_kernel_along_though_the_page_is_open(kernels):
    async def day() -> None:
        seats, valid = seated(kernels, 2), {"ann", "bob"}
        guest = lambda name: room.Guest(name, lambda: name in valid)  # noqa: E731
        ann, bob = [await seats.enter(lambda _: None, guest(name)) for name in ("ann", "bob")]
        assert seats.belongs(ann, "ann")
        assert not seats.belongs(ann, "bob")
        for kernel_id in (ann, bob):
            kernels.running[kernel_id].update(pages=1, busy=True)
        await seats.sweep()
        assert len(kernels.running) == 2
        valid.remove("ann")
        await seats.sweep()
        assert list(kernels.running) == [bob]
        assert not seats.belongs(ann, "ann")
        assert not seats.belongs("never-there", "")

    asyncio.run(day())


@pytest.mark.parametrize(
    ("line", "seated", "next_ones"),
    [
        ("", "aa", ""),
        ("abc", "", "abc"),
        ("aaab", "", "abaa"),
        ("ab", "a", "ba"),
        ("aabbc", "aabc", "bcaba"),
    ],
)
def test_whoever_has_least_is_next(line, seated, next_ones):
    assert "".join(line[at] for at in fair.order(line, seated)) == next_ones


@pytest.mark.parametrize(
    ("line", "seated", "limit", "give"),
    [
        ("b", "aaaa", 4, "a"),
        ("bbb", "aabb", 4, ""),
        ("a", "aaaa", 4, ""),
        ("c", "aabb", 4, "ab"),
        ("e", "abcd", 4, ""),
        ("d", "abcc", 4, "c"),
        ("", "aaaa", 4, ""),
        ("b", "a", 1, ""),
    ],
)
def test_who_has_more_than_a_share_gives_when_another_has_less(line, seated, limit, give):
    assert fair.beyond(line, seated, limit) == {*give}


@pytest.mark.usefixtures("without_spare")
def test_one_visitor_cannot_fill_the_house_but_twenty_with_one_link_can(kernels):
    async def day() -> None:
        seats, places = seated(kernels, 20), []
        crowd = [asyncio.ensure_future(seats.enter(lambda _: None, room.Guest("greedy"))) for _ in range(25)]
        await settle()
        other = asyncio.ensure_future(seats.enter(places.append, room.Guest("ann")))
        await settle()
        assert places == [1], "before the greedy one's further pages"
        first = crowd[3].result()
        for kernel_id in kernels.running:  # they are all in use, this one least
            kernels.running[kernel_id].update(pages=1, used=kernels.now + (kernel_id != first))
        kernels.now += 5
        await seats.sweep()
        await settle()
        assert other.done()
        assert first not in kernels
        assert (seats.taken, seats.waiting) == (20, 5)
        for _ in range(3):
            await seats.sweep()
        assert (seats.taken, seats.waiting) == (20, 5), "ann has what she wants: nobody gives more"
        for turn in crowd[20:]:
            turn.cancel()

    asyncio.run(day())
    kernels.running.clear()

    async def colleagues() -> None:
        seats = seated(kernels, 20)
        for number in range(20):
            await seats.enter(lambda _: None, room.Guest(f"one link, browser {number}"))
        late = asyncio.ensure_future(seats.enter(lambda _: None, room.Guest("late")))
        await settle()
        kernels.now += 60
        for kernel_id in kernels.running:
            kernels.running[kernel_id].update(pages=1)
        await seats.sweep()
        assert (seats.taken, late.done()) == (20, False)
        late.cancel()

    asyncio.run(colleagues())


@pytest.mark.usefixtures("without_spare")
def test_one_visitor_cannot_fill_the_line(kernels):
    async def day() -> None:
        seats = seated(kernels, 2)
        enter = lambda who: asyncio.ensure_future(seats.enter(lambda _: None, room.Guest(who)))  # noqa: E731
        visits = [enter("greedy") for _ in range(2 + room._LINE)]
        await settle()
        with pytest.raises(LineFullError):
            await seats.enter(lambda _: None, room.Guest("greedy"))
        visits.append(enter("ann"))
        await settle()
        await seats.leave(visits[0].result())
        await settle()
        assert visits[-1].done()
        for visit in visits:
            visit.cancel()

    asyncio.run(day())


@pytest.mark.usefixtures("without_spare")
def test_a_day_of_visitors_of_every_kind_leaves_no_kernel(kernels):
    """24 hours of visits: some say good-bye, some vanish, some sleep, some kernels crash."""
    luck = random.Random(8)

    async def day() -> int:
        seats, served = seated(kernels, 5), 0
        events: list[tuple[float, int, str, str]] = []
        order = itertools.count()
        later = lambda after, what, who="": heapq.heappush(  # noqa: E731
            events, (kernels.now + after, next(order), what, who)
        )

        async def visit() -> None:
            nonlocal served
            kernel_id = await seats.enter(lambda _: None)
            served += 1
            if luck.random() < 0.1:  # never connects: the browser was closed while it opened
                return
            kernels.running[kernel_id]["pages"] = 1
            ends = luck.choices(["bye", "vanish", "crash", "sleep"], (6, 2, 1, 1))[0]
            later(luck.expovariate(1 / 150), ends, kernel_id)

        visits = []
        arrivals = sorted(luck.uniform(0, 86_400) for _ in range(700))
        for moment in arrivals:
            heapq.heappush(events, (moment, next(order), "come", ""))
        later(2, "sweep")
        while events and kernels.now < 90_000:
            kernels.now, _, what, who = heapq.heappop(events)
            if what == "come":
                visits.append(asyncio.ensure_future(visit()))
                if luck.random() < 0.05:  # gives up at once, in line or while Python starts
                    await asyncio.sleep(0)
                    visits[-1].cancel()
            elif what == "sweep":
                await seats.sweep()
                later(10, "sweep")
            elif what == "bye":
                await seats.leave(who)
            elif who in kernels:
                kernels.running[who].update({"vanish": {"pages": 0}, "crash": {"alive": False}}.get(what, {}))
                if what == "sleep":
                    later(3_000, "vanish", who)
            await settle()
        assert seats.waiting == 0
        assert all(visit.done() for visit in visits)
        assert seats.taken == 0
        return served

    served = asyncio.run(day())
    assert served > 600
    assert kernels.most <= 5
    assert not kernels.running


def processes(app: live.App) -> list[psutil.Process]:
    return psutil.Process(app.pid).children(recursive=True)


def fewest(app: live.App, wanted: int, seconds: float) -> int:
    """Processes of a server, as soon as there are no more than wanted, or after so many seconds."""
    until = time.monotonic() + seconds
    while (found := len(processes(app))) > wanted and time.monotonic() < until:
        time.sleep(0.2)
    return found


def test_visitors_wait_in_line_and_come_in_by_themselves(tiny_workspace, private_home):
    with live.running_app("-w", str(tiny_workspace), "--seats", "1") as app:
        member = Client(app).login()
        kernel = re.search(r'dataset\.kernelId = "([^"]+)"', member.get("/plain").text)[1]
        parts = urlsplit(app.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        cookie = "; ".join(f"{item.name}={item.value}" for item in member.jar)
        connection.request("GET", "/plain?lang=zh", headers={"Cookie": cookie})
        answer = connection.getresponse()
        page = b""
        while b"workbenchWait(1)" not in page:
            page += answer.readline()
        assert b"dataset.kernelId = " not in page
        xsrf = next(item.value for item in member.jar if item.name == "_xsrf")
        assert member.post(f"/voila/api/shutdown/{kernel}", _xsrf=xsrf).status == 204
        text = (page + answer.read()).decode()
        assert answer.status == 200
        assert text.index("workbenchWait(0)") < text.index("plain 42")
        assert "您排在第 #" in text


@pytest.mark.soak
def test_many_real_visits_leave_no_process(tiny_workspace, private_home):
    """What the simulated day does, with real kernels: 300 visits, most of which just vanish."""
    with live.running_app("-w", str(tiny_workspace), "--seats", "4") as app:
        member = Client(app).login()
        for _ in range(300):
            page = member.get("/plain").text
            assert "plain 42" in page
            kernel = re.search(r'dataset\.kernelId = "([^"]+)"', page)[1]
            xsrf = next(item.value for item in member.jar if item.name == "_xsrf")
            if random.random() < 0.9:
                member.post(f"/voila/api/shutdown/{kernel}", _xsrf=xsrf)
            assert fewest(app, 6, 10) <= 6, "a seventh is a fork on its way, or a kernel that is just ending"
        assert fewest(app, 2, 2 * room.OPENING_SECONDS) <= 2, "the template and one spare kernel"
