"""Abuse 13 and 14: the other places that a user may name are judged like the site.

There are no webhooks, no discovery of OpenID Connect and no `jwks_uri` in this product.
"""

import json
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from domain.evaluation.outcome import Cause, Outcome
from probes.auth.base import Credential
from probes.base import ProbeResult
from security.egress.guard import EgressPolicy
from tests.abuse.looking import PUBLIC, WORDS, Names, Watcher, led_to
from tests.abuse.schemes import GOOD, held
from tests.probes.auth.asking import authorized, check
from tests.probes.conftest import Prober, target
from tests.servers.site import ScriptedSite

PORT = 8080
METADATA_NAME = "metadata.google.internal"
INSIDE = (
    "127.0.0.1",
    "10.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "inside.example",
    "metadata.example",
    METADATA_NAME,
)
SITE = f"http://{PUBLIC[0]}:{PORT}/"

Named = Callable[[str], Credential]
OF_SCHEMES: dict[str, Named] = {
    "token endpoint": lambda host: held("oauth2", token_url=f"https://{host}/token"),
    "login page": lambda host: held("form_login", login_url=f"https://{host}/login"),
    "login address": lambda host: held("json_login", login_url=f"https://{host}/login"),
    "key distribution center": lambda host: held("negotiate", kdcs=[host]),
}


@pytest.fixture(autouse=True)
def inside(names: Names) -> None:
    names["inside.example"] = ["10.0.0.1", "127.0.0.1"]
    names["metadata.example"] = ["169.254.169.254", "fd00:ec2::254"]


def with_credential(watcher: Watcher, credential: Credential) -> tuple[int, ProbeResult]:
    wanted = target(SITE, allow_plaintext_credentials=True)
    return watcher.sent_by(authorized(wanted, credential))


@pytest.mark.parametrize(
    ("what", "host"),
    # A metadata service cannot even be named where a URL is.
    [
        (what, host)
        for what in OF_SCHEMES
        for host in INSIDE
        if host != METADATA_NAME or what == "key distribution center"
    ],
)
def test_abuse_13_no_other_place_of_a_credential_is_inside(
    watcher: Watcher, what: str, host: str
) -> None:
    packets, result = with_credential(watcher, OF_SCHEMES[what](host))
    assert (packets, result.outcome, result.cause) == (0, Outcome.UNKNOWN, Cause.BLOCKED)
    assert WORDS in result.detail
    assert host.strip("[]") not in result.detail
    assert "canary" not in result.detail


@pytest.mark.parametrize(
    "host", ["169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", METADATA_NAME]
)
@pytest.mark.parametrize("what", ["token endpoint", "login page", "login address"])
def test_abuse_13_a_metadata_service_cannot_even_be_named(what: str, host: str) -> None:
    with pytest.raises(
        ValidationError, match=r"may not connect to this address|This name does not belong"
    ) as caught:
        OF_SCHEMES[what](host)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("what", ["token endpoint", "login page", "login address"])
def test_a_public_place_of_a_credential_is_asked(watcher: Watcher, what: str) -> None:
    packets, result = with_credential(watcher, OF_SCHEMES[what](PUBLIC[0]))
    assert packets > 0
    assert result.cause is Cause.AUTHORIZATION


@pytest.mark.parametrize("scheme", ["http", "https", "socks5h"])
@pytest.mark.parametrize("host", [*INSIDE, *PUBLIC])
def test_abuse_13_under_the_policy_public_there_is_no_proxy_at_all(
    watcher: Watcher, scheme: str, host: str
) -> None:
    shown = f"[{host}]" if host == PUBLIC[1] else host
    packets, result = with_credential(watcher, held("proxy", url=f"{scheme}://{shown}:3128"))
    assert (packets, result.outcome, result.cause) == (0, Outcome.UNKNOWN, Cause.BLOCKED)


@pytest.mark.parametrize("scheme", ["http", "https", "socks5h"])
@pytest.mark.parametrize("host", INSIDE[:-1])
def test_abuse_13_where_proxies_are_allowed_their_addresses_are_judged(
    watcher: Watcher, names: Names, scheme: str, host: str
) -> None:
    allowing = Prober(EgressPolicy("allowlist"), lookup=names.look_up)
    allowing.engine.start()
    before = watcher.network.packets
    result = check(allowing, SITE, held("proxy", url=f"{scheme}://{host}:3128"))
    through = check(
        allowing, f"http://{host}:{PORT}/", held("proxy", url=f"{scheme}://{host}:3128")
    )
    allowing.engine.stop(0)
    assert watcher.network.packets == before
    assert result.cause is through.cause is Cause.BLOCKED


@pytest.mark.parametrize("host", INSIDE)
@pytest.mark.parametrize("kind", ["dns", "rdap"])
def test_abuse_13_neither_a_name_server_nor_a_registry_is_inside(
    watcher: Watcher, kind: str, host: str
) -> None:
    watcher.assert_blocked(led_to(kind, host))


def test_abuse_13_a_login_that_leads_inside_by_its_form_is_not_sent(watcher: Watcher) -> None:
    form = "<form method=post action='http://10.0.0.1:8080/'><input name=u><input type=password name=p></form>"
    with (
        ScriptedSite(host=PUBLIC[0], port=PORT) as site,
        ScriptedSite(host="10.0.0.1", port=PORT) as other,
    ):
        site.body = form.encode()
        login = held("form_login", login_url=SITE, allow_plaintext=True, form=None)
        _, result = with_credential(watcher, login)
        assert (site.count, other.count) == (1, 0)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert "10.0.0.1" not in result.detail


@pytest.mark.parametrize(
    "token_uri",
    [
        "https://evil.example/token",
        "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token",
        "http://127.0.0.1/",
        "http://oauth2.googleapis.com/token",
        "https://oauth2.googleapis.com.evil.example/token",
        "https://oauth2.googleapis.com@evil.example/token",
        "https://oauth2.googleapis.com/token?to=evil",
        "",
        None,
    ],
)
def test_abuse_14_a_key_file_of_google_names_no_other_token_endpoint(token_uri: str | None) -> None:
    key_file = json.loads(GOOD["gcp_service_account"]["service_account"])
    with pytest.raises(ValidationError, match=r"see token_uri\.") as caught:
        held(
            "gcp_service_account", service_account=json.dumps({**key_file, "token_uri": token_uri})
        )
    assert "PRIVATE" not in str(caught.value)
    assert "evil" not in str(caught.value)
