"""The one way out for persons: who of a group may be addressed, and a file that a platform takes.

`prepare(store, members, "marketing", "email", "google_ads")` says who is released and who is held back,
and why; `export(...)` asks again, opens what is needed, writes the file and a line in the audit log;
`opened(...)` does the same for the list of one person who calls.
"""

from __future__ import annotations

from workbench.audiences.answer import REASONS, Audience, Held
from workbench.audiences.cap import Cap
from workbench.audiences.formats import FORMATS, LEAST_PEOPLE, Format
from workbench.audiences.gate import prepare
from workbench.audiences.release import Release, export, opened
from workbench.audiences.segment import export_segment, of_segment

__all__ = [
    "FORMATS",
    "LEAST_PEOPLE",
    "REASONS",
    "Audience",
    "Cap",
    "Format",
    "Held",
    "Release",
    "export",
    "export_segment",
    "of_segment",
    "opened",
    "prepare",
]
