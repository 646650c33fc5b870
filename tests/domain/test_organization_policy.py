"""The policy of an organization: whom it refuses and why, and that no owner locks himself out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.organization_policy import (
    IDLE_MINUTES,
    MOST_GRACE_DAYS,
    SELECTABLE_WAYS,
    SESSION_HOURS,
    LoginWay,
    Policy,
    Refusal,
    Visit,
    factor_deadline,
    is_key_over,
    is_over,
    lockout,
    problems,
    refusal,
)

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
NETWORKS = ("192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32")
ADDRESSES = [None, *map(ip_address, ("192.0.2.9", "198.51.100.7", "203.0.113.1", "2001:db8::5"))]

ages = st.timedeltas(timedelta(0), 100 * DAY)
ways = st.sets(st.sampled_from(SELECTABLE_WAYS), min_size=1).map(tuple)


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    demands = draw(st.booleans())
    hours = draw(st.integers(*SESSION_HOURS))
    return Policy(
        require_second_factor=demands,
        second_factor_grace_days=draw(st.integers(0, MOST_GRACE_DAYS)),
        second_factor_required_at=NOW - draw(ages) if demands else None,
        session_idle_minutes=min(draw(st.integers(*IDLE_MINUTES)), hours * 60),
        session_hours=hours,
        networks=draw(st.lists(st.sampled_from(NETWORKS), unique=True).map(tuple)),
        login_ways=draw(ways),
    )


@st.composite
def visits(draw: st.DrawFn) -> Visit:
    began = NOW - draw(ages)
    has_passkey = draw(st.booleans())
    return Visit(
        began_at=began,
        last_seen_at=began + (NOW - began) * draw(st.floats(0, 1)),
        joined_at=NOW - draw(ages),
        way=draw(st.sampled_from(LoginWay)),
        has_factor=has_passkey or draw(st.booleans()),
        has_passkey=has_passkey,
        address=draw(st.sampled_from(ADDRESSES)),
    )


@given(visits())
def test_the_defaults_refuse_only_old_sessions_and_single_sign_on(visit: Visit) -> None:
    found = refusal(Policy(), visit, now=NOW)
    if min(visit.began_at + 30 * DAY, visit.last_seen_at + DAY / 2) <= NOW:
        assert found is Refusal.SESSION_OVER
    elif visit.way is LoginWay.SSO:
        assert found in {Refusal.WAY, Refusal.PASSKEY_MISSING}
    else:
        assert found is None


@given(policies(), visits())
def test_an_owner_whom_a_change_does_not_lock_out_comes_in_with_the_next_request(
    policy: Policy, visit: Visit
) -> None:
    """But for the age of the session: to log in again is no lockout."""
    if lockout(policy, visit) is None:
        assert refusal(policy, visit, now=NOW) in {None, Refusal.SESSION_OVER}
        assert refusal(policy, replace(visit, began_at=NOW, last_seen_at=NOW), now=NOW) is None


@given(policies(), visits())
def test_a_change_that_refuses_its_owner_names_a_field(policy: Policy, visit: Visit) -> None:
    fresh = replace(visit, began_at=NOW, last_seen_at=NOW)
    if refusal(policy, fresh, now=NOW) is not None:
        named = lockout(policy, fresh)
        assert named is not None
        assert hasattr(policy, named[0])


@given(policies(), visits(), ages)
def test_who_is_refused_for_a_missing_factor_is_let_in_with_one(
    policy: Policy, visit: Visit, later: timedelta
) -> None:
    now = NOW + later
    if refusal(policy, visit, now=now) is Refusal.FACTOR_MISSING:
        assert not visit.has_factor
        assert refusal(policy, replace(visit, has_factor=True), now=now) is None


@given(policies(), visits())
def test_who_misses_the_passkey_that_is_demanded_is_led_to_register_one(
    policy: Policy, visit: Visit
) -> None:
    found = refusal(policy, visit, now=NOW)
    if found is Refusal.PASSKEY_MISSING:
        assert LoginWay.PASSKEY in policy.login_ways
        assert not visit.has_passkey
    if found is Refusal.WAY and LoginWay.PASSKEY in policy.login_ways:
        assert visit.has_passkey


@given(policies(), visits(), ages)
def test_a_session_that_is_over_stays_over(policy: Policy, visit: Visit, later: timedelta) -> None:
    if is_over(policy, visit.began_at, visit.last_seen_at, now=NOW):
        assert refusal(policy, visit, now=NOW + later) is Refusal.SESSION_OVER


@given(policies(), ages)
def test_the_grace_of_a_later_member_begins_when_the_member_joins(
    policy: Policy, age: timedelta
) -> None:
    deadline = factor_deadline(policy, NOW - age)
    assert (deadline is None) == (not policy.require_second_factor)
    if deadline is not None:
        assert deadline >= NOW - age + timedelta(days=policy.second_factor_grace_days)


@given(st.integers(1, 400), ages)
def test_a_key_ends_with_the_longest_age(days: int, age: timedelta) -> None:
    policy = Policy(longest_key_days=days)
    assert is_key_over(policy, NOW - age, now=NOW) == (age >= days * DAY)
    assert not is_key_over(Policy(), NOW - age, now=NOW)


@pytest.mark.parametrize(
    ("policy", "field"),
    [
        (Policy(session_idle_minutes=61, session_hours=1), "session_idle_minutes"),
        (Policy(login_ways=()), "login_ways"),
        (Policy(networks_for_machines=True), "networks_for_machines"),
    ],
    ids=lambda each: each if isinstance(each, str) else "policy",
)
def test_a_policy_that_contradicts_itself_is_refused(policy: Policy, field: str) -> None:
    assert list(problems(policy)) == [field]
    assert problems(Policy()) == {}
