"""Abuse 1 to 5, and 17: addresses and ports that nobody may be led to, by each kind of probe.

In the network of these tests every address answers, so a packet to one of them would be counted.
"""

import itertools

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.registry import KINDS
from security.egress.addresses import DENIED_PORTS
from tests.abuse.looking import KINDS_LED, PUBLIC, WORDS, Names, Watcher, led_to
from tests.probes.conftest import Prober
from tests.servers.site import ScriptedSite

PRIVATE = """
127.0.0.1 127.255.255.254 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1
192.168.255.255 100.64.0.1 0.0.0.0 198.18.0.1 203.0.113.1
""".split()  # noqa: SIM905 - a table reads better

SPELLED = """
2130706433 017700000001 0177.1 0x7f.1 0x7f000001 127.1 127.0.1 0 0x0 00000177.0.0.1 127.0.0.01
3232235521 0xa9fea9fe 2852039166 0251.0376.0251.0376 169.254.43518 127.0.0.1.1 4294967297
""".split()  # noqa: SIM905 - a table reads better

LOOPBACKS_IN_IPV6 = """
[::1] [::] [::ffff:127.0.0.1] [::127.0.0.1] [::ffff:0:127.0.0.1] [0:0:0:0:0:0:0:1] [::ffff:7f00:1]
[::ffff:10.0.0.1] [::ffff:192.168.0.1]
""".split()  # noqa: SIM905 - a table reads better

TUNNELS = """
[64:ff9b::a9fe:a9fe] [64:ff9b::7f00:1] [64:ff9b:1::a9fe:a9fe] [2002:7f00:1::] [2002:a9fe:a9fe::1]
[2001:0:4136:e378:8000:63bf:80ff:fffe] [2001:0:4136:e378:8000:63bf:5601:5601]
[2606:4700::5efe:127.0.0.1] [2606:4700::200:5efe:10.0.0.1] [2606:4700::5efe:169.254.169.254]
[fe80::5efe:127.0.0.1] [fec0::1] [fc00::1] [fd00::1] [fe80::1] [ff02::1] [100::1] [2001:db8::1]
""".split()  # noqa: SIM905 - a table reads better

READ_IN_SEVERAL_WAYS = [
    "",
    "/127.0.0.1",
    "user@127.0.0.1",
    "user:password@shop.example",
    "shop.example@127.0.0.1",
    "127.0.0.1\\@shop.example",
    "shop.example\\.127.0.0.1",
    "127.0.0.1%00",
    "127.0.0.1%00.shop.example",
    "shop.example%2f@127.0.0.1",
    "127.0.0.1\t",
    "shop.example\n127.0.0.1",
    "127.0.0.1\r\nHost: shop.example",
    "127.0.0.1 .shop.example",
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "127\u30020\u30020\u30021",
    "127\uff0e0\uff0e0\uff0e1",
    "\u2460\u2461\u2466.0.0.1",
    "[::\uff11]",
    "127.0.0.1\u200b",
    "\u00ad127.0.0.1",
]

WITHOUT_ROUTE = ("[fe80:", "[ff02:")
"""No machine knows a way to these, so that a name with nothing else fails before it is judged."""

SCOPED = ["[fe80::1%eth0]", "[fe80::1%25eth0]", "[::1%lo]", "[2606:4700::1%25lo]"]

METADATA = """
169.254.169.254 169.254.170.2 169.254.170.23 169.254.42.42 100.100.100.200 192.0.0.192
168.63.129.16 [fd00:ec2::254] [fd20:ce::254] [fd00:42::42]
""".split()  # noqa: SIM905 - a table reads better

METADATA_NAMES = """
metadata.google.internal metadata.goog.internal instance-data.ec2.internal metadata
kubernetes.default.svc kubernetes.default.svc.cluster.local localhost
""".split()  # noqa: SIM905 - a table reads better

PORT_OF_SITE = 8000

each_kind = pytest.mark.parametrize("kind", KINDS_LED)


def assert_all_blocked(watcher: Watcher, names: Names, kind: str, addresses: list[str]) -> None:
    """Look at each address itself, and at a name that leads to it."""
    for number, address in enumerate(addresses):
        watcher.assert_blocked(led_to(kind, address))
        if address.startswith(WITHOUT_ROUTE):
            continue
        name = f"n{number}.shop.example"
        names[name] = [address.strip("[]")]
        watcher.assert_blocked(led_to(kind, name))


def test_every_kind_is_tried_here() -> None:
    assert set(KINDS_LED) == set(KINDS)


@each_kind
@pytest.mark.parametrize("host", PUBLIC)
def test_a_public_address_is_looked_at_by_each_kind(watcher: Watcher, kind: str, host: str) -> None:
    packets, result = watcher.sent_by(led_to(kind, host))
    assert packets > 0
    assert result.cause is not Cause.BLOCKED


@each_kind
def test_abuse_01_a_private_address_is_not_looked_at(
    watcher: Watcher, names: Names, kind: str
) -> None:
    assert_all_blocked(watcher, names, kind, PRIVATE)


@each_kind
@pytest.mark.parametrize("spelled", SPELLED)
def test_abuse_02_an_address_in_an_odd_spelling_is_no_address(kind: str, spelled: str) -> None:
    with pytest.raises(ValueError, match=r"^(The host is not|Not a|1 validation)"):
        led_to(kind, spelled)


@pytest.mark.parametrize("spelled", SPELLED)
def test_abuse_02_a_site_cannot_lead_to_an_odd_spelling_either(
    watcher: Watcher, spelled: str
) -> None:
    with ScriptedSite(host=PUBLIC[0], port=PORT_OF_SITE) as site:
        site.answer = (
            f"HTTP/1.1 302 Found\r\nLocation: http://{spelled}:{PORT_OF_SITE}/\r\n\r\n".encode()
        )
        with ScriptedSite(host="127.0.0.1", port=PORT_OF_SITE) as inside:
            result = watcher.probe(site.url)
            assert (site.count, inside.count) == (1, 0)
    assert result.cause in {Cause.REDIRECT, Cause.BLOCKED}
    assert "127" not in result.detail


@each_kind
def test_abuse_03_loopback_inside_of_ipv6_is_not_looked_at(
    watcher: Watcher, names: Names, kind: str
) -> None:
    assert_all_blocked(watcher, names, kind, LOOPBACKS_IN_IPV6)


@each_kind
def test_abuse_04_no_tunnel_and_no_local_network_of_ipv6_leads_inside(
    watcher: Watcher, names: Names, kind: str
) -> None:
    assert_all_blocked(watcher, names, kind, TUNNELS)


@each_kind
@pytest.mark.parametrize("scoped", SCOPED)
def test_abuse_04_an_address_with_a_zone_is_refused(
    watcher: Watcher, names: Names, kind: str, scoped: str
) -> None:
    with pytest.raises(ValueError, match=r"\."):
        led_to(kind, scoped)
    names["zone.shop.example"] = [scoped.strip("[]").replace("%25", "%")]
    packets, result = watcher.sent_by(led_to(kind, "zone.shop.example"))
    assert (packets, result.outcome) == (0, Outcome.UNKNOWN)


@each_kind
def test_abuse_05_no_metadata_service_is_asked(watcher: Watcher, names: Names, kind: str) -> None:
    assert_all_blocked(watcher, names, kind, METADATA)


@each_kind
def test_abuse_05_the_name_of_a_metadata_service_is_not_even_looked_up(
    watcher: Watcher, names: Names, kind: str
) -> None:
    for name in METADATA_NAMES:
        names[name] = [PUBLIC[0]]
        watcher.assert_blocked(led_to(kind, name))
    assert names.asked == []


@each_kind
def test_abuse_05_nor_where_private_addresses_are_allowed(
    probe: Prober, names: Names, kind: str
) -> None:
    for name in ("metadata.google.internal", "instance-data.ec2.internal", "metadata.goog"):
        names[name] = [PUBLIC[0]]
        result = probe.check(led_to(kind, name))
        assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)
    assert names.asked == []


@pytest.mark.parametrize("address", METADATA)
def test_abuse_05_not_even_where_private_addresses_are_allowed(probe: Prober, address: str) -> None:
    for kind in KINDS_LED:
        result = probe.check(led_to(kind, address))
        assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.BLOCKED)


@pytest.mark.parametrize("kind", ["http", "rdap", "udp", "websocket"])
def test_abuse_17_ports_of_other_services_are_not_spoken_to(
    watcher: Watcher, names: Names, kind: str
) -> None:
    names["shop.example"] = list(PUBLIC)
    for port, host in itertools.product(sorted(DENIED_PORTS - {0}), (*PUBLIC, "shop.example")):
        watcher.assert_blocked(led_to(kind, host, port=port))


def test_abuse_17_a_port_may_be_connected_to_where_a_user_cannot_say_anything(
    watcher: Watcher,
) -> None:
    quiet = led_to("tcp", PUBLIC[0], port=6379)
    packets, result = watcher.sent_by(quiet)
    assert packets > 0
    assert result.cause is Cause.REFUSED
    result = watcher.probe(quiet.url, kind="tcp", send="FLUSHALL\r\n", expect="OK")
    assert (result.outcome, result.detail) == (Outcome.UNKNOWN, WORDS)


@pytest.mark.parametrize("host", READ_IN_SEVERAL_WAYS)
@each_kind
def test_abuse_12_a_host_that_is_read_in_several_ways_is_refused_or_blocked(
    watcher: Watcher, names: Names, kind: str, host: str
) -> None:
    try:
        led = led_to(kind, host)
    except ValueError:
        return
    watcher.assert_blocked(led)
    assert names.asked == []


@pytest.mark.parametrize("port", ["0", "65536", "-1", "99999999999", "80 ", "0x50", "\uff18\uff10"])
@pytest.mark.parametrize("kind", [each for each in KINDS_LED if each != "icmp"])
def test_abuse_12_a_port_that_is_none_is_refused(kind: str, port: str) -> None:
    with pytest.raises(ValueError, match=r"\."):
        led_to(kind, "shop.example", port=port)
