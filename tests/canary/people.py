"""Coming in, in every way that there is: people and machines, with secrets that they get and give."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from pyotp import TOTP

from tests.canary import marks
from tests.canary.marks import Marks
from tests.canary.recorder import Recorder, refused
from tests.e2e.client import mailed_token

EMAIL = "ada@canary.example"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_SCOPES = ["monitor:read"]


def log_in(user: Recorder, kept: Marks) -> None:
    """Open an account, log in wrongly and rightly, renew, and use what is used up."""
    account = {"email": EMAIL, "password": kept.add("password", marks.new())}
    user.post("/auth/register", {**account, "organization_name": "Shop"})
    _open(user, kept, "confirm-registration", "registration", EMAIL, account["password"])
    wrong = kept.add("password guessed", marks.new())
    for who in (EMAIL, "nobody@canary.example"):
        body = {"email": who, "password": wrong}
        assert refused(user.ask("POST", "/api/v1/auth/login", body))
    tokens = user.reveal("POST", "/auth/login", account)
    _remember(user, kept, tokens)
    used = {"refresh_token": tokens["refresh_token"]}
    _remember(user, kept, user.reveal("POST", "/auth/refresh", used))
    assert refused(user.ask("POST", "/api/v1/auth/refresh", used))
    _change_password(user, kept)


def _change_password(user: Recorder, kept: Marks) -> None:
    """Forget it, set another, and change that one; ask for another address, and do not take it."""
    user.post("/auth/forgot-password", {"email": EMAIL})
    token = kept.add("link password-reset", mailed_token(user, EMAIL, "password-reset"))
    second = kept.add("password that was reset", marks.new())
    user.post("/auth/reset-password", {"token": token, "password": second})
    _remember(user, kept, user.reveal("POST", "/auth/login", {"email": EMAIL, "password": second}))
    third = kept.add("password changed", marks.new())
    body = {"current_password": second, "new_password": third}
    for expected in (HTTPStatus.NO_CONTENT, HTTPStatus.UNPROCESSABLE_ENTITY):
        assert user.ask("POST", "/api/v1/me/password", body).status == expected
    user.post("/me/email", {"current_password": third, "email": "next@canary.example"})
    _add_second_factor(user, kept, third)
    for path in ("/me", "/me/data", "/sessions", "/me/second-factor"):
        user.get(path)


def _add_second_factor(user: Recorder, kept: Marks, password: str) -> None:
    """Have one, and come in by a recovery code, once."""
    proof = {"current_password": password}
    secret = user.reveal("POST", "/me/second-factor", proof)["secret"]
    kept.add("second factor", secret)
    code = {"code": TOTP(secret).now()}
    codes = user.reveal("POST", "/me/second-factor/confirmation", code)["recovery_codes"]
    for number, each in enumerate(codes):
        kept.add(f"recovery code {number}", each)
    login = {"email": EMAIL, "password": password, "code": codes[0]}
    _remember(user, kept, user.reveal("POST", "/auth/login", login))
    user.ask("POST", "/api/v1/me/second-factor/removal", {**proof, "code": codes[0]})


def invite(user: Recorder, kept: Marks) -> None:
    """Let somebody join, who leaves again."""
    email = "bob@canary.example"
    user.post("/invitations", {"email": email, "role": "admin"})
    bob = Recorder(user.url, answers=user.answers)
    password = kept.add("password of bob", marks.new())
    _open(bob, kept, "accept-invitation", "invitation", email, password)
    bob.ask("DELETE", "/api/v1/me/membership")
    assert refused(bob.ask("GET", "/api/v1/monitors"))


def _open(user: Recorder, kept: Marks, at: str, what: str, email: str, password: str) -> None:
    """Use the link of a mail, and be logged in by it."""
    token = kept.add(f"link {what}", mailed_token(user, email, what))
    user.send("GET", f"/links/{what}/{token}")
    _remember(
        user, kept, user.reveal("POST", f"/auth/{at}", {"token": token, "password": password})
    )


def let_machines_in(user: Recorder, kept: Marks) -> None:
    _by_key(user, kept)
    _by_account(user, kept)


def _by_key(user: Recorder, kept: Marks) -> None:
    body = {"name": "Robot", "scopes": _SCOPES}
    once = {"Idempotency-Key": "once"}
    key = user.reveal("POST", "/api-keys", body, headers=once)
    again = user.reveal("POST", "/api-keys", body, headers=once)
    assert again == key
    text = kept.add("API key", key["key"])
    robot = Recorder(user.url, token=text, answers=user.answers)
    assert robot.get("/monitors")
    for query in ({"api_key": text}, {"access_token": text}, {"cursor": text}):
        assert refused(robot.ask("GET", "/api/v1/monitors", **query))
    renewed = user.reveal("POST", f"/api-keys/{key['id']}/rotate", {"overlap_seconds": 0})
    kept.add("API key renewed", renewed["key"])
    assert refused(robot.ask("GET", "/api/v1/monitors"))
    user.get(f"/api-keys/{key['id']}")


def _by_account(user: Recorder, kept: Marks) -> None:
    account = user.make("/service-accounts", name="Robot", scheme="client_secret", scopes=_SCOPES)
    client = {
        "client_id": account["id"],
        "client_secret": kept.add("client secret", account["client_secret"]),
    }
    robot = Recorder(user.url, answers=user.answers)
    token = _form(robot, "token", {**client, "grant_type": "client_credentials"}, revealing=True)
    access = token["access_token"]
    kept.add("machine token", access.rpartition(".")[2])
    assert _form(robot, "introspect", {**client, "token": access})["active"]
    wrong = {**client, "client_secret": kept.add("client secret guessed", marks.new())}
    for form in ({**wrong, "grant_type": "client_credentials"}, {**client, "grant_type": "magic"}):
        assert "error" in _form(robot, "token", form)
    _form(robot, "revoke", {**client, "token": access})
    renewed = user.reveal("POST", f"/service-accounts/{account['id']}/rotate", {})
    kept.add("client secret renewed", renewed["client_secret"])
    user.post(f"/service-accounts/{account['id']}/end-tokens")


def _form(
    client: Recorder, place: str, form: dict[str, str], *, revealing: bool = False
) -> dict[str, Any]:
    text = urlencode(form)
    body = client.send("POST", f"/oauth/{place}", text, _FORM, revealing=revealing).body
    return body if isinstance(body, dict) else {}


def _remember(user: Recorder, kept: Marks, tokens: dict[str, str]) -> None:
    user.token = tokens["access_token"]
    kept.add(f"token {len(kept)}", tokens["refresh_token"])
    # The signature is what makes it one; the rest is in many.
    kept.add(f"token {len(kept)}", user.token.rpartition(".")[2])
