"""Identifiers in one spelling, so that one person has one pseudonym whatever the source wrote."""

from __future__ import annotations

from typing import Any, Literal

Kind = Literal["id", "email", "phone"]
KINDS: tuple[Kind, ...] = ("id", "email", "phone")


def normal(values: Any, kind: Kind, country: str = "") -> Any:
    """Return identifiers in normal form; what holds nothing is null.

    Args:
        values: Arrow array of texts or whole numbers.
        kind: `id`: trimmed, full-width letters made plain. `email`: also in small letters. `phone`: E.164
            where it can be told: `00` is `+`, a Chinese mobile number gets `+86`, a national number
            with a leading 0 gets `country`; else its digits.
        country: Calling code of national phone numbers, for example `49`.

    Returns:
        Arrow array of texts of the same length.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(pc.utf8_normalize(pc.cast(values, pa.string()), form="NFKC"))
    if kind == "email":
        text = pc.utf8_lower(pc.replace_substring_regex(text, r"^(?i:mailto:)\s*", ""))
    elif kind == "phone":
        text = _phone(text, country)
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _phone(text: Any, country: str) -> Any:
    import pyarrow.compute as pc

    text = pc.replace_substring_regex(text, r"^(?i:tel:)|\(0\)|[^0-9+]", "")
    text = pc.replace_substring_regex(text, r"^(\+|00)0*", "+")
    text = pc.replace_substring_regex(text, r"(.)\++", r"\1")
    text = pc.replace_substring_regex(text, r"^(?:86)?(1[3-9][0-9]{9})$", r"+86\1")
    if code := country.lstrip("+0"):
        text = pc.replace_substring_regex(text, r"^0?([1-9][0-9]{5,})$", rf"+{code}\1")
    return pc.if_else(pc.equal(text, "+"), "", text)
