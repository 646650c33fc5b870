"""Certificates of our own authority, as a client judges them that is as strict as it can be."""

import ssl
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from security.certificates import LIFETIME, Authority, Pair

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new(now=NOW)


def shake_hands(authority: Authority, pair: Pair, host: str, directory: Path) -> str | None:
    """Connect a client to a server in memory, and return the version of TLS once it is connected.

    Raise what the client says of the certificate.
    """
    (directory / "server.pem").write_text(pair.certificate + pair.key)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(directory / "server.pem")
    asking = ssl.create_default_context(cadata=authority.pair.certificate)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(back, there, server_hostname=host)
    server = serving.wrap_bio(there, back, server_side=True)
    for side in (client, server, client):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return client.version()


@pytest.mark.parametrize("host", ["redis", "db.internal.example", "10.0.0.7", "fd00::7"])
def test_a_server_is_believed_by_its_name(authority: Authority, tmp_path: Path, host: str) -> None:
    pair = authority.issue(host, now=NOW)
    assert shake_hands(authority, pair, host, tmp_path) == "TLSv1.3"


@pytest.mark.parametrize("other", ["postgres", "10.0.0.8"])
def test_a_server_is_believed_by_no_other_name(
    authority: Authority, tmp_path: Path, other: str
) -> None:
    pair = authority.issue("redis", now=NOW)
    with pytest.raises(ssl.SSLCertVerificationError, match=r"mismatch|not valid for"):
        shake_hands(authority, pair, other, tmp_path)


def test_a_server_of_another_authority_is_not_believed(
    authority: Authority, tmp_path: Path
) -> None:
    pair = Authority.new(now=NOW).issue("redis", now=NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(authority, pair, "redis", tmp_path)


def test_a_server_may_make_no_certificates_of_its_own(authority: Authority, tmp_path: Path) -> None:
    posing = Authority.parse(authority.issue("redis", now=NOW))
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(authority, posing.issue("postgres", now=NOW), "postgres", tmp_path)


def test_certificates_last_for_years_and_begin_before_clocks_agree(
    authority: Authority, tmp_path: Path
) -> None:
    long_ago = NOW - LIFETIME - timedelta(days=1)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        shake_hands(authority, authority.issue("redis", now=long_ago), "redis", tmp_path)
    soon = NOW + timedelta(minutes=5)
    shake_hands(authority, authority.issue("redis", now=soon), "redis", tmp_path)


def test_an_authority_is_read_again_and_only_with_its_own_key(authority: Authority) -> None:
    again = Authority.parse(authority.pair)
    assert again.pair == authority.pair
    other = Authority.new(now=NOW).pair
    with pytest.raises(ValueError, match="does not match its certificate"):
        Authority.parse(Pair(authority.pair.certificate, other.key))


def test_keys_are_in_no_repr(authority: Authority) -> None:
    assert "PRIVATE" not in repr(authority.pair)
