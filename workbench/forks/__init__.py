"""Kernels forked from a warm process: each starts in a fraction of the time and shares most of its memory.

A *template* (`template.py`) is one process per server that has imported what pages and reports need, and
nothing else: it has opened no store, started no kernel and runs no thread of its own. Told of a workspace, it
lets a child draw the first pages and keeps their answers in memory (`pages.py`). Asked over a private
socket, it forks; the child becomes an ordinary Jupyter kernel (`kernel.py`). The server's side of the socket
is `client.py`; `provisioner.py` is what Jupyter calls, and what falls back to an ordinary kernel.

What could go wrong, and what is done about it:

- **Threads do not survive a fork.** The template only imports; its BLAS is told to use one thread, and it
  refuses to serve when it finds a thread that is not an allocator's (those handle forks themselves).
  DuckDB and Delta start theirs in the child, with the first store.
- **Orphans.** The child forks once more and its middle process ends, so the server, which has made itself
  the reaper of its descendants, becomes the kernel's parent. The system ends the kernel when that parent
  ends, however it ends. The template ends when its socket closes. A template that dies takes no kernel along.
- **Twins.** Random numbers of Python and numpy are seeded anew; keys and UUIDs come from the system anyway.
  Environment, folder and output are the child's own; nothing of another visitor was ever in the template.
- **Comm targets** of ipywidgets are registered at import where a kernel exists: the child does it again.
- **Old answers.** An answer is found only by a store that would work out the same (`store/shared.py`): new
  data, other settings, metrics or profiles, or a limit to some advertisers, and the kernel asks for itself.
- **New code.** Before each fork the age of the package's files is looked at; a template of older code is
  replaced.
- **No fork.** Other systems than Linux, a variable that only counts when Python starts, a template that
  cannot be made: an ordinary kernel, and one line in the log that says why.
"""

from __future__ import annotations

from workbench.forks.provisioner import LOG, STANZA, asked, close

__all__ = ["LOG", "STANZA", "asked", "close"]
