"""Whatever is sent: it is taken or refused with a reason, and never breaks the service."""

from secrets import token_hex
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.auth.base import Scheme
from probes.auth.registry import SCHEMES
from probes.kinds.http import HttpSettings
from services.monitors.values import MonitorValues
from tests.api.client import ApiClient, body_of

FIELDS = [*MonitorValues.__dataclass_fields__, "id", "state"]
SETTINGS = list(HttpSettings.model_fields)

leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["GET", "POST", "200-299", "301", "http", "https://shop.test/", "present"])
)
CANARY = "canary-5f1c9a7e"


def names_of(scheme: Scheme) -> list[str]:
    return list(scheme.settings.model_fields)


values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
monitors = st.dictionaries(
    st.sampled_from(FIELDS),
    values | st.dictionaries(st.sampled_from(SETTINGS), values, max_size=4),
    max_size=6,
).map(lambda body: {"name": "Shop", "url": "https://shop.test/", **body})
in_one_organization = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@in_one_organization
@given(body=monitors)
def test_any_monitor_is_taken_or_refused_with_a_reason(
    client: ApiClient, body: dict[str, Any]
) -> None:
    response = client.post("monitors", body)
    assert response.status_code in {201, 422}, response.text
    if response.status_code == 422:
        assert body_of(response)["errors"]
    else:
        shown = client.read(f"monitors/{body_of(response)['id']}")
        assert shown == body_of(response)


@in_one_organization
@given(body=monitors)
def test_any_change_is_taken_or_refused_with_a_reason(
    client: ApiClient, body: dict[str, Any]
) -> None:
    path = f"monitors/{client.make_monitor()['id']}"
    before = client.read(path)
    response = client.patch(path, body)
    assert response.status_code in {200, 422}, response.text
    assert (client.read(path) == before) == (response.status_code == 422)


@in_one_organization
@given(
    query=st.dictionaries(
        st.sampled_from(["q", "tag", "state", "kind", "order", "limit", "cursor", "paused"]),
        st.text(max_size=30),
        max_size=3,
    )
)
def test_any_query_is_answered_or_refused_with_a_reason(
    client: ApiClient, query: dict[str, str]
) -> None:
    response = client.get("monitors", **query)
    assert response.status_code in {200, 422}, response.text
    if response.status_code == 422:
        assert set(body_of(response)["errors"]) <= {*query, *(f"{name}.0" for name in query)}


@in_one_organization
@given(
    address=st.text(max_size=40) | st.emails() | st.from_regex(r"\+[0-9]{1,16}", fullmatch=True),
    kind=st.sampled_from(["email", "sms"]),
)
def test_any_address_is_taken_or_refused_with_a_reason(
    client: ApiClient, address: str, kind: str
) -> None:
    body = {"name": "Ada", "channels": [{"kind": kind, "address": address}]}
    response = client.post("contacts", body)
    assert response.status_code in {201, 422}, response.text
    if response.status_code == 201:
        stored = body_of(response)["channels"][0]["address"]
        assert stored.isascii()
        assert stored.isprintable()


@in_one_organization
@given(
    scheme=st.sampled_from(list(SCHEMES)),
    fields=st.dictionaries(
        st.sampled_from(sorted({name for each in SCHEMES.values() for name in names_of(each)})),
        values | st.just(CANARY) | st.lists(st.just({"name": "X-Key", "value": CANARY})),
        max_size=5,
    ),
)
def test_any_credential_is_taken_or_refused_with_a_reason_and_never_shown(
    client: ApiClient, scheme: str, fields: dict[str, Any]
) -> None:
    body = {"name": token_hex(8), "scheme": scheme, "fields": fields}
    response = client.post("credentials", body)
    assert response.status_code in {201, 422}, response.text
    if response.status_code == 422:
        assert all(path.startswith("fields") for path in body_of(response)["errors"])
        assert CANARY not in response.text
    else:
        made = body_of(response)
        assert client.read(f"credentials/{made['id']}") == made
        shown = client.patch(f"credentials/{made['id']}", {"fields": fields})
        assert body_of(shown)["fields"] == made["fields"]
