"""Negotiate, against Apache with mod_auth_gssapi and a key distribution centre of MIT Kerberos."""

import socket
import threading
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.engine.one_off_check import check_once
from probes.masking import MASK
from security.egress.guard import EgressPolicy
from tests.probes.auth.asking import REFUSED, authorized, check
from tests.probes.auth.realm import PASSWORD, Realm
from tests.probes.conftest import Prober, target
from tests.probes.network.test_async_resolver import ScriptedNames
from tests.servers.certificates import Certificates
from tests.servers.kdc import REALM, kdc
from tests.servers.negotiate_site import negotiate_site
from tests.servers.site import ScriptedSite
from tests.servers.web_servers import open_directory


@pytest.fixture(scope="module")
def site(realm: Realm, certificates: Certificates) -> Iterator[str]:
    with negotiate_site(realm.kdc, certificates, realm.service) as url:
        yield url


def test_a_password_lets_in(probe: Prober, site: str, realm: Realm) -> None:
    assert probe(site).http_status == 401
    held = realm.held()
    # Each check has a ticket of its own: what is sent twice is taken for a replay.
    for _ in range(3):
        result = check(probe, site, held, keyword="inside", method="POST", body="data")
        assert result.outcome is Outcome.UP, result.detail
        assert result.timings.total > 0


def test_a_keytab_lets_in(probe: Prober, site: str, realm: Realm) -> None:
    held = realm.held(keytab=realm.keytab("monitor", "monitor.keytab"), spn="HTTP@127.0.0.1")
    result = check(probe, site, held, keyword="inside")
    assert result.outcome is Outcome.UP, result.detail


def test_the_ticket_is_a_part_of_the_time_that_is_judged(
    probe: Prober, site: str, realm: Realm
) -> None:
    wanted = authorized(target(site, latency_threshold_ms=1), realm.held())
    result = probe.check(wanted)
    assert (result.outcome, result.cause) == (Outcome.DEGRADED, Cause.SLOW)


def test_who_reads_the_steps_of_a_check_reads_no_secret(
    site: str, realm: Realm, certificates: Certificates
) -> None:
    wanted = authorized(target(site), realm.held())
    report = check_once(wanted, EgressPolicy("any"), cafile=str(certificates.cafile))
    assert report.result.outcome is Outcome.UP
    assert [each.method for each in report.steps] == ["KERBEROS", "GET", "KERBEROS"]
    assert report.steps[0].url == f"kdc://{realm.kdc.address}"
    assert ("Authorization", MASK) in report.steps[1].request_headers
    assert "canary" not in repr(report)
    assert "Negotiate Y" not in repr(report)


def test_a_dead_centre_leaves_the_others(probe: Prober, site: str, realm: Realm) -> None:
    with socket.socket() as kept:  # It does not listen, and nobody else gets its port.
        kept.bind(("127.0.0.1", 0))
        dead = f"127.0.0.1:{kept.getsockname()[1]}"
        kdcs = ["no-such-centre.invalid", dead, realm.kdc.address]
        assert check(probe, site, realm.held(kdcs=kdcs), timeout=10).outcome is Outcome.UP


def test_a_centre_whose_name_hangs_leaves_time_for_the_others(
    site: str, realm: Realm, certificates: Certificates
) -> None:
    hangs = threading.Event()
    names = ScriptedNames(centre_test=hangs)
    probe = Prober(EgressPolicy("any"), cafile=str(certificates.cafile), lookup=names)
    probe.engine.start()
    held = realm.held(kdcs=["centre.test", realm.kdc.address])
    result = check(probe, site, held, timeout=4)
    hangs.set()
    probe.engine.stop(0)
    assert (result.outcome, names.asked[0]) == (Outcome.UP, "centre.test")


def test_a_silent_centre_leaves_time_for_the_others(probe: Prober, site: str, realm: Realm) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = f"127.0.0.1:{listener.getsockname()[1]}"
        held = realm.held(kdcs=[silent, realm.kdc.address])
        assert check(probe, site, held, timeout=6).outcome is Outcome.UP


def test_what_the_machine_knows_of_kerberos_counts_for_nothing(
    probe: Prober, site: str, realm: Realm, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = tmp_path / "krb5.conf"
    other.write_text(f"[realms]\n {REALM} = {{\n  kdc = 192.0.2.1\n }}\n")
    for name in ("KRB5_CONFIG", "KRB5CCNAME", "KRB5_TRACE", "PYTHONPATH", "LD_PRELOAD"):
        monkeypatch.setenv(name, str(other))
    assert check(probe, site, realm.held()).outcome is Outcome.UP


def test_a_wrong_password_is_told_and_not_tried_until_the_account_is_locked(
    probe: Prober, site: str, realm: Realm
) -> None:
    held = realm.held(password="wrong canary")
    first, again, later = (check(probe, site, held) for _ in range(3))
    for result in (first, again, later):
        assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert first.detail == (
        f"The key distribution center refused the password or keytab of monitor@{REALM}."
    )
    assert again.detail == first.detail
    assert later.detail == (
        f"{first.detail} To avoid locking the account, only some checks try it again."
    )
    assert "canary" not in first.detail + later.detail


@pytest.mark.parametrize(
    ("principal", "options", "words"),
    [
        ("nobody", None, "does not know the principal nobody@TEST.EXAMPLE."),
        ("gone", ("-expire", "yesterday"), "The principal gone@TEST.EXAMPLE has expired."),
        ("old", ("-pwexpire", "yesterday"), "The password of old@TEST.EXAMPLE has expired."),
        ("locked", ("-allow_tix",), "The principal locked@TEST.EXAMPLE is locked or disabled."),
    ],
)
def test_a_principal_that_may_not_log_in_is_told(
    probe: Prober,
    site: str,
    realm: Realm,
    principal: str,
    options: tuple[str, ...] | None,
    words: str,
) -> None:
    if options is not None:
        realm.kdc.add(principal, "+requires_preauth", *options, password=PASSWORD)
    result = check(probe, site, realm.held(principal=principal))
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.endswith(words)


def test_a_keytab_with_old_keys_is_told(probe: Prober, site: str, realm: Realm) -> None:
    realm.kdc.add("changed", "+requires_preauth")
    held = realm.held(principal="changed", keytab=realm.keytab("changed", "changed.keytab"))
    assert check(probe, site, held).outcome is Outcome.UP
    realm.kdc.administer("cpw", "-randkey", "changed")
    result = check(probe, site, held)
    assert result.cause is Cause.AUTHORIZATION
    assert "refused the password or keytab of changed@" in result.detail


def test_a_service_that_the_realm_does_not_know_is_told(
    probe: Prober, site: str, realm: Realm
) -> None:
    result = check(probe, site, realm.held(spn="HTTP/other.example"))
    assert result.cause is Cause.AUTHORIZATION
    assert result.detail == (
        f"The key distribution center does not know the service HTTP/other.example@{REALM}."
    )


def test_a_service_with_other_keys_refuses(
    probe: Prober, realm: Realm, certificates: Certificates
) -> None:
    realm.kdc.add("HTTP/elsewhere")
    keytab = realm.kdc.keytab("HTTP/elsewhere", "elsewhere.keytab")
    with negotiate_site(realm.kdc, certificates, keytab) as url:
        result = check(probe, url, realm.held())
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == REFUSED


def test_a_site_whose_clock_is_off_refuses(
    probe: Prober, realm: Realm, certificates: Certificates
) -> None:
    with negotiate_site(realm.kdc, certificates, realm.service, off="-2h") as url:
        result = check(probe, url, realm.held())
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == REFUSED


@pytest.mark.parametrize("off", ["+2h", "-2h"])
def test_invariant_1_clocks_that_differ_may_be_ours_and_are_no_outage(
    probe: Prober, off: str
) -> None:
    with (
        open_directory() as directory,
        kdc(directory, off=off) as centre,
        ScriptedSite() as site,
    ):
        realm = Realm(centre)
        realm.kdc.add("careful", "+requires_preauth", password=PASSWORD)
        keytab = realm.keytab("monitor", "monitor.keytab")
        held = (realm.held(), realm.held(principal="careful"), realm.held(keytab=keytab))
        for each in held:
            result = check(probe, site.url, each)
            assert (result.outcome, result.cause) == (Outcome.UNKNOWN, Cause.INTERNAL)
            assert result.detail == (
                "The clocks of the key distribution center and of this worker differ too much."
            )


def test_a_centre_that_cannot_be_reached_is_told(probe: Prober, nobody: str, realm: Realm) -> None:
    with ScriptedSite() as site:
        result = check(probe, site.url, realm.held(kdcs=[nobody.removeprefix("http://")]))
        assert site.count == 0
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The key distribution center did not answer. It cannot be reached."


def answering(status: int, *offers: str) -> bytes:
    lines = "".join(f"WWW-Authenticate: {each}\r\n" for each in offers)
    return f"HTTP/1.1 {status} X\r\n{lines}Content-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("status", "offers", "words"),
    [
        (401, (), "The site does not offer Negotiate."),
        (401, ("Basic realm=x", "NTLM"), "The site does not offer Negotiate."),
        (401, ("Negotiate",), REFUSED),
        (401, ("Basic realm=x, Negotiate",), REFUSED),
        (401, ("Negotiate ?",), "malformed Negotiate answer."),
        (401, ("Negotiate " + "A" * 60_000,), REFUSED),
        (200, ("Negotiate " + b64encode(b"forged").decode(),), "it is the requested service."),
    ],
)
def test_a_site_that_does_not_play_along_is_told(
    probe: Prober, realm: Realm, status: int, offers: tuple[str, ...], words: str
) -> None:
    with ScriptedSite() as site:
        site.answer = answering(status, *offers)
        result = check(probe, site.url, realm.held())
        assert b"canary" not in site.received[0]
        assert site.count == 1
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.endswith(words)


def test_a_site_that_lets_everybody_in_is_up(probe: Prober, realm: Realm) -> None:
    with ScriptedSite() as site:
        assert check(probe, site.url, realm.held()).outcome is Outcome.UP
