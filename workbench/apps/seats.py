"""Who has a kernel: so many visitors at once; others wait in line, and seats nobody uses come back.

Who holds many seats gives some up when others wait with none (`fair`); one page at each sweep.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

from workbench.apps import fair
from workbench.apps.visitors import VisitorKernels, warm

LOG = logging.getLogger("workbench.apps")
OPENING_SECONDS = 60.0
"""How long a page may take until it holds its kernel's connection."""
GRACE_SECONDS, GRACE_WHEN_WAITED = 60.0, 10.0
"""How long a kernel is kept for a page whose connection is gone; the shorter while others wait."""
IDLE_WHEN_WAITED = 600.0
"""How long an open page may rest before it makes room for one who waits; its address keeps its state."""
SWEEP_SECONDS = 2.0
_LINE = 10
"""Visitors who may wait, for each seat, and pages that one may wait with; more are asked to come back."""


@dataclass
class _Turn:
    """One who waits: the future that comes true, whom to tell the place, and who that is."""

    come: asyncio.Future[None]
    told: Callable[[int], None]
    whose: str
    place: int = 0


@dataclass(frozen=True)
class Guest:
    """Who takes a seat.

    Attributes:
        whose: What all requests of this visitor have in common; nobody else reaches the kernel.
        holds: Whether the login still opens something.
        walls: Whose walls the kernel needs; one made before with others does not do.
    """

    whose: str = ""
    holds: Callable[[], bool] = lambda: True
    walls: str = "steward"


@dataclass
class _Seat:
    """A seat in use: when its page was last seen, since when it is taken, and whether its page ever came."""

    seen: float
    guest: Guest
    since: float
    met: bool = False


class LineFullError(Exception):
    """So many wait that one more would not help."""


class Seats:
    """Gives each visitor a kernel, and takes kernels back that no page holds any more.

    Args:
        kernels: The server's kernels.
        limit: Visitors at once.
        clock: Seconds that only grow.
    """

    def __init__(
        self, kernels: VisitorKernels, limit: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kernels, self.limit, self._clock = kernels, limit, clock
        self._opening = Counter[str]()
        self._seats: dict[str, _Seat] = {}
        self._line: list[_Turn] = []
        self._preparing: asyncio.Future[str] | None = None
        self._prepared_for = ""
        self._knowing = False
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def taken(self) -> int:
        """Seats in use, those of pages that are just opening included."""
        return len(self._seated())

    @property
    def waiting(self) -> int:
        """Visitors in line."""
        return len(self._line)

    async def enter(self, told: Callable[[int], None], guest: Guest = Guest()) -> str:
        """Wait for a seat, then for a kernel: whoever has fewer seats first, and among equals who came first.

        Args:
            told: Told the place in the line whenever it changes: 1 is the next, 0: the turn has come.
            guest: Who comes.

        Returns:
            Id of the kernel.

        Raises:
            LineFullError: when too many wait already, or this visitor with too many pages.
        """
        if self._line or self.taken >= self.limit:
            await self._turn(told, guest.whose)
        else:
            self._opening[guest.whose] += 1
        opening = self._task(self._open(guest))
        try:
            return str(await asyncio.shield(opening))
        except asyncio.CancelledError:
            opening.add_done_callback(self._unwanted)
            raise

    async def leave(self, kernel_id: str) -> None:
        """Stop a visitor's kernel, if it is still there."""
        self._seats.pop(kernel_id, None)
        if kernel_id in self._kernels:
            await self._kernels.shutdown_kernel(kernel_id, now=True)
        self._move_up()

    def belongs(self, kernel_id: str, whose: str) -> bool:
        """Whether a kernel serves this visitor; a spare one serves nobody yet."""
        seat = self._seats.get(kernel_id)
        return seat is not None and seat.guest.whose == whose

    async def watch(self) -> None:
        """Sweep every few seconds, for as long as the server runs."""
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            try:
                await self.sweep()
            except Exception:
                LOG.exception("The seats could not be swept")

    async def sweep(self) -> None:
        """End kernels that died, whose visitors' logins have ended, that no page holds any more, or that rest
        while others wait.
        """
        for kernel_id in list(self._seats):
            if why := await self._over(kernel_id):
                LOG.info("Kernel %s is ended: %s", kernel_id, why)
                await self.leave(kernel_id)
        await self._make_room()
        self._move_up()
        self._renew()

    def prepare(self, after: float = 0, walls: str = "steward") -> None:
        """Make a spare kernel with these walls, so that the machine serves the page at hand first."""
        self._task(self._prepare(after, walls))

    def _seated(self) -> list[str]:
        """Visitors with a seat, one entry for each, those of pages that are just opening included."""
        held = (seat.guest.whose for kernel_id, seat in self._seats.items() if kernel_id in self._kernels)
        return [*held, *self._opening.elements()]

    async def _turn(self, told: Callable[[int], None], whose: str) -> None:
        mine = sum(turn.whose == whose for turn in self._line)
        if len(self._line) >= _LINE * self.limit or mine >= _LINE:
            raise LineFullError
        turn = _Turn(asyncio.get_running_loop().create_future(), told, whose)
        self._line.append(turn)
        self._tell()
        try:
            await turn.come
        except asyncio.CancelledError:
            self._gone(turn)
            raise

    def _gone(self, turn: _Turn) -> None:
        """One who waited has left, perhaps at the moment the turn came."""
        if turn in self._line:
            self._line.remove(turn)
            self._tell()
        elif not turn.come.cancelled():
            self._opening[turn.whose] -= 1
        self._move_up()

    def _unwanted(self, opening: asyncio.Task[str]) -> None:
        """The visitor left before the kernel came."""
        if not opening.cancelled() and not opening.exception():
            self._task(self.leave(opening.result()))

    def _move_up(self) -> None:
        """Let in whoever is next while seats are free, and tell the others where they are."""
        moved = False
        while self._line and self.taken < self.limit:
            turn = self._in_turn()[0]
            self._line.remove(turn)
            turn.come.set_result(None)
            turn.told(0)
            self._opening[turn.whose] += 1
            moved = True
        if moved:
            self._tell()

    def _in_turn(self) -> list[_Turn]:
        """Who waits, the next one first."""
        line = [turn.whose for turn in self._line]
        return [self._line[at] for at in fair.order(line, self._seated())]

    def _tell(self) -> None:
        """Tell those whose place is another one now."""
        for place, turn in enumerate(self._in_turn(), 1):
            if turn.place != place:
                turn.place = place
                turn.told(place)

    async def _open(self, guest: Guest) -> str:
        """A kernel for a visitor: the spare one, or a new one; a new spare is prepared behind it.

        Runs to its end even if the visitor leaves meanwhile.
        """
        try:
            kernel_id = await self._spare(guest.walls)
            self._kernels.spare.pop(kernel_id, None)
            self._seats[kernel_id] = _Seat(self._clock(), guest, self._clock())
        finally:
            self._opening[guest.whose] -= 1
            self._move_up()
        self.prepare(after=OPENING_SECONDS / 10, walls=guest.walls)
        return kernel_id

    async def _over(self, kernel_id: str) -> str:
        """Why a seat's time is over; empty: it is not."""
        if kernel_id not in self._kernels:
            return "it has ended"
        if not await self._kernels.is_alive(kernel_id):
            return "its process has died"
        seat, now = self._seats[kernel_id], self._clock()
        if not seat.guest.holds():
            return "its visitor's login has ended"
        held = self._kernels.pages(kernel_id) > 0
        if held or self._kernels.busy(kernel_id):
            seat.seen, seat.met = now, seat.met or held
        grace = GRACE_WHEN_WAITED if self._line else GRACE_SECONDS
        return "no page holds it" if now - seat.seen > (grace if seat.met else OPENING_SECONDS) else ""

    async def _make_room(self) -> None:
        """Ask pages to make room for those who wait: long rested ones, and one of who holds too many."""
        long = [kernel_id for kernel_id in self._seats if self._kernels.rests(kernel_id) > IDLE_WHEN_WAITED]
        for kernel_id in self._rested(long)[: len(self._line)]:
            LOG.info("Kernel %s is ended: it rests, and others wait", kernel_id)
            await self.leave(kernel_id)
        many = fair.beyond((turn.whose for turn in self._line), self._seated(), self.limit)
        theirs = [kernel_id for kernel_id, seat in self._seats.items() if seat.guest.whose in many]
        for kernel_id in self._rested(theirs)[:1]:
            LOG.info("Kernel %s is ended: its visitor has others, and others wait", kernel_id)
            await self.leave(kernel_id)

    def _rested(self, found: Iterable[str]) -> list[str]:
        """Kernels, the longest rested first; among those that work, who has worked longest."""
        return sorted(found, key=lambda one: (-self._kernels.rests(one), self._seats[one].since))

    async def _spare(self, walls: str) -> str:
        """A kernel with these walls: one that was made before, or a new one."""
        if self._preparing and not self._preparing.done() and self._prepared_for == walls:
            return await self._claim()
        for kernel_id in [found for found, whose in self._kernels.spare.items() if whose == walls]:
            if self._kernels.spare.pop(kernel_id, None) is None:  # taken while another was looked at
                continue
            if kernel_id in self._kernels and await self._kernels.is_alive(kernel_id):
                return str(kernel_id)
            await self.leave(kernel_id)
        return await self._kernels.start(walls)

    async def _claim(self) -> str:
        """The spare that is just starting; only the first who asks gets it."""
        preparing, self._preparing = self._preparing, None
        assert preparing is not None
        return await preparing

    def _renew(self) -> None:
        """After new data, spares that know its first pages; the old ones go when the answers are there."""
        if self._kernels.spare and self._kernels.behind and not (self._line or self._knowing):
            self._knowing = True
            self._task(self._replace())

    async def _replace(self) -> None:
        old = {}
        try:
            await self._kernels.know()
            old = dict(self._kernels.spare)
            self._kernels.spare.clear()  # before anything is waited for: nobody may be given one that goes
            for kernel_id in old:
                await self.leave(kernel_id)
        finally:
            self._knowing = False
        for walls in dict.fromkeys(old.values()):
            await self._prepare(0, walls)

    async def _prepare(self, after: float, walls: str) -> None:
        await asyncio.sleep(after)
        await self._kernels.know()
        if walls in self._kernels.spare.values() or self._preparing or self._line:
            return
        self._prepared_for = walls
        preparing = self._preparing = asyncio.ensure_future(self._kernels.start(walls))
        kernel_id = await preparing
        if self._preparing is preparing:
            self._preparing = None
            self._kernels.spare[kernel_id] = walls
        await warm(self._kernels.get_kernel(kernel_id))

    def _task(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
