"""Recipients over the API: registered, proved, changed, retired."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from config.limits import USUAL
from models import Recipient
from tests.api.client import ApiClient, body_of
from tests.factories.recipients import KINDS, Holder


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_is_active_once_its_challenge_is_answered(client: ApiClient, kind: str) -> None:
    holder = Holder(kind)
    made = client.make("recipients", name="BI", jwk={**holder.public, "use": "enc", "kid": "mine"})
    assert made["state"] == "pending"
    proof = {"answer": holder.open(made["challenge"])}
    active = body_of(client.post(f"recipients/{made['id']}/confirm", proof))
    assert active["state"] == "active"
    assert active["activated_at"] is not None
    assert active == client.read(f"recipients/{made['id']}")
    assert {name: active["jwk"][name] for name in holder.public if name != "kid"} == {
        name: value for name, value in holder.public.items() if name != "kid"
    }
    assert active["jwk"]["kid"] == active["thumbprint"]


def test_a_wrong_answer_leaves_it_pending(client: ApiClient) -> None:
    holder = Holder()
    made = client.make("recipients", name="BI", jwk=holder.public)
    response = client.post(f"recipients/{made['id']}/confirm", {"answer": "I have it, surely"})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["answer"]
    assert client.read(f"recipients/{made['id']}")["state"] == "pending"
    assert "challenge" not in client.read(f"recipients/{made['id']}")


def test_another_challenge_takes_the_place_of_the_last_one(client: ApiClient) -> None:
    holder = Holder()
    made = client.make("recipients", name="BI", jwk=holder.public)
    again = body_of(client.post(f"recipients/{made['id']}/challenge"))
    old, new = holder.open(made["challenge"]), holder.open(again["challenge"])
    assert client.post(f"recipients/{made['id']}/confirm", {"answer": old}).status_code == 422
    assert client.post(f"recipients/{made['id']}/confirm", {"answer": new}).status_code == 200
    assert client.post(f"recipients/{made['id']}/confirm", {"answer": new}).status_code == 409
    assert client.post(f"recipients/{made['id']}/challenge").status_code == 409


def test_a_challenge_is_over_after_ten_minutes(client: ApiClient, session: Session) -> None:
    holder = Holder()
    made = client.make("recipients", name="BI", jwk=holder.public)
    ends = datetime.fromisoformat(made["challenge_ends_at"])
    assert timedelta(minutes=9) < ends - datetime.now(UTC) <= timedelta(minutes=10)
    session.execute(update(Recipient).values(challenge_ends_at=datetime.now(UTC)))
    session.commit()
    proof = {"answer": holder.open(made["challenge"])}
    response = client.post(f"recipients/{made['id']}/confirm", proof)
    assert response.status_code == 409
    assert "expired" in body_of(response)["detail"]


def test_the_challenge_of_one_key_is_no_proof_of_another(client: ApiClient) -> None:
    mine, other = Holder(), Holder()
    first = client.make("recipients", name="Mine", jwk=mine.public)
    second = client.make("recipients", name="Other", jwk=other.public)
    proof = {"answer": mine.open(first["challenge"])}
    assert client.post(f"recipients/{second['id']}/confirm", proof).status_code == 422


def test_a_key_is_registered_once(client: ApiClient, stranger: ApiClient) -> None:
    holder = Holder()
    client.make("recipients", name="BI", jwk=holder.public)
    response = client.post("recipients", {"name": "Again", "jwk": holder.public})
    assert response.status_code == 409
    assert list(body_of(response)["errors"]) == ["jwk"]
    stranger.make("recipients", name="Theirs", jwk=holder.public)


def test_a_retired_key_stays_so(client: ApiClient) -> None:
    made = Holder().register(client)
    for _ in range(2):
        assert body_of(client.post(f"recipients/{made['id']}/retire"))["state"] == "retired"
    assert client.post(f"recipients/{made['id']}/challenge").status_code == 409
    soon = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert client.patch(f"recipients/{made['id']}", {"expires_at": soon}).status_code == 409


def test_name_and_expiry_can_be_changed(client: ApiClient) -> None:
    made = Holder().register(client, expires_at="2036-01-01T00:00:00Z")
    changed = body_of(
        client.patch(f"recipients/{made['id']}", {"name": "Reports", "expires_at": None})
    )
    assert (changed["name"], changed["expires_at"]) == ("Reports", None)
    past = client.patch(f"recipients/{made['id']}", {"expires_at": "2020-01-01T00:00:00Z"})
    assert past.status_code == 422
    key = client.patch(f"recipients/{made['id']}", {"jwk": Holder().public})
    assert list(body_of(key)["errors"]) == ["jwk"]


def test_one_that_has_expired_is_shown_as_retired(client: ApiClient, session: Session) -> None:
    made = Holder().register(client)
    session.execute(update(Recipient).values(expires_at=datetime.now(UTC)))
    session.commit()
    assert client.read(f"recipients/{made['id']}")["state"] == "retired"


def test_recipients_are_listed_newest_first_by_pages(client: ApiClient) -> None:
    ids = [client.make("recipients", name="BI", jwk=Holder().public)["id"] for _ in range(3)]
    first = client.read("recipients", limit=2)
    rest = client.read("recipients", limit=2, cursor=first["next_cursor"])
    assert [each["id"] for each in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next_cursor"] is None


def test_a_deleted_recipient_is_gone_and_its_key_may_come_back(client: ApiClient) -> None:
    holder = Holder()
    made = holder.register(client)
    assert client.delete(f"recipients/{made['id']}").status_code == 204
    assert client.get(f"recipients/{made['id']}").status_code == 404
    holder.register(client)


def test_there_is_an_end_to_them(client: ApiClient) -> None:
    for _ in range(USUAL["recipients"]):
        client.make("recipients", name="BI", jwk=Holder().public)
    assert client.post("recipients", {"name": "X", "jwk": Holder().public}).status_code == 409


@pytest.mark.abuse(52)
@pytest.mark.parametrize("kind", KINDS)
def test_abuse_52_a_private_key_is_refused_and_not_repeated(client: ApiClient, kind: str) -> None:
    private = Holder(kind).private
    response = client.post("recipients", {"name": "BI", "jwk": private})
    assert response.status_code == 422
    assert list(body_of(response)["errors"]) == ["jwk"]
    assert private["d"] not in response.text
    assert client.read("recipients")["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "BI"}, "jwk"),
        ({"jwk": {}}, "name"),
        ({"name": "BI", "jwk": "key"}, "jwk"),
        ({"name": "BI", "jwk": {}}, "jwk"),
        ({"name": "BI", "jwk": {"kty": ["EC"]}}, "jwk"),
        ({"name": "BI", "jwk": {"kty": "EC", "crv": ["P-256"], "x": 1, "y": None}}, "jwk"),
        ({"name": "BI\n", "jwk": {}, "state": "active"}, "state"),
    ],
)
def test_what_is_no_recipient_is_refused(
    client: ApiClient, body: dict[str, object], field: str
) -> None:
    response = client.post("recipients", body)
    assert response.status_code == 422
    assert field in body_of(response)["errors"]
