"""The UsernameToken, by a published example and by taking it apart as a server does."""

import base64
import hashlib
import re
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from probes.auth.wsse import WsseSettings, username_token
from tests.probes.auth.asking import credential, header, request, sent


def test_the_example_of_those_who_brought_it_to_the_web() -> None:
    settings = WsseSettings.model_validate({"username": "bob", "password": "taadtaadpstcsm"})
    token = username_token(
        settings,
        nonce=b"d36e316282959a9ed4c89851497a717f",
        now=datetime(2003, 12, 15, 14, 43, 7, tzinfo=UTC),
    )
    assert 'PasswordDigest="quR/EWLAV4xLf9Zqyw4pDmfV9OY="' in token
    assert 'Created="2003-12-15T14:43:07Z"' in token


def test_a_server_comes_to_the_same_digest_and_sees_each_nonce_once() -> None:
    held = credential("wsse", {"username": "jürgen", "password": "pässwörd"})
    nonces = set()
    for _ in range(3):
        asked = sent(held, request())
        assert header(asked, "Authorization") == 'WSSE profile="UsernameToken"'
        token = dict(re.findall(r'(\w+)="([^"]*)"', header(asked, "X-WSSE")))
        nonce = base64.b64decode(token["Nonce"])
        whole = nonce + token["Created"].encode() + "pässwörd".encode()
        digest = base64.b64encode(hashlib.sha1(whole, usedforsecurity=False).digest())
        assert token["PasswordDigest"] == digest.decode()
        assert token["Username"] == "jürgen"
        nonces.add(nonce)
    assert len(nonces) == 3


@pytest.mark.parametrize(
    "fields",
    [
        {"username": 'a"b', "password": "c"},
        {"username": "a\\", "password": "c"},
        {"username": "a\r\nb", "password": "c"},
        {"username": "a", "password": "c\nd"},
        {"username": "a"},
    ],
)
def test_what_cannot_be_quoted_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        credential("wsse", fields)
