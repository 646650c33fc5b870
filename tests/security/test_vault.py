"""Abuse cases 55 and 56: what is sealed opens in its own place only, and keys can be changed."""

import base64
import dataclasses
import uuid
from secrets import token_bytes
from typing import Any

import pytest

from security.vault import DataKey, KeyRing, Sealed, VaultError, WrappedKey, place

ORGANIZATION, ROW = uuid.uuid4(), uuid.uuid4()
HERE: dict[str, Any] = {"organization": ORGANIZATION, "row": ROW, "kind": "bearer", "version": 1}
PLACE = place("credential", **HERE)


def written(key_id: str, key: bytes | None = None) -> str:
    return f"{key_id}:{base64.b64encode(key or bytes(range(32))).decode()}"


def test_what_was_sealed_can_be_opened() -> None:
    key = DataKey.new()
    sealed = key.seal(b"hush", bound_to=PLACE)
    assert b"hush" not in sealed.ciphertext
    assert key.open(sealed, bound_to=PLACE) == b"hush"


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    key = DataKey.new()
    first, second = (key.seal(b"hush", bound_to=PLACE) for _ in range(2))
    assert first.nonce != second.nonce
    assert first.ciphertext != second.ciphertext


@pytest.mark.abuse(55)
@pytest.mark.parametrize(
    "elsewhere",
    [
        {"organization": uuid.uuid4()},
        {"row": uuid.uuid4()},
        {"kind": "basic"},
        {"version": 2},
        {"organization": ROW, "row": ORGANIZATION},
    ],
)
def test_it_cannot_be_opened_in_another_place(elsewhere: dict[str, Any]) -> None:
    key = DataKey.new()
    sealed = key.seal(b"hush", bound_to=PLACE)
    with pytest.raises(VaultError, match="belongs to another row or column"):
        key.open(sealed, bound_to=place("credential", **{**HERE, **elsewhere}))


@pytest.mark.abuse(55)
def test_it_cannot_be_opened_for_another_purpose() -> None:
    key = DataKey.new()
    sealed = key.seal(b"hush", bound_to=PLACE)
    with pytest.raises(VaultError):
        key.open(sealed, bound_to=place("webhook", **HERE))


@pytest.mark.abuse(55)
@pytest.mark.parametrize("position", [0, 3, -1])
def test_a_damaged_ciphertext_is_refused(position: int) -> None:
    key = DataKey.new()
    sealed = key.seal(b"hush", bound_to=PLACE)
    damaged = bytearray(sealed.ciphertext)
    damaged[position] ^= 1
    with pytest.raises(VaultError):
        key.open(dataclasses.replace(sealed, ciphertext=bytes(damaged)), bound_to=PLACE)


@pytest.mark.parametrize("sealed", [Sealed(b"", b""), Sealed(b"x" * 12, b""), Sealed(b"x", b"y")])
def test_what_was_never_sealed_is_refused(sealed: Sealed) -> None:
    with pytest.raises(VaultError):
        DataKey.new().open(sealed, bound_to=PLACE)


def test_a_key_does_not_open_what_another_sealed() -> None:
    sealed = DataKey.new().seal(b"hush", bound_to=PLACE)
    with pytest.raises(VaultError):
        DataKey.new().open(sealed, bound_to=PLACE)


def test_a_data_key_is_wrapped_by_the_first_key_of_the_ring() -> None:
    ring = KeyRing.parse(f"{written('k2')}, {written('k1')}")
    wrapped = ring.wrap(DataKey.new())
    assert (ring.active, wrapped.wrapped_by, len(wrapped.wrapped)) == ("k2", "k2", 40)


def test_a_new_key_in_front_leaves_old_data_keys_readable() -> None:
    old = written("k1")
    key = DataKey.new()
    wrapped = KeyRing.parse(old).wrap(key)
    ring = KeyRing.parse(f"{written('k2')},{old}")
    assert ring.unwrap(wrapped) == key
    assert ring.unwrap(ring.rewrap(wrapped)) == key
    assert ring.rewrap(wrapped).wrapped_by == "k2"


@pytest.mark.abuse(56)
def test_after_a_rewrap_the_old_key_is_not_needed() -> None:
    old, new = written("k1"), written("k2")
    key = DataKey.new()
    wrapped = KeyRing.parse(f"{new},{old}").rewrap(KeyRing.parse(old).wrap(key))
    assert KeyRing.parse(new).unwrap(wrapped) == key


@pytest.mark.abuse(56)
def test_a_key_that_is_missing_is_named() -> None:
    wrapped = KeyRing.parse(written("k1")).wrap(DataKey.new())
    with pytest.raises(VaultError, match="lacks the key k1"):
        KeyRing.parse(written("k2")).unwrap(wrapped)


def test_another_key_of_the_same_name_is_noticed() -> None:
    wrapped = KeyRing.parse(written("k1", token_bytes(32))).wrap(DataKey.new())
    with pytest.raises(VaultError, match="k1 differs"):
        KeyRing.parse(written("k1")).unwrap(wrapped)


def test_a_wrapped_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(VaultError):
        KeyRing.parse(written("k1")).unwrap(WrappedKey("k1", b"short"))


@pytest.mark.parametrize(
    "text",
    [
        "k1",
        "k1:",
        ":" + base64.b64encode(bytes(32)).decode(),
        "k1:not base64!",
        written("k1", bytes(31)),
        written("k1", bytes(33)),
        written("UPPER"),
        written("k" * 33),
        written("k 1"),
    ],
)
def test_a_ring_that_is_not_right_says_its_form_and_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="must look like") as refused:
        KeyRing.parse(text)
    _, _, key = text.partition(":")
    assert not key or key not in str(refused.value)


@pytest.mark.abuse(56)
@pytest.mark.parametrize("text", ["", " ", ",", " , "])
def test_an_empty_ring_says_how_to_make_a_key(text: str) -> None:
    with pytest.raises(ValueError, match="downtime keys encryption"):
        KeyRing.parse(text)


def test_two_keys_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two keys with the same id"):
        KeyRing.parse(f"{written('k1')},{written('k1')}")


def test_fingerprints_tell_secrets_apart_within_an_organization_only() -> None:
    key = DataKey.new()
    assert key.fingerprint("hush") == key.fingerprint("hush") != key.fingerprint("hash")
    assert key.fingerprint("hush") != DataKey.new().fingerprint("hush")
    assert len(key.fingerprint("hush")) == 8
    int(key.fingerprint("jürgen"), 16)


def test_keys_do_not_show_in_their_own_text() -> None:
    secret = b"0123456789abcdef0123456789abcdef"
    ring = KeyRing({"k1": secret})
    assert repr(ring) == "KeyRing(k1)"
    assert "0123" not in repr(DataKey(secret))
