"""Keys: outside the workspace, in one small file; the workspace only knows their fingerprint.

The file holds a ring of keys, the oldest first. The first one makes pseudonyms of identifiers; each
later one makes pseudonyms of pseudonyms, so that a new key needs no identifier to be known. What a key
is used for is a key of its own, derived from it and the workspace's id (HKDF-SHA256, RFC 5869).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import secrets
import stat
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from workbench import settings
from workbench.errors import PrivacyError

VARIABLE = "WORKBENCH_KEY_FILE"
HEADER = "workbench-keys 1"
LEAST_BYTES = 32
IDENTITY = Path("vault") / "workspace.json"
_LEAST_KINDS = 12
"""Different bytes that even an unlucky random key has; 'aaaa…' and passwords of few letters have fewer."""


@dataclass(frozen=True)
class Ring:
    """The keys in force for one workspace, the oldest first."""

    workspace: str
    keys: tuple[bytes, ...]

    def derived(self, purpose: str, stage: int = -1) -> bytes:
        """Key of 32 bytes for one purpose, from the key of a stage (the newest by default)."""
        extracted = hmac.digest(self.workspace.encode(), self.keys[stage], "sha256")
        return hmac.digest(extracted, purpose.encode() + b"\x01", "sha256")

    def fingerprint(self, stage: int = -1) -> str:
        """What the workspace keeps of a key: 32 hexadecimal digits that do not lead back to it."""
        return self.derived("fingerprint", stage).hex()[:32]

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Four digits of each key, with which its pseudonyms begin."""
        return tuple(self.derived("tag", stage).hex()[:4] for stage in range(len(self.keys)))

    @cached_property
    def first(self) -> Ring:
        """Only the first key: what it makes stays the same when keys rotate."""
        return Ring(self.workspace, self.keys[:1])

    def mark(self, purpose: str, text: str, stage: int = -1) -> str:
        """A keyed mark of a text that no other purpose can make or recognise."""
        return hmac.digest(self.derived(purpose, stage), text.encode(), "sha256").hex()[:32]


def workspace_id(root: Path) -> str:
    """Identity of a workspace, made on first use; a copy of the folder keeps it."""
    return str(_identity(root)["workspace"])


def key_file(root: Path) -> Path:
    """Where the keys of a workspace are looked for.

    Raises:
        PrivacyError: for a place inside the workspace.
    """
    named = os.environ.get(VARIABLE)
    home = settings.home() / "keys" / f"{workspace_id(root)}.key"
    file = Path(named).expanduser().resolve() if named else home
    if file.is_relative_to(root.resolve()):
        raise PrivacyError(
            "The key may not lie inside the workspace that it protects.",
            f"Move it elsewhere and set {VARIABLE} to its path.",
            str(file),
        )
    return file


def ring(root: Path, create: bool = True) -> Ring:
    """The workspace's keys in force.

    Args:
        root: Folder of the workspace.
        create: Whether a workspace that never had a key gets one.

    Raises:
        PrivacyError: for a missing, short, readable or wrong key, saying which.
    """
    known = _identity(root)
    count = int(str(known.get("keys", 0)))
    file = key_file(root)
    if not count:
        if not create:
            raise PrivacyError(
                "This workspace has no key yet, for nothing in it is protected.",
                "It gets one with the first customers that are imported, or by: workbench key new",
                str(root),
            )
        return _first(root, file)
    keys = read(file)
    found = Ring(str(known["workspace"]), keys[:count])
    if len(keys) < count or found.fingerprint() != known["fingerprint"]:
        raise PrivacyError(
            f"This is not the key of this workspace: its fingerprint is {found.fingerprint()[:8]}, "
            f"and {str(known['fingerprint'])[:8]} is needed.",
            f"Put the right file there, or set {VARIABLE} to its path.",
            str(file),
        )
    return found


def settled(root: Path) -> Ring:
    """The keys in force, for what adds or erases: not while the file holds a newer key.

    Raises:
        PrivacyError: for a key that is missing or wrong, or one that waits to come into force.
    """
    found = ring(root)
    if len(read(key_file(root))) > len(found.keys):
        raise PrivacyError(
            "The key file holds a newer key than this workspace uses: a rotation was cut short, or another "
            "workspace shares the file.",
            "Bring it into force with: workbench key rotate",
            str(root),
        )
    return found


def read(file: Path) -> tuple[bytes, ...]:
    """The keys of a key file.

    Raises:
        PrivacyError: for a file that is missing, open to others, short or not random.
    """
    try:
        content = file.read_bytes()
        others = os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077
    except FileNotFoundError:
        raise PrivacyError(
            "The key of this workspace is missing; without it nothing personal can be read or added.",
            f"Put the file back there, or set {VARIABLE} to its path.",
            str(file),
        ) from None
    except OSError as error:
        raise PrivacyError(
            f"The key cannot be read: {error.strerror}.", "Check its rights.", str(file)
        ) from None
    if others:
        raise PrivacyError("Others can read this key file.", f"Run: chmod 600 {file}", str(file))
    keys = _parsed(content)
    if not keys:
        raise PrivacyError("There is no key in this file.", "Put the right file there.", str(file))
    for number, key in enumerate(keys, 1):
        _check(key, number, file)
    return keys


def write(file: Path, keys: tuple[bytes, ...], new: bool = False) -> None:
    """Write a key file that only its owner can read, in one step.

    Raises:
        PrivacyError: when it cannot be written, or is `new` and stands already.
    """
    lines = [HEADER, *(base64.b64encode(key).decode() for key in keys)]
    part = file.with_name(f".{file.name}.{uuid4().hex}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as stream:
            stream.write("\n".join(lines) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        if new:
            os.link(part, file)  # refuses to replace a key
        else:
            os.replace(part, file)
    except FileExistsError:
        raise PrivacyError("There is a key file already.", "Nothing was changed.", str(file)) from None
    except OSError as error:
        raise PrivacyError(
            f"The key file cannot be written: {error.strerror}.",
            f"Choose another place with {VARIABLE}, or write to it as its owner.",
            str(file),
        ) from None
    finally:
        part.unlink(missing_ok=True)


def fresh() -> bytes:
    """A new random key of 32 bytes."""
    return secrets.token_bytes(LEAST_BYTES)


def in_force(root: Path, keys: Ring) -> None:
    """Note in the workspace how many keys of the file are in force, and the newest one's fingerprint."""
    _save(root, {"workspace": keys.workspace, "keys": len(keys.keys), "fingerprint": keys.fingerprint()})


def count(root: Path) -> int:
    """How many keys are in force; 0 where nothing was ever protected."""
    file = root / IDENTITY
    return int(json.loads(file.read_text("utf-8")).get("keys", 0)) if file.is_file() else 0


def _first(root: Path, file: Path) -> Ring:
    if not file.exists():
        if os.environ.get(VARIABLE):
            raise PrivacyError(
                f"{VARIABLE} names a key file that does not exist.",
                "Correct the variable, or make the key there with: workbench key new",
                str(file),
            )
        try:
            write(file, (fresh(),), new=True)
        except PrivacyError:
            if not file.exists():  # else another process was first
                raise
    made = Ring(workspace_id(root), read(file))
    in_force(root, made)
    return made


def _identity(root: Path) -> dict[str, object]:
    file = root / IDENTITY
    try:
        found = json.loads(file.read_text("utf-8"))
        if isinstance(found, dict) and "workspace" in found:
            return found
    except FileNotFoundError:
        if (root / "vault" / "keys.sqlite").exists():
            raise _damaged(file) from None
        _save(root, {"workspace": uuid4().hex}, new=True)
        return _identity(root)
    except (OSError, ValueError):
        pass
    raise _damaged(file)


def _damaged(file: Path) -> PrivacyError:
    return PrivacyError(
        "This file says which key the workspace needs, and it cannot be read.",
        "Restore it from a backup.",
        str(file),
    )


def _save(root: Path, content: dict[str, object], new: bool = False) -> None:
    file = root / IDENTITY
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.{uuid4().hex}")
    with part.open("w", encoding="utf-8") as stream:
        json.dump(content, stream)
        stream.flush()
        os.fsync(stream.fileno())
    if new:
        try:
            os.link(part, file)
        except FileExistsError:  # another process was first
            pass
        finally:
            part.unlink()
    else:
        os.replace(part, file)


def _parsed(content: bytes) -> tuple[bytes, ...]:
    """Keys of a ring, or the one key of a file made by other means: raw, hexadecimal or Base64."""
    lines = content.splitlines()
    if lines and lines[0].strip() == HEADER.encode():
        return tuple(_decoded(line.strip()) for line in lines[1:] if line.strip())
    return (_decoded(content.strip()),) if content.isascii() else (content,)


def _decoded(text: bytes) -> bytes:
    for decode in (binascii.unhexlify, lambda value: base64.b64decode(value, validate=True)):
        try:
            return bytes(decode(text))
        except (binascii.Error, ValueError):
            continue
    return text


def _check(key: bytes, number: int, file: Path) -> None:
    if len(key) < LEAST_BYTES:
        raise PrivacyError(
            f"Key {number} in this file is too short: {len(key)} bytes, and {LEAST_BYTES} are needed.",
            "Make one with: workbench key new",
            str(file),
        )
    if len(set(key)) < _LEAST_KINDS:
        raise PrivacyError(
            f"Key {number} in this file is not random.", "Make one with: workbench key new", str(file)
        )
