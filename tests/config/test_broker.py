"""The address of Redis for kombu and Flower: never less careful than redis-py is with it."""

import pytest

from config.broker import broker_tls, kombu_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://:secret@redis:6379/3", "redis://:secret@redis:6379/3"),
        ("unix:///var/redis.sock?db=1", "redis+socket:///var/redis.sock?virtual_host=1"),
        ("unix://api:secret@/redis.sock", "redis+socket://api:secret@/redis.sock?virtual_host=0"),
        ("rediss://a:b@redis/0?ssl_ca_certs=/ca", "rediss://a:b@redis/0"),
    ],
)
def test_kombu_spells_addresses_differently(url: str, expected: str) -> None:
    assert kombu_url(url) == expected


def test_without_tls_there_is_nothing_to_check() -> None:
    assert broker_tls("redis://redis") is None
    assert broker_tls("unix:///redis.sock") is None


def test_certificates_are_checked_unless_the_address_says_otherwise() -> None:
    assert broker_tls("rediss://redis") == {"ssl_cert_reqs": "required", "ssl_check_hostname": True}
    own = broker_tls("rediss://redis?ssl_ca_certs=/run/ca.pem&ssl_check_hostname=False")
    assert own == {
        "ssl_cert_reqs": "required",
        "ssl_ca_certs": "/run/ca.pem",
        "ssl_check_hostname": False,
    }
    assert (broker_tls("rediss://redis?ssl_cert_reqs=none") or {})["ssl_cert_reqs"] == "none"
