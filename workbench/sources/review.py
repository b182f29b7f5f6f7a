"""What an import answers: PASS, REVIEW or FAIL, findings in sentences, and the rows it set aside."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from workbench.i18n import text, texts

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Status = Literal["PASS", "REVIEW", "FAIL"]
STATUSES: tuple[Status, ...] = ("PASS", "REVIEW", "FAIL")
"""From good to bad."""

MAX_LINES = 100
"""Line numbers that one finding lists."""


@dataclass(frozen=True)
class Finding:
    """One thing to know about a file.

    Attributes:
        status: `PASS` (good to know), `REVIEW` (look at it) or `FAIL` (nothing was imported).
        sentence: What was found.
        action: What to do about it; empty where nothing is to be done.
        lines: Line numbers in the file, at most `MAX_LINES`.
        code: Identifier of the sentence.
        values: What fills the sentence in.
    """

    status: Status
    sentence: str
    action: str = ""
    lines: tuple[int, ...] = ()
    code: str = ""
    values: Mapping[str, object] = field(default_factory=dict)

    def told(self, lang: str) -> tuple[str, str]:
        """Sentence and action in `lang`."""
        return _told(self.code, self.values, lang) if self.code else (self.sentence, self.action)


def finding(status: Status, code: str, lang: str, lines: Sequence[int] = (), **values: object) -> Finding:
    """The finding called `code`, told in `lang`."""
    sentence, action = _told(code, values, lang)
    return Finding(status, sentence, action, tuple(lines)[:MAX_LINES], code, values)


def key(code: str) -> str:
    """Key of a finding's sentence; a code with a point names another room's."""
    return code if "." in code else f"sources.{code}"


def _told(code: str, values: Mapping[str, object], lang: str) -> tuple[str, str]:
    action = f"{key(code)}_do"
    return text(key(code), lang, **values), text(action, lang, **values) if action in texts() else ""


def worst(statuses: Iterable[Status]) -> Status:
    """The worst of some statuses."""
    return max(statuses, key=STATUSES.index, default="PASS")


@dataclass(frozen=True)
class ImportReview:
    """The answer of an import.

    Attributes:
        status: `PASS`: all rows came in and nothing is odd; `REVIEW`: the good rows came in, look at
            the findings; `FAIL`: the file cannot be used and nothing came in.
        source: Source id; empty where the file was not recognised.
        table: Table that took the rows.
        rows_in: Rows read: `rows_ok + rows_quarantined + rows_total`.
        rows_ok: Rows that came in (or would, in a dry run).
        rows_quarantined: Rows set aside, each with its reasons.
        rows_total: The file's own totals rows, never data.
        reconciled: Whether the rows' sums are the file's own totals; None where it has none.
        findings: What to know.
        import_id: Key in the ledger; empty where nothing was imported.
        file: Name of the file or folder.
        mapping: Canonical column → header, as used.
        mapping_confidence: 0 to 1; 1 where it was given, saved or a platform's own.
        period: First and last local date of the rows that came in.
        parts: The files' reviews, for a folder.
        version: Data version after the commit; None where nothing was committed.
        unchanged: Whether the same import was there already.
        lang: Language of the sentences.
    """

    status: Status
    source: str = ""
    table: str = ""
    rows_in: int = 0
    rows_ok: int = 0
    rows_quarantined: int = 0
    rows_total: int = 0
    reconciled: bool | None = None
    findings: tuple[Finding, ...] = ()
    import_id: str = ""
    file: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    mapping_confidence: float = 0.0
    period: tuple[dt.date, dt.date] | None = None
    parts: tuple[ImportReview, ...] = ()
    version: int | None = None
    unchanged: bool = False
    lang: str = "en"
    rejected: pa.Table | None = field(default=None, repr=False, compare=False)

    @cached_property
    def quarantine(self) -> pd.DataFrame:
        """The rows set aside: `line`, `raw` text and `reasons` (and `file`, for a folder)."""
        import pandas as pd

        if self.parts:
            frames = [part.quarantine.assign(file=part.file) for part in self.parts]
            return pd.concat(frames, ignore_index=True)
        if self.rejected is None:
            kinds = {"line": "int64", "raw": "str", "reasons": "str"}
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
        frame: pd.DataFrame = self.rejected.to_pandas()
        return frame

    def to_frame(self) -> pd.DataFrame:
        """The findings: `status`, `sentence`, `action`, `lines`."""
        import pandas as pd

        rows = [(item.status, item.sentence, item.action, list(item.lines)) for item in self.findings]
        return pd.DataFrame(rows, columns=["status", "sentence", "action", "lines"])

    def to_dict(self) -> dict[str, Any]:
        """Everything but the quarantined rows, as plain values."""
        numbers = ("rows_in", "rows_ok", "rows_quarantined", "rows_total", "reconciled")
        names = ("status", "source", "table", *numbers, "import_id", "file", "version", "unchanged", "lang")
        return {
            **{name: getattr(self, name) for name in names},
            "mapping": dict(self.mapping),
            "mapping_confidence": self.mapping_confidence,
            "period": [day.isoformat() for day in self.period] if self.period else None,
            "findings": self.to_frame().to_dict("records"),
            "parts": [part.to_dict() for part in self.parts],
        }

    def __str__(self) -> str:
        lines = [self.headline(self.lang)]
        lines += [f"  {item.status:6} {item.sentence} {item.action}".rstrip() for item in self.findings]
        return "\n".join(lines + [str(part) for part in self.parts])

    def headline(self, lang: str) -> str:
        """Status and counts in one line."""
        counts = {
            name: f"{getattr(self, name):,}"
            for name in ("rows_in", "rows_ok", "rows_quarantined", "rows_total")
        }
        return text("sources.headline", lang, status=self.status, file=self.file, **counts)

    def to_html(self, lang: str = "") -> str:
        """A fragment with the headline, the findings and the parts, in `lang` (default: the review's)."""
        lang = lang or self.lang
        told = [(item, *item.told(lang)) for item in self.findings]
        items = "".join(
            f'<li class="{item.status.lower()}"><b>{item.status}</b> {escape(sentence)} '
            f"<i>{escape(action)}</i>"
            f"{_lines(item.lines, lang)}</li>"
            for item, sentence, action in told
        )
        parts = "".join(part.to_html(lang) for part in self.parts)
        return (
            f'<div class="wb-review {self.status.lower()}"><p>{escape(self.headline(lang))}</p>'
            f"<ul>{items}</ul>{parts}</div>"
        )

    def _repr_html_(self) -> str:
        return self.to_html()


def _lines(lines: Sequence[int], lang: str) -> str:
    if not lines:
        return ""
    shown = ", ".join(map(str, lines[:10])) + (" …" if len(lines) > 10 else "")
    key = "sources.lines" if len(lines) > 1 else "sources.line"
    return " <small>" + escape(text(key, lang, lines=shown)) + "</small>"


def joined(file: str, parts: Sequence[ImportReview], lang: str) -> ImportReview:
    """One review of a folder: sums, the worst status, and its files' findings with their names."""
    reconciled = {part.reconciled for part in parts}
    named = tuple(
        replace(item, sentence=f"{part.file}: {item.sentence}", code="")
        for part in parts
        for item in part.findings
        if item.status != "PASS"
    )
    days = [day for part in parts if part.period for day in part.period]
    sources = {part.source for part in parts if part.source}
    versions = [part.version for part in parts if part.version is not None]
    return ImportReview(
        status=worst(part.status for part in parts),
        source=sources.pop() if len(sources) == 1 else "",
        table=", ".join(sorted({part.table for part in parts if part.table})),
        rows_in=sum(part.rows_in for part in parts),
        rows_ok=sum(part.rows_ok for part in parts),
        rows_quarantined=sum(part.rows_quarantined for part in parts),
        rows_total=sum(part.rows_total for part in parts),
        reconciled=False if False in reconciled else True if True in reconciled else None,
        findings=named,
        import_id=", ".join(part.import_id for part in parts if part.import_id),
        file=file,
        mapping_confidence=min((part.mapping_confidence for part in parts), default=0.0),
        period=(min(days), max(days)) if days else None,
        parts=tuple(parts),
        version=max(versions) if versions else None,
        unchanged=bool(parts) and all(part.unchanged for part in parts),
        lang=lang,
    )
