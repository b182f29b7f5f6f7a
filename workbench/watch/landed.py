"""What came of a file that landed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.i18n import text
from workbench.sources.review import STATUSES, Finding, Status

if TYPE_CHECKING:
    from workbench.sources.review import ImportReview


@dataclass(frozen=True)
class Landed:
    """One file, or the folder itself where that cannot be read.

    Attributes:
        file: Path inside the watched folder; empty for the folder.
        status: `PASS`, `REVIEW` or `FAIL`.
        review: The import's review; None where there is none.
        sentence: What is wrong, where there is no review.
        action: What to do about it.
        again: Whether it is tried again by itself: the fault is not the file's.
        lang: Language of the sentences.
    """

    file: str
    status: Status
    review: ImportReview | None = None
    sentence: str = ""
    action: str = ""
    again: bool = False
    lang: str = "en"

    @property
    def unchanged(self) -> bool:
        """Whether the same import was there already."""
        return self.review is not None and self.review.unchanged

    def told(self, lang: str = "") -> tuple[str, str]:
        """What came of it in one sentence, and what to do."""
        lang = lang or self.lang
        if self.review is None:
            return self.sentence, self.action
        counts = {name: f"{getattr(self.review, name):,}" for name in ("rows_ok", "rows_quarantined")}
        key = "unchanged" if self.unchanged else "nothing" if self.status == "FAIL" else "imported"
        headline = text(f"watch.{key}", lang, **counts)
        main = _main(self.review.findings)
        if main is None or main.status == "PASS":
            return headline, ""
        said, action = main.told(lang)
        if not action and self.review.import_id:
            action = text("watch.review", lang, id=self.review.import_id[:8])
        return joined(lang, headline, said), action

    def line(self, lang: str = "") -> str:
        """The file in one line."""
        lang = lang or self.lang
        again = text("watch.again", lang) if self.again else ""
        return f"{self.status:6} {self.file or '.'}: {joined(lang, *self.told(lang), again)}"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the status file."""
        sentence, action = self.told("en")
        import_id = self.review.import_id if self.review else ""
        return {
            "file": self.file,
            "status": self.status,
            "sentence": sentence,
            "action": action,
            "import_id": import_id,
            "unchanged": self.unchanged,
        }


def joined(lang: str, *sentences: str) -> str:
    """Sentences in one line."""
    return ("" if lang == "zh" else " ").join(" ".join(one.split()) for one in sentences if one)


def _main(findings: tuple[Finding, ...]) -> Finding | None:
    """The finding that says most: the first of the worst."""
    return max(findings, key=lambda item: STATUSES.index(item.status), default=None)
