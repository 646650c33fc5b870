"""Stripe: its real library against a stand-in of its API, and signatures that are refused."""

import hmac
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import requests

from domain.plans.billing import SubscriptionStatus
from services.billing import providers
from services.billing.provider import InvalidEvent, ProviderError
from services.billing.stripe import StripeProvider, verify

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PAYLOAD = b'{"data": {"object": {"object": "subscription", "customer": "cus_1"}}}'
KEY = "sk_test_12345"


def signed(payload: bytes, secret: str, moment: datetime) -> str:
    stamp = int(moment.timestamp())
    digest = hmac.new(secret.encode(), b"%d.%s" % (stamp, payload), sha256).hexdigest()
    return f"t={stamp},v1={digest}"


def test_an_event_of_either_secret_is_taken_while_one_is_rotated() -> None:
    for secret in ("whsec_old", "whsec_new"):
        verify(PAYLOAD, signed(PAYLOAD, secret, NOW), ("whsec_new", "whsec_old"), now=NOW)
    both = signed(PAYLOAD, "whsec_new", NOW) + ",v1=00,v0=11"
    verify(PAYLOAD, both, ("whsec_new",), now=NOW)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=,v1=",
        "t=x,v1=00",
        "t=\N{ARABIC-INDIC DIGIT ONE},v1=00",
        signed(PAYLOAD, "whsec_other", NOW),
        signed(PAYLOAD + b" ", "whsec_new", NOW),
        signed(PAYLOAD, "whsec_new", NOW - timedelta(seconds=301)),
        signed(PAYLOAD, "whsec_new", NOW + timedelta(seconds=301)),
        signed(PAYLOAD, "whsec_new", NOW).replace("v1=", "v0="),
        signed(PAYLOAD, "whsec_new", NOW) + f",t={int(NOW.timestamp())}",
        signed(PAYLOAD, "", NOW),
    ],
    ids=[
        *("none", "empty", "no time", "other digits", "another secret", "another payload"),
        *("too old", "too early", "another scheme", "two times", "no secret"),
    ],
)
def test_a_forged_event_is_refused(signature: str) -> None:
    with pytest.raises(InvalidEvent):
        verify(PAYLOAD, signature, ("whsec_new",), now=NOW)


def test_without_a_secret_no_event_is_taken() -> None:
    with pytest.raises(InvalidEvent):
        verify(PAYLOAD, signed(PAYLOAD, "", NOW), (), now=NOW)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run localstripe, which keeps customers, subscriptions and invoices as Stripe does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder: Path = tmp_path_factory.mktemp("localstripe")
    code = (
        "import localstripe.resources as r, localstripe.server as s, sys;"
        # It would keep its state in a file of a fixed name, which all would share.
        " type(r.store).dump_to_disk = lambda self: None;"
        f" sys.argv = ['localstripe', '--port', '{port}', '--from-scratch']; s.start()"
    )
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait(url: str, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None
        try:
            requests.get(f"{url}/v1/customers", auth=(KEY, ""), timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("localstripe did not start.")


def _post(api: str, path: str, **values: object) -> dict[str, object]:
    answer = requests.post(f"{api}/v1/{path}", auth=(KEY, ""), data=values, timeout=10)
    assert answer.status_code == 200, answer.text
    made: dict[str, object] = answer.json()
    return made


def test_a_customer_subscribes_fails_to_pay_and_ends(api: str) -> None:
    at = StripeProvider(key=KEY, url=api, webhook_secrets=("whsec_new",))
    customer = at.create_customer(name="Shop", email="ada@example.org", reference="org-1")
    assert at.subscription(customer).status is SubscriptionStatus.NONE
    _post(
        api,
        "plans",
        id="price_team",
        amount=900,
        currency="eur",
        interval="month",
        **{"product[name]": "Team"},
    )
    card = {"source[object]": "card", "source[number]": "4242424242424242"}
    card |= {"source[exp_month]": "12", "source[exp_year]": "2040", "source[cvc]": "123"}
    _post(api, f"customers/{customer}/sources", **card)
    made = _post(api, "subscriptions", **{"customer": customer, "items[0][plan]": "price_team"})
    found = at.subscription(customer)
    assert (found.status, found.price) == (SubscriptionStatus.ACTIVE, "price_team")
    assert found.period_ends_at is not None
    ended = requests.delete(f"{api}/v1/subscriptions/{made['id']}", auth=(KEY, ""), timeout=10)
    assert ended.status_code == 200
    assert at.subscription(customer).status is SubscriptionStatus.CANCELED


def test_a_provider_that_fails_is_named_without_the_key(api: str) -> None:
    for provider in (
        StripeProvider(key=KEY, url=api, webhook_secrets=()),
        StripeProvider(key=KEY, url="http://127.0.0.1:9", webhook_secrets=()),
    ):
        with pytest.raises(ProviderError, match="failed") as refused:
            provider.portal_link("cus_none", back="http://127.0.0.1/")
        assert KEY not in str(refused.value)


def test_the_customer_of_an_event_is_found() -> None:
    at = StripeProvider(key=KEY, url="http://127.0.0.1:9", webhook_secrets=("s",))

    def customer(payload: bytes) -> str | None:
        return at.customer_of_event(payload, signed(payload, "s", NOW), now=NOW)

    assert customer(PAYLOAD) == "cus_1"
    about = {"data": {"object": {"object": "customer", "id": "cus_2"}}}
    assert customer(json.dumps(about).encode()) == "cus_2"
    assert customer(b'{"data": {"object": {"object": "price"}}}') is None
    for wrong in (b"", b"[]", b"{}", b'{"data": []}'):
        with pytest.raises(InvalidEvent):
            customer(wrong)


def test_the_library_is_not_imported_without_a_provider() -> None:
    assert "stripe" not in Path(providers.__file__).read_text().split("def of")[0]
