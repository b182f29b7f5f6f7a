"""Why something cannot be saved or changed, in both languages: what is so, and the ways out."""

from __future__ import annotations

from workbench.errors import QuestionError
from workbench.i18n import text


class Refused(QuestionError):
    """A saved thing that cannot be made, found or changed.

    Args:
        code: Identifier of the sentence.
        where: File, where there is one.
        values: What fills the sentence in.
    """

    def __init__(self, code: str, where: str = "", **values: object) -> None:
        self.code, self.values = code, values
        super().__init__(*self._parts("en"), where)

    def told(self, lang: str) -> str:
        """The sentence and the ways out in `lang`."""
        return ("" if lang == "zh" else " ").join(self._parts(lang))

    def _parts(self, lang: str) -> tuple[str, str]:
        return text(f"saved.{self.code}", lang, **self.values), text(
            f"saved.{self.code}_do", lang, **self.values
        )


class Conflict(Refused):
    """A change that stands on an older revision than the one that is there."""
