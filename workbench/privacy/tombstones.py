"""Who was forgotten: pseudonyms, sealed, so that neither an import nor a restored backup brings them back.

The list is kept twice: beside the customers' keys, and in this user's home, which no backup holds.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Sequence
from pathlib import Path

from workbench import settings
from workbench.privacy import keytable
from workbench.privacy.ring import Ring


def erased(root: Path, ring: Ring) -> set[str]:
    """Pseudonyms under the newest key of all customers who were forgotten."""
    return keytable.erased(root, ring) | remembered(ring)


def remembered(ring: Ring) -> set[str]:
    """Those that this user's home knows of, be they in the workspace (again) or not."""
    from workbench.privacy.pseudonyms import carry

    file = _file(ring)
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    found = set()
    for line in lines:
        entry = json.loads(line)
        if entry["stage"] < len(ring.keys):
            name = keytable.opened_name(ring, base64.b64decode(entry["sealed"]), entry["stage"])
            found.add(carry(ring, name))
    return found


def remember(ring: Ring, customers: Sequence[str]) -> None:
    """Add customers to the list in this user's home."""
    new = sorted(set(customers) - remembered(ring))
    if not new:
        return
    file = _file(ring)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    stage = len(ring.keys) - 1
    with os.fdopen(os.open(file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600), "w") as stream:
        for name in new:
            sealed = base64.b64encode(keytable.sealed_name(ring, name)).decode()
            stream.write(json.dumps({"stage": stage, "sealed": sealed}) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _file(ring: Ring) -> Path:
    return settings.home() / "erased" / f"{ring.workspace}.jsonl"
