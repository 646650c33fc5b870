"""What an example cannot hold: secrets that the service issues, and states that come before."""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import delete, update

from api.request.example_ids import IDS
from api.schemas.examples import PASSWORD
from domain.alerting.account_event import AccountEvent
from models import Channel, Invitation, Passkey, Recipient
from models.session import database_now
from tests.api.account_mails import content, invitation_token, letters, token_in
from tests.api.client import body_of
from tests.api.examples.shop import OWNER, Shop
from tests.factories import exports
from tests.factories.passkeys import SoftKey
from tests.factories.recipients import Holder

_V1 = "/api/v1"
_CONTACT = f"{_V1}/contacts/{{contact_id}}"
_PROOF = {"current_password": PASSWORD}

Issued = dict[str, Any]


def _registration(its: Shop) -> Issued:
    body = {"email": "grace@example.com", "password": PASSWORD, "organization_name": "Shop"}
    its.send("POST", f"{_V1}/auth/register", body)
    return {"token": token_in(content(its.app, AccountEvent.REGISTRATION))}


def _reset(its: Shop) -> Issued:
    its.send("POST", f"{_V1}/auth/forgot-password", {"email": OWNER})
    return {"token": token_in(content(its.app, AccountEvent.PASSWORD_RESET))}


def _another_email(its: Shop) -> Issued:
    its.send("POST", f"{_V1}/me/email", {**_PROOF, "email": "ada.lovelace@example.com"})
    (confirmation,) = [
        each for each in letters(its.app) if each.event is AccountEvent.EMAIL_CONFIRM
    ]
    return {"token": token_in(confirmation)}


def _closed(its: Shop, path: str, event: AccountEvent, **body: str) -> Issued:
    if event is AccountEvent.ACCOUNT_CLOSED:
        _another_owner(its)
    assert its.client.post(path, {**_PROOF, **body}).status_code < 300
    (mail,) = [each for each in letters(its.app) if each.event is event and each.address == OWNER]
    return {"token": token_in(mail)}


def _refresh_token(its: Shop) -> Issued:
    return {"refresh_token": its.client.refresh_token}


def _another_owner(its: Shop) -> Issued:
    its.send("PATCH", f"{_V1}/members/{IDS['member']}", {"role": "owner"})
    return {}


def _code_of_offer(its: Shop) -> Issued:
    offer = its.send("POST", f"{_V1}/me/second-factor", _PROOF)
    return {"code": pyotp.TOTP(offer["secret"]).at(time.time())}


def _code_of_app(its: Shop) -> Issued:
    offer = its.send("POST", f"{_V1}/me/second-factor", _PROOF)
    app = pyotp.TOTP(offer["secret"])
    its.send("POST", f"{_V1}/me/second-factor/confirmation", {"code": app.at(time.time())})
    return {"code": app.at(time.time(), counter_offset=1)}


def _without_passkey(its: Shop) -> Issued:
    its.session.execute(delete(Passkey))
    its.session.commit()
    return {}


def _passkey_created(its: Shop) -> Issued:
    options = its.send("POST", f"{_V1}/me/passkeys/options", _PROOF)["options"]
    return {"credential": SoftKey().create(options)}


def _passkey_used(its: Shop) -> Issued:
    key = SoftKey()
    offer = its.send("POST", f"{_V1}/me/passkeys/options", _PROOF)["options"]
    body = {"name": "Phone", "credential": key.create(offer)}
    its.send("POST", f"{_V1}/me/passkeys", body)
    asked = its.send("POST", f"{_V1}/auth/passkey/options")["options"]
    return {"credential": key.get(asked)}


def _login_from_elsewhere(its: Shop) -> Issued:
    letters(its.app)
    answer = its.client.send(
        "POST",
        f"{_V1}/auth/passkey",
        json=_passkey_used(its),
        headers={"User-Agent": "Elsewhere/1"},
    )
    assert answer.status_code == 200, answer.text
    return {"token": token_in(content(its.app, AccountEvent.NEW_DEVICE))}


def _off_duty(its: Shop) -> Issued:
    its.send("DELETE", f"{_V1}/escalation-policies/{IDS['policy']}")
    its.send("DELETE", f"{_V1}/on-call-schedules/{IDS['schedule']}")
    return {}


def _credential_unused(its: Shop) -> Issued:
    its.send("PATCH", f"{_V1}/monitors/{IDS['monitor']}", {"credential_ids": []})
    return {}


def _channel(its: Shop, **values: object) -> Issued:
    moments = {name: database_now(its.session) for name in values}
    its.session.execute(update(Channel).values(moments))
    its.session.commit()
    return {}


def _rotated(its: Shop) -> Issued:
    its.send("POST", f"{_V1}/event-subscriptions/{IDS['subscription']}/rotate")
    return {}


def _export_made(its: Shop) -> Issued:
    exports.finish(its.app.extensions["downtime"].transaction, IDS["export"])
    return {}


def _invited_before(its: Shop) -> Issued:
    earlier = database_now(its.session) - timedelta(hours=1)
    its.session.execute(update(Invitation).values(updated_at=earlier))
    its.session.commit()
    return {}


def _invitation(its: Shop) -> Issued:
    invited = its.send(
        "POST", f"{_V1}/invitations", {"email": "hana@example.com", "role": "viewer"}
    )
    return {"token": invitation_token(its.app, invited["id"])}


def _challenged(its: Shop) -> Issued:
    its.session.execute(delete(Recipient))
    its.session.commit()
    holder = Holder()
    made = its.send("POST", f"{_V1}/recipients", {"name": "Warehouse", "jwk": holder.public})
    its.session.execute(
        update(Recipient)
        .where(Recipient.public_id == UUID(made["id"]))
        .values(public_id=UUID(IDS["recipient"]))
    )
    its.session.commit()
    answer = body_of(its.client.post(f"recipients/{IDS['recipient']}/challenge"))
    return {"answer": holder.open(answer["challenge"])}


def _pending(its: Shop) -> Issued:
    _challenged(its)
    return {}


def _webhook(its: Shop) -> Issued:
    hook = {"kind": "webhook", "settings": {"url": "https://hooks.example.com/in"}}
    return {
        IDS["channel"]: its.send("POST", f"{_V1}/contacts/{IDS['contact']}/channels", hook)["id"]
    }


def _entry(its: Shop) -> Issued:
    """Name an entry of the audit log, whose id nobody can change."""
    return {IDS["entry"]: its.client.read(f"{_V1}/audit-entries")["items"][0]["id"]}


def _role_given(its: Shop, holder: str) -> Issued:
    path = f"{_V1}/projects/{IDS['project']}/{holder}s/{IDS[holder]}"
    its.send("PUT", path, {"role": "viewer"})
    return {}


INSTEAD: Mapping[str, Callable[[Shop], Issued]] = {
    f"GET {_V1}/audit-entries/{{entry_id}}": _entry,
    f"PATCH {_CONTACT}/channels/{{channel_id}}": _webhook,
}
"""Other ids than those of the document: what they name is sealed with its id from the start."""

BEFORE: Mapping[str, Callable[[Shop], Issued]] = {
    f"POST {_V1}/auth/confirm-registration": _registration,
    f"POST {_V1}/auth/accept-invitation": _invitation,
    f"POST {_V1}/auth/reset-password": _reset,
    f"POST {_V1}/auth/confirm-email": _another_email,
    f"POST {_V1}/auth/restore-account": partial(
        _closed, path="me/deletion", event=AccountEvent.ACCOUNT_CLOSED
    ),
    f"POST {_V1}/auth/restore-organization": partial(
        _closed, path="organization/deletion", event=AccountEvent.ORGANIZATION_CLOSED, name="Shop"
    ),
    f"POST {_V1}/auth/login": _without_passkey,
    f"POST {_V1}/auth/passkey": _passkey_used,
    f"POST {_V1}/auth/disown-login": _login_from_elsewhere,
    f"POST {_V1}/me/passkeys": _passkey_created,
    f"POST {_V1}/auth/switch": _refresh_token,
    f"POST {_V1}/auth/refresh": _refresh_token,
    f"POST {_V1}/auth/logout": _refresh_token,
    f"DELETE {_V1}/me/membership": _another_owner,
    f"POST {_V1}/me/deletion": _another_owner,
    f"POST {_V1}/me/second-factor/confirmation": _code_of_offer,
    f"POST {_V1}/me/second-factor/removal": _code_of_app,
    f"DELETE {_CONTACT}": _off_duty,
    f"POST {_CONTACT}/channels/{{channel_id}}/test": partial(_channel, confirmed_at=True),
    f"POST {_CONTACT}/channels/{{channel_id}}/enable": partial(_channel, disabled_at=True),
    f"PATCH {_V1}/credentials/{{credential_id}}": _credential_unused,
    f"DELETE {_V1}/credentials/{{credential_id}}": _credential_unused,
    f"POST {_V1}/event-subscriptions/{{subscription_id}}/enable": partial(
        _channel, disabled_at=True
    ),
    f"DELETE {_V1}/event-subscriptions/{{subscription_id}}/rotate": _rotated,
    f"POST {_V1}/exports/{{export_id}}/links": _export_made,
    f"POST {_V1}/invitations/{{invitation_id}}/send-again": _invited_before,
    f"DELETE {_V1}/projects/{{project_id}}/teams/{{team_id}}": partial(_role_given, holder="team"),
    f"DELETE {_V1}/projects/{{project_id}}/members/{{member_id}}": partial(
        _role_given, holder="member"
    ),
    f"POST {_V1}/recipients/{{recipient_id}}/challenge": _pending,
    f"POST {_V1}/recipients/{{recipient_id}}/confirm": _challenged,
}
"""What happens before an example, by its operation; it returns the issued parts of the body."""
