"""Which pseudonyms a text may mean that a person types: computed by who has the key, else by the server."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

from workbench.errors import PrivacyError
from workbench.privacy import door, pseudonyms
from workbench.privacy.normal import KINDS
from workbench.privacy.ring import IDENTITY, ring


@dataclass(frozen=True)
class Meant:
    """Pseudonyms under which what was typed may stand in the tables.

    Attributes:
        customer: As a customer's own identifier, or as an earlier key's pseudonym.
        identity: As one of the identities: id, e-mail, phone.
    """

    customer: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, tuple[str, ...]]:
        """JSON values."""
        return asdict(self)


def pseudonyms_of(root: Path, text: str) -> Meant:
    """What a text may mean; nothing in a workspace without a key, or for who may not use it.

    Args:
        root: Folder of the workspace.
        text: What was typed.
    """
    if not (root / IDENTITY).is_file():
        return Meant()
    return _told(text) if door.leads_out(root) else computed(root, text)


def computed(root: Path, text: str) -> Meant:
    """What a text may mean, by the workspace's key itself."""
    try:
        keys = ring(root, create=False)
    except PrivacyError:
        return Meant()
    customer = (pseudonyms.carry(keys, text), pseudonyms.of(keys, text))
    identity = (pseudonyms.of(keys, text, kind) for kind in KINDS)
    return Meant(tuple(filter(None, customer)), tuple(filter(None, identity)))


def _told(text: str) -> Meant:
    """As the server says, which has the key; a kernel behind walls has not."""
    try:
        found = door.ask({"meant": text})
    except (OSError, ValueError):
        return Meant()
    return Meant(tuple(found["customer"]), tuple(found["identity"]))
