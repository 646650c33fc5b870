"""Closed accounts and organizations: no way in, restored as they were, and erased without a trace.

With the rights of each process, because the policies of the database close the ways in.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from redis import Redis
from sqlalchemy import Engine, func, select, text, update
from sqlalchemy.orm import Session

from domain.alerting.account_event import AccountEvent, AccountMailContent
from domain.evaluation.slots import FOREVER
from models import (
    AccountMail,
    AuditEntry,
    Delivery,
    Membership,
    Monitor,
    Organization,
    Schedule,
    User,
)
from models.delivery import OPEN, DeliveryState
from models.session import act_for
from services.archive import retention
from services.audit import erasure
from services.closures import erasing
from services.monitors.plan import pauses as plan_pauses
from services.privacy import exports
from tests.api.account_mails import token_in
from tests.api.client import PASSWORD, ApiClient, body_of
from tests.api.machines import callers
from tests.contract.things import make_things
from tests.isolation.acting import As
from tests.isolation.conftest import Two
from tests.isolation.test_accounts import KEEPER, sent

API = "downtime_api"
MEANT = {"current_password": PASSWORD, "name": "Shop"}
PROOF = {"current_password": PASSWORD}
LOGIN = {"email": "ada@example.test", "password": PASSWORD}
CANARY = "canary7f3a"


def _join(
    two: Two, app: Flask, acting: As, role: str, email: str = "olga@example.test"
) -> ApiClient:
    two.mine.make("invitations", email=email, role=role)
    (mail,) = [each for each in sent(app, acting) if each.event is AccountEvent.INVITATION]
    joined = ApiClient(app)
    body = {"token": token_in(mail), "password": PASSWORD}
    return joined.use(joined.post("auth/accept-invitation", body))


def _link(app: Flask, acting: As, event: AccountEvent, address: str) -> AccountMailContent:
    (mail,) = [each for each in sent(app, acting) if (each.event, each.address) == (event, address)]
    return mail


def _close(two: Two, app: Flask, acting: As) -> str:
    assert two.mine.post("organization/deletion", MEANT).status_code == 202
    mail = _link(app, acting, AccountEvent.ORGANIZATION_CLOSED, "ada@example.test")
    return token_in(mail)


def _later(**time: float) -> datetime:
    return datetime.now(UTC) + timedelta(**time)


def _erase(acting: As, now: datetime) -> int:
    """Run the task with the rights of housekeeping; return the number of its steps."""
    steps = 0
    for step in (
        erasing.erase_account,
        erasing.begin_organization,
        erasing.purge_some,
        erasure.erase_some_of_deleted,
    ):
        while True:
            with acting(KEEPER) as session:
                if not step(session, now=now):
                    break
            steps += 1
    return steps


def _tables(session: Session, organization_id: int) -> dict[str, str]:
    """Return each table of an export as text, so that a difference names its table."""
    return {
        each.name: b"".join(exports.as_json(each.rows)).decode()
        for each in exports.of_organization(session, organization_id)
        if each.name not in exports.LOG
    }


def _first(session: Session) -> int:
    return session.scalars(select(Organization.id).order_by(Organization.id)).first() or 0


def test_at_once_nobody_comes_in_and_nothing_is_watched(app: Flask, two: Two, acting: As) -> None:
    member = _join(two, app, acting, "operator")
    make_things(two.mine)
    machine = callers.with_token(app, callers.new_key(two.mine)["key"])
    sent(app, acting)
    assert two.mine.post("organization/deletion", MEANT).status_code == 202
    mails = {each.address: each.link for each in sent(app, acting)}
    assert [bool(mails[f"{name}@example.test"]) for name in ("ada", "olga")] == [True, False]
    closed = (two.mine, member, machine)
    assert [each.get("monitors").status_code for each in closed] == [401] * 3
    assert two.mine.post("auth/login", LOGIN).status_code == 401
    refresh = {"refresh_token": two.mine.refresh_token}
    assert two.mine.post("auth/refresh", refresh).status_code == 401
    assert two.theirs.get("monitors").status_code == 200
    with acting(KEEPER) as session:
        open_spans = select(func.count()).select_from(Schedule)
        assert session.scalar(open_spans.where(Schedule.until_slot == FOREVER)) == 0
        waiting = select(func.count()).select_from(Delivery).where(Delivery.state.in_(OPEN))
        assert session.scalar(waiting) == 0


def test_a_restore_brings_everything_back_as_it_was(app: Flask, two: Two, acting: As) -> None:
    make_things(two.mine)
    paused = two.mine.make_monitor(name="Paused")
    two.mine.post(f"monitors/{paused['id']}/pause")
    key = callers.new_key(two.mine)["key"]
    sent(app, acting)
    with acting(KEEPER) as session:
        # What waits to be sent is cancelled for good.
        session.execute(update(Delivery).values(state=DeliveryState.SENT))
    with acting(API) as session:
        mine = _first(session)
        act_for(session, mine)
        tables = _tables(session, mine)
        before = exports.fingerprint(exports.of_organization(session, mine))
    token = _close(two, app, acting)
    assert ApiClient(app).post("auth/restore-organization", {"token": token}).status_code == 204
    with acting(KEEPER) as session:
        plan_pauses.sweep(session, now=_later(seconds=1))
    with acting(API) as session:
        act_for(session, mine)
        assert _tables(session, mine) == tables
        assert exports.fingerprint(exports.of_organization(session, mine)) == before
        spans = select(func.count()).select_from(Schedule).where(Schedule.until_slot == FOREVER)
        assert session.scalar(spans) == 1
    assert two.mine.get("monitors").status_code == 200
    assert callers.with_token(app, key).get("monitors").status_code == 200
    actions = [each["action"] for each in two.mine.read("audit-entries")["items"]]
    assert {"organization.deleted", "organization.restored"} <= set(actions)


def test_a_restore_link_is_valid_once_and_for_its_own(app: Flask, two: Two, acting: As) -> None:
    token = _close(two, app, acting)
    visitor = ApiClient(app)
    assert visitor.post("auth/restore-account", {"token": token}).status_code == 401
    forged = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert visitor.post("auth/restore-organization", {"token": forged}).status_code == 401
    with ThreadPoolExecutor(4) as pool:
        codes = list(
            pool.map(
                lambda _: ApiClient(app).post("auth/restore-organization", {"token": token}),
                range(4),
            )
        )
    assert sorted(each.status_code for each in codes) == [204, 401, 401, 401]
    again = _close(two, app, acting)
    assert visitor.post("auth/restore-organization", {"token": token}).status_code == 401
    assert visitor.post("auth/restore-organization", {"token": again}).status_code == 204


def test_a_deletion_twice_at_once_is_one(app: Flask, two: Two, acting: As) -> None:
    with ThreadPoolExecutor(2) as pool:
        codes = list(pool.map(lambda _: two.mine.post("organization/deletion", MEANT), range(2)))
    assert 202 in [each.status_code for each in codes]
    assert {each.status_code for each in codes} <= {202, 401}
    mails = [each for each in sent(app, acting) if each.event is AccountEvent.ORGANIZATION_CLOSED]
    assert len(mails) == 1


def test_after_the_grace_nobody_restores(app: Flask, two: Two, acting: As) -> None:
    token = _close(two, app, acting)
    with acting(KEEPER) as session:
        assert not erasing.begin_organization(session, now=_later(days=29.9))
        assert erasing.begin_organization(session, now=_later(days=30))
    assert ApiClient(app).post("auth/restore-organization", {"token": token}).status_code == 401
    with acting(KEEPER) as session:
        events = session.scalars(select(AccountMail.event).order_by(AccountMail.id)).all()
    assert events == [AccountEvent.ORGANIZATION_CLOSED, AccountEvent.ORGANIZATION_DELETED]


def test_a_hold_refuses_the_deletion_and_stops_an_erasure_that_has_begun(
    app: Flask, two: Two, acting: As
) -> None:
    two.mine.make_monitor()
    with acting(API) as session:
        mine = _first(session)
        act_for(session, mine)
        retention.hold(session, mine, now=_later())
    refused = two.mine.post("organization/deletion", MEANT)
    assert refused.status_code == 409
    assert "legal hold" in body_of(refused)["detail"]
    with acting(API) as session:
        act_for(session, mine)
        retention.release(session, mine)
    _close(two, app, acting)
    with acting(KEEPER) as session:
        assert erasing.begin_organization(session, now=_later(days=30))
        assert erasing.purge_some(session, now=_later(days=30))
    with acting(API) as session:
        act_for(session, mine)
        retention.hold(session, mine, now=_later())
    for step in (erasing.purge_some, erasure.erase_some_of_deleted):
        with acting(KEEPER) as session:
            assert not step(session, now=_later(days=800))
    with acting(API) as session:
        act_for(session, mine)
        retention.release(session, mine)
    assert _erase(acting, _later(days=32)) > 0
    with acting(KEEPER) as session:
        assert session.get(Organization, mine) is None


def test_a_process_that_is_killed_between_steps_goes_on(app: Flask, two: Two, acting: As) -> None:
    two.mine.make_monitor()
    two.mine.make_monitor()
    _close(two, app, acting)
    now = _later(days=32)
    with acting(KEEPER) as session:
        erasing.begin_organization(session, now=now)
    steps = 0
    while True:
        try:
            with acting(KEEPER) as session:
                found = erasing.purge_some(session, now=now)
                # What a kill before the commit leaves behind is what a rollback does.
                raise InterruptedError  # noqa: TRY301 - as the kill
        except InterruptedError:
            pass
        with acting(KEEPER) as session:
            assert erasing.purge_some(session, now=now) is found
            if not found:
                break
        steps += 1
    assert steps == 3
    assert two.theirs.get("monitors").status_code == 200


def test_a_closed_account_comes_back_with_its_machines(app: Flask, two: Two, acting: As) -> None:
    admin = _join(two, app, acting, "admin")
    machine = callers.with_token(app, callers.new_key(admin)["key"])
    sent(app, acting)
    assert admin.post("me/deletion", PROOF).status_code == 204
    token = token_in(_link(app, acting, AccountEvent.ACCOUNT_CLOSED, "olga@example.test"))
    login = {**LOGIN, "email": "olga@example.test"}
    assert [each.get("monitors").status_code for each in (admin, machine)] == [401, 401]
    assert admin.post("auth/login", login).status_code == 401
    assert [each["email"] for each in two.mine.read("members")["items"]] == ["ada@example.test"]
    assert two.mine.delete("me/membership").status_code == 409
    visitor = ApiClient(app)
    assert visitor.post("auth/restore-organization", {"token": token}).status_code == 401
    assert visitor.post("auth/restore-account", {"token": token}).status_code == 204
    assert visitor.post("auth/restore-account", {"token": token}).status_code == 401
    assert machine.get("monitors").status_code == 200
    admin.use(admin.post("auth/login", login))
    assert len(two.mine.read("members")["items"]) == 2
    with acting(KEEPER) as session:
        assert not erasing.erase_account(session, now=_later(days=400))


def test_nobody_takes_a_closed_account_over(app: Flask, two: Two, acting: As) -> None:
    admin = _join(two, app, acting, "admin")
    admin.post("me/deletion", PROOF)
    sent(app, acting)
    visitor = ApiClient(app)
    visitor.post("auth/forgot-password", {"email": "olga@example.test"})
    assert sent(app, acting) == []
    body = {"email": "olga@example.test", "password": "a long passphrase", "organization_name": "X"}
    visitor.post("auth/register", body)
    token = token_in(_link(app, acting, AccountEvent.REGISTRATION, "olga@example.test"))
    answer = {"token": token, "password": "a long passphrase"}
    assert visitor.post("auth/confirm-registration", answer).status_code == 409
    two.mine.make("invitations", email="olga@example.test", role="viewer")
    token = token_in(_link(app, acting, AccountEvent.INVITATION, "olga@example.test"))
    answer = {"token": token, "password": PASSWORD}
    assert visitor.post("auth/accept-invitation", answer).status_code == 409


def _traces(engine: Engine) -> Iterator[str]:
    """Yield each row of the database, as text, that has the canary."""
    with Session(engine) as session:
        names = session.scalars(
            text(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
                " AND relnamespace = 'public'::regnamespace"
            )
        ).all()
        for name in names:
            rows = session.scalars(
                text(f'SELECT t::text FROM "{name}" t WHERE t::text ILIKE :it'),
                {"it": f"%{CANARY}%"},
            )
            yield from (f"{name}: {row}" for row in rows)


def test_no_trace_of_a_person_is_left(
    app: Flask,
    two: Two,
    acting: As,
    committed: Engine,
    redis: Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    email = f"{CANARY}@example.test"
    admin = _join(two, app, acting, "admin", email)
    callers.new_key(admin)
    admin.post("auth/login", {"email": email, "password": "not it"})
    admin.make("invitations", email="friend@example.test", role="viewer")
    admin.post("me/deletion", PROOF)
    sent(app, acting)
    assert list(_traces(committed))
    _erase(acting, _later(days=14))
    assert [each for each in _traces(committed) if not each.startswith("audit_entries")] == []
    assert _personal_traces(committed) == 0
    assert not [key for key in redis.scan_iter() if CANARY.encode() in key]
    assert CANARY not in caplog.text


def test_no_trace_of_an_organization_is_left(
    app: Flask,
    two: Two,
    acting: As,
    committed: Engine,
    redis: Redis,
    caplog: pytest.LogCaptureFixture,
) -> None:
    channel = {"kind": "email", "address": f"{CANARY}@example.test"}
    two.mine.make("contacts", name=CANARY, channels=[channel])
    two.mine.make("credentials", name=CANARY, scheme="bearer", fields={"token": CANARY})
    two.mine.make_monitor(name=CANARY, url=f"https://{CANARY}.test/")
    _close(two, app, acting)
    assert list(_traces(committed))
    _erase(acting, _later(days=32))
    sent(app, acting)
    assert [each for each in _traces(committed) if not each.startswith("audit_entries")] == []
    assert _personal_traces(committed) == 0
    assert not [key for key in redis.scan_iter() if CANARY.encode() in key]
    assert CANARY not in caplog.text


def _personal_traces(engine: Engine) -> int:
    """Count the entries of the audit log with the canary in what may tell of a person."""
    with Session(engine) as session:
        told = AuditEntry.actor_label, AuditEntry.ip, AuditEntry.user_agent
        rows = session.execute(select(*told, AuditEntry.personal)).all()
        return len([row for row in rows if CANARY in str(tuple(row))])


def test_an_account_waits_for_the_hold_of_its_organization(
    app: Flask, two: Two, acting: As
) -> None:
    admin = _join(two, app, acting, "admin")
    admin.post("me/deletion", PROOF)
    with acting(API) as session:
        mine = _first(session)
        act_for(session, mine)
        retention.hold(session, mine, now=_later())
    with acting(KEEPER) as session:
        assert not erasing.erase_account(session, now=_later(days=20))
    with acting(API) as session:
        act_for(session, mine)
        retention.release(session, mine)
    with acting(KEEPER) as session:
        assert erasing.erase_account(session, now=_later(days=20))
        assert session.scalar(select(func.count(Membership.id))) == 2
        assert session.scalar(select(func.count(User.id))) == 2
        assert session.scalar(select(func.count(Monitor.id))) == 0
