"""Organizations with a proven domain and a provider, and browsers that log in by it."""

from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import Domain
from models.domain import DomainState
from tests.api.client import ApiClient
from tests.servers.oidc_provider import CLIENT, SECRET, Provider
from tests.web.reader import Reader

OWN = {"Sec-Fetch-Site": "same-origin"}


@dataclass
class Tenant:
    """An organization: its owner, its domain, its connection, and its provider."""

    owner: ApiClient
    domain: str
    connection: dict[str, Any]
    provider: Provider

    def address(self, name: str = "ann") -> str:
        return f"{name}@{self.domain}"

    @property
    def path(self) -> str:
        return f"sso-connections/{self.connection['id']}"


def prove(session: Session, client: ApiClient, name: str) -> None:
    """Have a domain proven, as its record in the DNS would."""
    made = client.make("domains", name=name)
    session.execute(
        update(Domain).where(Domain.public_id == UUID(made["id"])).values(state=DomainState.PROVEN)
    )
    session.commit()


def tenant(
    session: Session,
    owner: ApiClient,
    domain: str,
    provider: Provider,
    **values: Any,  # noqa: ANN401 - the fields of a connection
) -> Tenant:
    prove(session, owner, domain)
    made = owner.make(
        "sso-connections",
        **{
            "name": "Provider",
            "issuer": provider.issuer,
            "client_id": CLIENT,
            "client_secret": SECRET,
            **values,
        },
    )
    return Tenant(owner, domain, made, provider)


class Browser:
    """A browser that goes to the provider and comes back."""

    def __init__(self, app: Flask) -> None:
        self.reader = Reader(app)
        self.client = self.reader._client

    def go(self, email: str) -> str:
        """Give an address, and return where the page leads."""
        response = self.client.post("/login/sso", data={"email": email}, headers=OWN)
        assert response.status_code == 200, response.text
        start = response.text.index('content="0; url=') + len('content="0; url=')
        return unescape(response.text[start : response.text.index('"', start)])

    def come_back(self, url: str, answer: dict[str, str]) -> TestResponse:
        """Follow the provider's redirect to the callback that `url` had named."""
        return self.client.get(callback_of(url), query_string=answer)

    def log_in(self, tenant: Tenant, **claims: Any) -> TestResponse:  # noqa: ANN401 - of the token
        email = claims.get("email") or tenant.address()
        url = self.go(email)
        stated = {"email": email, "email_verified": True, **claims}
        return self.come_back(url, tenant.provider.authorize(url, **stated))

    @property
    def is_in(self) -> bool:
        """Whether it sees pages of members."""
        return self.client.get("/monitors").status_code == 200

    def answers(self, path: str = "/monitors") -> int:
        return self.client.get(path).status_code


def callback_of(url: str) -> str:
    return urlsplit(parse_qs(urlsplit(url).query)["redirect_uri"][0]).path
