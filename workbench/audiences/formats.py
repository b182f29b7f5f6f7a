"""Formats of an audience file: headers, spelling before hashing, and how small an audience may be.

Sources, read in November 2026: Google Ads Help 7659867 (headers), Google Data Manager API, "Format user
data" (spelling); Meta Business Help 2082575038703844 (headers, 100 people) and Marketing API, "Customer
file custom audiences" (spelling); TikTok Ads Manager Help, "List of supported IDs and formats for a
customer file".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.errors import unknown

LEAST_PEOPLE = 50
"""Persons that any list has at least which leaves the house, as in every other release of small groups."""


@dataclass(frozen=True)
class Format:
    """One kind of file in which persons leave.

    Attributes:
        name: Identifier.
        headers: Column of the file → identifier or personal value in it.
        is_hashed: Whether the values are SHA-256 of the normal spelling, as the platform documents.
        plus: Whether a phone number keeps its `+` before it is hashed.
        plain_gmail: Whether dots and `+tags` of Gmail addresses go before hashing.
        plain_tags: Whether `+tags` of every address go before hashing.
        minimum: Persons under which the platform does not serve the audience.
    """

    name: str
    headers: Mapping[str, str]
    is_hashed: bool = True
    plus: bool = True
    plain_gmail: bool = False
    plain_tags: bool = False
    minimum: int = LEAST_PEOPLE


WORK_LIST = "work_list"
"""The list for a person who calls or writes: clear names, and no least number of persons."""

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        form.name: form
        for form in (
            Format("google_ads", {"Email": "email", "Phone": "phone"}, plain_gmail=True, minimum=100),
            Format("meta_ads", {"email": "email", "phone": "phone"}, plus=False, minimum=100),
            Format(
                "tiktok_ads",
                {"Email_SHA256": "email", "Phone_SHA256": "phone"},
                plus=False, plain_tags=True, minimum=1_000,
            ),
            Format(
                WORK_LIST,
                {"customer_id": "customer_id", "name": "name", "phone": "phone", "email": "email"},
                is_hashed=False, minimum=1,
            ),
        )
    }
)  # fmt: skip


def named(name: str) -> Format:
    """The format of this name.

    Raises:
        QuestionError: for a format that does not exist.
    """
    if name not in FORMATS:
        raise unknown("audience format", name, FORMATS)
    return FORMATS[name]
