"""Content that cannot be imported, as one finding's code and values; becomes a FAIL review."""

from __future__ import annotations


class Unusable(Exception):
    """The file can be opened, but nothing in it can be imported.

    Args:
        code: Key of the sentence in `i18n/sources.toml`.
        values: What fills it in.
    """

    def __init__(self, code: str, **values: object) -> None:
        self.code, self.values = code, values
        super().__init__(code)
