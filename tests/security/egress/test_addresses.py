"""Which addresses each policy lets through: the table, and the spellings meant to slip past it."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.settings import Settings
from security.egress.addresses import DENIED_PORTS, EgressPolicy, numeric_address

PUBLIC = EgressPolicy()
ANY = EgressPolicy("any")

NEVER = """
0.0.0.0 0.1.2.3 169.254.169.254 169.254.170.2 168.63.129.16 100.100.100.200 192.0.0.192 224.0.0.1
239.255.255.255 240.0.0.1 255.255.255.255 :: fe80::1 fec0::1 ff02::1 fd00:ec2::254 fd20:ce::254
fd00:42::42 64:ff9b:1::a9fe:a9fe 2606:4700::5efe:169.254.169.254 2606:4700::200:5efe:a9fe:a9fe
2001:0:4136:e378:8000:63bf:5601:5601 ::ffff:169.254.169.254 ::ffff:0:169.254.169.254 64:ff9b::a9fe:a9fe 2002:a9fe:a9fe::
::169.254.169.254 fe80::1%eth0 ::1%lo 2606:4700::1%eth0
""".split()  # noqa: SIM905 - a table reads better

PRIVATE = """
10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 172.16.0.1
172.31.255.255 192.0.0.1 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.1.1 192.175.48.1
198.18.0.1 198.19.255.255 198.51.100.1 203.0.113.1 ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1
::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::7f00:1 100::1 2001:2::1 2001:db8::1 2002:7f00:1:: 2620:4f:8000::1
3fff::1 5f00::1 fc00::1 fd12:3456::1 2606:4700::5efe:127.0.0.1 2606:4700::200:5efe:10.0.0.1
2001:0:4136:e378:8000:63bf:3fff:fdd2
""".split()  # noqa: SIM905 - a table reads better

GLOBAL = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1
172.15.255.255 172.32.0.0 192.0.1.1 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0
223.255.255.255 2606:4700::1 2a00:1450::1 2001:200::1 ::ffff:8.8.8.8
2606:4700::5efe:8.8.8.8 2606:4700::5eff:127.0.0.1
""".split()  # noqa: SIM905 - a table reads better


@pytest.mark.abuse(3, 4, 5)
@pytest.mark.parametrize("address", NEVER)
def test_some_addresses_are_denied_whatever_the_policy(address: str) -> None:
    everything = (ip_network("0.0.0.0/0"), ip_network("::/0"))
    for policy in (PUBLIC, ANY, EgressPolicy("allowlist", everything)):
        assert not policy.permits_address(address)


@pytest.mark.abuse(1, 3, 4)
@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_needs_another_policy(address: str) -> None:
    assert not PUBLIC.permits_address(address)
    assert not EgressPolicy("allowlist").permits_address(address)
    assert ANY.permits_address(address)


@pytest.mark.parametrize("address", GLOBAL)
def test_public_addresses_are_open_to_all_policies(address: str) -> None:
    for policy in (PUBLIC, ANY, EgressPolicy("allowlist")):
        assert policy.permits_address(address)


def test_an_allowlist_adds_its_networks_to_the_public_ones() -> None:
    policy = EgressPolicy("allowlist", (ip_network("10.1.0.0/16"), ip_network("fd12::/16")))
    assert policy.permits_address("10.1.2.3")
    assert policy.permits_address("::ffff:10.1.2.3")
    assert policy.permits_address("fd12::1")
    assert not policy.permits_address("10.2.0.1")
    assert not policy.permits_address("127.0.0.1")
    assert not EgressPolicy("public", policy.allow).permits_address("10.1.2.3")


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "1.2.3", "::g", "[::1]"])
def test_what_is_no_address_is_denied(text: str) -> None:
    assert not ANY.permits_address(text)


@pytest.mark.abuse(17)
@pytest.mark.parametrize("port", [22, 25, 6379, 5432, 3306, 11211, 27017, 9200, 2375, 10250, 6667])
def test_ports_of_other_services_are_denied_unless_all_is_allowed(port: int) -> None:
    assert port in DENIED_PORTS
    assert not PUBLIC.permits("1.1.1.1", port)
    assert not EgressPolicy("allowlist", (ip_network("10.0.0.0/8"),)).permits("10.0.0.1", port)
    assert ANY.permits("10.0.0.1", port)


@pytest.mark.parametrize("port", [80, 443, 8000, 8080, 8443, 3000, 65535])
def test_ports_of_web_sites_are_open(port: int) -> None:
    assert PUBLIC.permits("1.1.1.1", port)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_as_what_it_maps_to(address: object) -> None:
    assert PUBLIC.permits_address(f"::ffff:{address}") == PUBLIC.permits_address(str(address))
    assert ANY.permits_address(f"::ffff:{address}") == ANY.permits_address(str(address))


@given(st.ip_addresses())
def test_whatever_public_permits_any_permits_too(address: object) -> None:
    assert ANY.permits_address(str(address)) >= PUBLIC.permits_address(str(address))


@pytest.mark.abuse(2)
@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("127.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("0177.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        ("example.com", None),
        ("", None),
    ],
)
def test_an_address_is_known_in_each_of_its_spellings(host: str, address: str | None) -> None:
    assert numeric_address(host) == address


def test_the_policy_is_what_the_operator_set() -> None:
    settings = Settings.model_validate(
        {
            "DATABASE_URL": "postgresql:///x",
            "REDIS_URL": "redis:///0",
            "jwt_private_key": "x",
            "egress_policy": "allowlist",
            "egress_allow": "10.0.0.0/8,fd00::/8",
        }
    )
    wanted = EgressPolicy("allowlist", (ip_network("10.0.0.0/8"), ip_network("fd00::/8")))
    assert EgressPolicy.from_settings(settings) == wanted
