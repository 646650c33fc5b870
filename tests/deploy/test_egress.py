"""Abuse 135: what leaves a worker of checks is judged once more, by the kernel and deploy/egress.nft."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest

from security.egress import addresses
from tests.deploy.three_networks import NEAR, NEAR6, RULES, Place, ThreeNetworks, three_networks
from tests.security.egress.test_addresses import GLOBAL, NEVER, PRIVATE

_NETWORK = re.compile(r"(?<=[ \t!])(?:[0-9]+(?:\.[0-9]+){3}|[0-9a-f:]*::)(?:/[0-9]+)?(?=[, \n])")
STORES: set[Place] = {("tcp", "10.99.0.5", 5432), ("tcp", "10.99.0.6", 6379)}
RESOLVER = "10.99.0.53"


@pytest.fixture(scope="module")
def networks() -> Iterator[ThreeNetworks]:
    with three_networks() as networks:
        yield networks


@pytest.fixture
def ruled(networks: ThreeNetworks) -> Iterator[ThreeNetworks]:
    networks.nft("-f", str(RULES))
    for _, address, port in STORES:
        networks.nft(
            "add", "element", "inet", "downtime_egress", "stores", f"{{ {address} . {port} }}"
        )
    networks.nft("add", "element", "inet", "downtime_egress", "resolvers", f"{{ {RESOLVER} }}")
    yield networks
    networks.nft("flush", "ruleset")


def places(named: Iterable[str], *ports: int) -> set[Place]:
    """Ask them all; those with the name of an interface are left out."""
    plain = {ip_address(each) for each in named if "%" not in each}
    return {("tcp", str(each), port) for each in plain if _leaves(each) for port in ports or (443,)}


def _leaves(address: IPv4Address | IPv6Address) -> bool:
    """Return whether the kernel sends it anywhere: what is its own it keeps."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    plain = mapped or address
    return not (plain.is_loopback or plain.is_unspecified)


def test_in_these_networks_all_that_is_routed_is_reached(networks: ThreeNetworks) -> None:
    """Else nothing would be proved by what is not."""
    inside = ["10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.100.100.200"]
    inside += ["fd00:ec2::254", "2001:db8::1", "64:ff9b::a9fe:a9fe", "2606:4700::5efe:7f00:1"]
    wanted = places([*inside, *GLOBAL, NEAR, NEAR6], 443, 5432) - places(
        ["::ffff:8.8.8.8"], 443, 5432
    )
    assert networks.reached(wanted) == wanted


@pytest.mark.abuse(135)
def test_nothing_private_and_no_metadata_is_reached(ruled: ThreeNetworks) -> None:
    assert ruled.reached(places([*PRIVATE, *NEVER], 80, 443, 8080)) == set()


@pytest.mark.abuse(135)
def test_the_public_world_is(ruled: ThreeNetworks) -> None:
    # ISATAP is refused as a whole here, and of a mapped address the kernel makes another one.
    wanted = places(set(GLOBAL) - {"2606:4700::5efe:8.8.8.8", "::ffff:8.8.8.8"}, 80, 443, 25, 853)
    assert ruled.reached(wanted) == wanted


@pytest.mark.abuse(135)
def test_of_what_is_inside_only_the_named_stores_are(ruled: ThreeNetworks) -> None:
    others = {(kind, address, port + 1) for kind, address, port in STORES}
    swapped = {("tcp", "10.99.0.5", 6379), ("tcp", "10.99.0.6", 5432), ("udp", "10.99.0.5", 5432)}
    assert ruled.reached(STORES | others | swapped) == STORES


@pytest.mark.abuse(135)
def test_names_are_looked_up_at_the_named_resolver_alone(ruled: ThreeNetworks) -> None:
    wanted: set[Place] = {("udp", RESOLVER, 53), ("tcp", RESOLVER, 53)}
    others: set[Place] = {("udp", "10.99.0.54", 53), ("udp", RESOLVER, 123), ("tcp", RESOLVER, 443)}
    assert ruled.reached(wanted | others) == wanted


@pytest.mark.abuse(135)
def test_the_machine_itself_is_not(ruled: ThreeNetworks) -> None:
    of_machine = places([NEAR, NEAR6, "10.88.0.1", "fd88::1"], 22, 80, 443, 5432, 8000)
    assert ruled.reached(of_machine | {("udp", NEAR, 53)}) == set()


@pytest.mark.abuse(135)
def test_stores_in_the_world_are_not(ruled: ThreeNetworks) -> None:
    assert ruled.reached(places(["9.9.9.9", "2a00:1450::1"], 2375, 5432, 6379, 27017)) == set()


@pytest.mark.abuse(135)
def test_loading_it_again_forgets_what_was_named(ruled: ThreeNetworks) -> None:
    ruled.nft("-f", str(RULES))
    assert ruled.reached(STORES) == set()


def test_it_lists_what_the_service_itself_refuses() -> None:
    """A network that is added to the one and not to the other fails here."""
    lines = [line for line in RULES.read_text().splitlines() if not line.startswith("#")]
    listed = {ip_network(each) for each in _NETWORK.findall("\n".join(lines))}
    # Of IPv6 only what is global and nothing special is let through, so the rest needs no line.
    expected = {*addresses._PRIVATE_V4, *addresses._SPECIAL_V6, *addresses._GLOBAL_V6}
    assert listed == expected
