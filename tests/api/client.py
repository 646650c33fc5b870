"""A client that speaks JSON and knows its token."""

from datetime import UTC, datetime
from functools import cache
from typing import Any, Self

from flask import Flask
from werkzeug.test import TestResponse

from security.login import passwords
from server.identity import login_tokens
from services.accounts import accounts

PASSWORD = "correct horse battery"
FROM_HERE = {"Sec-Fetch-Site": "same-origin"}
"""What a browser says of a form of our own pages."""


class ApiClient:
    """Paths are those below `/api/v1`, unless they begin with a slash."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._client = app.test_client()
        self.token: str | None = None
        self.refresh_token = ""

    def register(self, email: str) -> Self:
        """Come in as the owner of a new organization, who has confirmed the address."""
        now = datetime.now(UTC)
        with (
            self._app.test_request_context(),
            self._app.extensions["downtime"].transaction() as session,
        ):
            opened = accounts.found(
                session,
                email=email,
                password_hash=_password_hash(),
                organization_name="Shop",
                now=now,
            )
            return self._keep(login_tokens.begin(session, opened, now))

    def use(self, response: TestResponse) -> Self:
        assert response.status_code in {200, 201}, response.text
        return self._keep(body_of(response))

    def switch(self, organization_id: str) -> TestResponse:
        """Ask for tokens of another organization; one's own refresh token is used up by that."""
        body = {"organization_id": organization_id, "refresh_token": self.refresh_token}
        return self.post("auth/switch", body)

    def _keep(self, answer: dict[str, Any]) -> Self:
        self.token, self.refresh_token = answer["access_token"], answer["refresh_token"]
        return self

    def get(self, path: str, **query: object) -> TestResponse:
        return self.send("GET", path, query_string=query)

    def post(self, path: str, body: object = None) -> TestResponse:
        return self.send("POST", path, json=body)

    def patch(self, path: str, body: object) -> TestResponse:
        return self.send("PATCH", path, json=body)

    def delete(self, path: str) -> TestResponse:
        return self.send("DELETE", path)

    def send(self, method: str, path: str, **options: Any) -> TestResponse:  # noqa: ANN401
        headers = dict(options.pop("headers", {}))
        if self.token is not None:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        url = path if path.startswith("/") else f"/api/v1/{path}"
        return self._client.open(url, method=method, headers=headers, **options)

    def make(self, path: str, **body: object) -> dict[str, Any]:
        """Create something and return it."""
        response = self.post(path, body)
        assert response.status_code == 201, response.text
        return body_of(response)

    def read(self, path: str, **query: object) -> dict[str, Any]:
        """Get something that must be there."""
        response = self.get(path, **query)
        assert response.status_code == 200, response.text
        return body_of(response)

    def make_monitor(self, **values: object) -> dict[str, Any]:
        return self.make("monitors", **{"name": "Shop", "url": "https://shop.test/", **values})


@cache
def _password_hash() -> str:
    """Hash the one password of these tests once, since that takes time on purpose."""
    return passwords.hashed(PASSWORD)


def body_of(response: TestResponse) -> dict[str, Any]:
    body = response.get_json(force=True)
    assert isinstance(body, dict)
    return body
