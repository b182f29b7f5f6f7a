"""Keys: outside the workspace, checked, and never guessed or made twice."""

from __future__ import annotations

import base64
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.privacy import ring as rings
from workbench.privacy.ring import Ring

KEY = bytes(range(32))


def refused(folder, sentence):
    with pytest.raises(wb.WorkbenchError, match=sentence):
        rings.ring(folder)


def test_the_first_key_is_made_outside_and_only_its_owner_can_read_it(store, home):
    found = rings.ring(store.path)
    file = rings.key_file(store.path)
    assert file.parent == home / "keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert len(found.keys[0]) == 32
    assert rings.ring(store.path) == found


def test_the_workspace_keeps_only_a_fingerprint(store):
    found = rings.ring(store.path)
    known = json.loads((store.path / rings.IDENTITY).read_text())
    assert known == {"workspace": found.workspace, "keys": 1, "fingerprint": found.fingerprint()}
    spellings = (found.keys[0], base64.b64encode(found.keys[0]), found.keys[0].hex().encode())
    for file in store.path.rglob("*"):
        if file.is_file():
            assert not any(spelling in file.read_bytes() for spelling in spellings)


@given(
    st.binary(min_size=1, max_size=100),
    st.text("abcdef0123456789", min_size=8, max_size=32),
    st.binary(max_size=20),
)
def test_derived_keys_are_those_of_hkdf(key, workspace, purpose):
    text = purpose.hex()
    expected = HKDF(SHA256(), 32, workspace.encode(), text.encode()).derive(key)
    assert Ring(workspace, (key,)).derived(text) == expected


@pytest.mark.parametrize("written", [KEY, KEY.hex().encode(), base64.b64encode(KEY) + b"\n"])
def test_a_key_made_by_other_means_is_read(store, tmp_path, monkeypatch, written):
    file = tmp_path / "own.key"
    file.write_bytes(written)
    file.chmod(0o600)
    monkeypatch.setenv("WORKBENCH_KEY_FILE", str(file))
    assert rings.ring(store.path).keys == (KEY,)


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        (b"short", "too short: 5 bytes"),
        (bytes(range(100, 116)).hex().encode(), "too short: 16 bytes"),
        (b"", "too short: 0 bytes"),
        (b"a" * 80, "not random"),
        (b"workbench-keys 1\n", "no key in this file"),
    ],
)
def test_a_bad_key_is_a_sentence(store, tmp_path, monkeypatch, written, sentence):
    file = tmp_path / "own.key"
    file.write_bytes(written)
    file.chmod(0o600)
    monkeypatch.setenv("WORKBENCH_KEY_FILE", str(file))
    refused(store.path, sentence)


@given(st.binary(max_size=120))
def test_any_bytes_are_keys_or_one_sentence(tmp_path_factory, content):
    file = tmp_path_factory.mktemp("soup") / "x.key"
    file.write_bytes(content)
    file.chmod(0o600)
    try:
        keys = rings.read(file)
    except wb.WorkbenchError:
        return
    assert keys
    assert all(len(key) >= 32 for key in keys)


def test_a_missing_key_is_not_made_again(store):
    rings.ring(store.path)
    rings.key_file(store.path).unlink()
    refused(store.path, "key of this workspace is missing")


def test_a_wrong_key_is_told_by_its_fingerprint(store):
    old = rings.ring(store.path)
    rings.write(rings.key_file(store.path), (rings.fresh(),))
    refused(store.path, f"{old.fingerprint()[:8]} is needed")


def test_a_key_that_others_can_read_is_refused(store):
    rings.ring(store.path)
    rings.key_file(store.path).chmod(0o644)
    refused(store.path, "Others can read this key file")


def test_a_key_inside_the_workspace_is_refused(store, monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_FILE", str(store.path / "x.key"))
    refused(store.path, "may not lie inside the workspace")


def test_a_named_key_file_that_does_not_exist_is_not_made_in_silence(store, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_KEY_FILE", str(tmp_path / "typo.key"))
    refused(store.path, "does not exist")


def test_a_lost_identity_beside_protected_data_is_a_sentence(filled):
    (filled.path / rings.IDENTITY).unlink()
    refused(filled.path, "Restore it from a backup")


def test_many_threads_make_one_key(store):
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: rings.ring(store.path, create=True), range(16)))
    assert len({one.keys for one in found}) == 1
    assert not [name for name in os.listdir(rings.key_file(store.path).parent) if name.startswith(".")]
