"""Identifiers in the spelling that each platform documents, and their hashes.

A SHA-256 of an e-mail address is no anonymity: whoever has the address finds it. It only keeps the file
from being read by the way; that is why the gate asks for consent first.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from workbench.privacy.normal import normal

if TYPE_CHECKING:
    import pandas as pd

    from workbench.audiences.formats import Format

_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_GMAIL = ("gmail.com", "googlemail.com")


def spelled(form: Format, personal: pd.DataFrame, country: str = "") -> pd.DataFrame:
    """The identifiers of each person as the file holds them; what is none is empty.

    Args:
        form: Format of the file.
        personal: One row a person with `email` and `phone`, among others.
        country: Calling code of national phone numbers, for example `49`.

    Returns:
        The file's columns, row by row.
    """
    import pandas as pd

    ready = {"email": _emails(form, personal["email"]), "phone": _phones(form, personal["phone"], country)}
    columns: dict[str, Any] = {
        header: ready[value] if value in ready else list(personal[value].fillna(""))
        for header, value in form.headers.items()
    }
    return pd.DataFrame(columns, dtype=object)


def hashed(text: str) -> str:
    """SHA-256 in hexadecimal digits (FIPS 180-4); nothing stays nothing."""
    return hashlib.sha256(text.encode()).hexdigest() if text else ""


def _emails(form: Format, values: Any) -> list[str]:
    plain = [_address(form, text) for text in _normal(values, "email")]
    return [hashed(text) for text in plain] if form.is_hashed else plain


def _phones(form: Format, values: Any, country: str) -> list[str]:
    """E.164; a number whose country is not known matches nobody, and stays only in a work list."""
    found = _normal(values, "phone", country)
    if not form.is_hashed:
        return found
    known = [text if _NUMBER.fullmatch(text) else "" for text in found]
    return [hashed(text if form.plus else text.lstrip("+")) for text in known]


def _normal(values: Any, kind: Any, country: str = "") -> list[str]:
    import pyarrow as pa

    texts = [value if isinstance(value, str) else None for value in values]
    return [text or "" for text in normal(pa.array(texts, pa.string()), kind, country).to_pylist()]


def _address(form: Format, text: str) -> str:
    text = re.sub(r"\s", "", text)
    if not _ADDRESS.fullmatch(text):
        return ""
    user, domain = text.split("@")
    if form.plain_tags or (form.plain_gmail and domain in _GMAIL):
        user = user.split("+")[0]
    if form.plain_gmail and domain in _GMAIL:
        user = user.replace(".", "")
    return f"{user}@{domain}" if user else ""
