"""Signed links: each for one purpose and a while, and nothing else opens what they open."""

import base64
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from security.jwt.signing_keys import SigningKeys
from security.jwt.tokens import AccessTokens, Claims, TokenError
from security.links import KEPT, LIFETIME, LinkError, Links, Purpose, Subject

URL = "https://downtime.test"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SUBJECT = Subject(organization_id=uuid4(), id=uuid4())
KEY = ec.generate_private_key(ec.SECP256R1())


def pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


LINKS = Links(pem(KEY), public_url=f"{URL}/")


def token(purpose: Purpose = Purpose.CONFIRM) -> str:
    return LINKS.make(purpose, SUBJECT, now=NOW).rpartition("/")[2]


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_leads_to_its_page_and_says_what_it_is_about(purpose: Purpose) -> None:
    link = LINKS.make(purpose, SUBJECT, now=NOW)
    assert link.startswith(f"{URL}/links/{purpose}/")
    assert LINKS.read(purpose, token(purpose), now=NOW) == SUBJECT


@pytest.mark.parametrize("purpose", Purpose)
def test_a_link_is_for_one_purpose(purpose: Purpose) -> None:
    for other in set(Purpose) - {purpose}:
        with pytest.raises(LinkError):
            LINKS.read(other, token(purpose), now=NOW)


def test_a_link_works_for_seven_days() -> None:
    last_second = NOW + LIFETIME - timedelta(seconds=1)
    assert LINKS.read(Purpose.CONFIRM, token(), now=last_second) == SUBJECT
    with pytest.raises(LinkError):
        LINKS.read(Purpose.CONFIRM, token(), now=NOW + LIFETIME)


def test_a_link_of_another_key_or_installation_is_refused() -> None:
    others = (
        Links(pem(ec.generate_private_key(ec.SECP256R1())), public_url=URL),
        Links(pem(KEY), public_url="https://other.test"),
    )
    for other in others:
        link = other.make(Purpose.CONFIRM, SUBJECT, now=NOW)
        with pytest.raises(LinkError):
            LINKS.read(Purpose.CONFIRM, link.rpartition("/")[2], now=NOW)


def test_a_link_is_no_access_token_and_the_other_way_round() -> None:
    access = AccessTokens(
        lambda: SigningKeys.of(pem(KEY)), issuer=URL, lifetime=timedelta(minutes=15)
    )
    claims = Claims(
        user_id=SUBJECT.id, organization_id=SUBJECT.organization_id, session_id=SUBJECT.id
    )
    with pytest.raises(TokenError):
        access.verify(token())
    with pytest.raises(LinkError):
        LINKS.read(Purpose.CONFIRM, access.issue(claims, now=NOW), now=NOW)


def test_a_link_fits_into_a_text_message() -> None:
    assert len(token()) == 70


def test_the_link_of_who_wants_no_more_works_as_long_as_the_message_is_known() -> None:
    last_second = NOW + KEPT - timedelta(seconds=1)
    assert LINKS.read(Purpose.UNSUBSCRIBE, token(Purpose.UNSUBSCRIBE), now=last_second) == SUBJECT
    with pytest.raises(LinkError):
        LINKS.read(Purpose.UNSUBSCRIBE, token(Purpose.UNSUBSCRIBE), now=NOW + KEPT)


@pytest.mark.parametrize(
    ("purpose", "lifetime"),
    [
        (Purpose.CONFIRM, timedelta(days=7)),
        (Purpose.UNSUBSCRIBE, timedelta(days=400)),
        (Purpose.EXPORT, timedelta(minutes=10)),
        (Purpose.INVITATION, timedelta(days=7)),
        (Purpose.REGISTRATION, timedelta(hours=24)),
        (Purpose.PASSWORD_RESET, timedelta(minutes=30)),
        (Purpose.EMAIL_ALLOW, timedelta(hours=24)),
        (Purpose.EMAIL_CONFIRM, timedelta(hours=24)),
    ],
)
def test_what_a_link_opens_says_how_long_it_works(purpose: Purpose, lifetime: timedelta) -> None:
    end = NOW + lifetime
    assert LINKS.read(purpose, token(purpose), now=end - timedelta(seconds=1)) == SUBJECT
    with pytest.raises(LinkError):
        LINKS.read(purpose, token(purpose), now=end)


def test_bits_that_no_decoder_looks_at_make_no_second_link() -> None:
    made = token()
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        if last != made[-1]:
            with pytest.raises(LinkError):
                LINKS.read(Purpose.CONFIRM, made[:-1] + last, now=NOW)


def test_a_longer_life_or_another_subject_needs_the_key() -> None:
    raw = bytearray(base64.urlsafe_b64decode(f"{token()}=="))
    for place in range(36):
        forged = bytearray(raw)
        forged[place] ^= 1
        made = base64.urlsafe_b64encode(forged).decode().rstrip("=")
        with pytest.raises(LinkError):
            LINKS.read(Purpose.CONFIRM, made, now=NOW)


@given(st.text(max_size=2000))
def test_garbage_is_refused(text: str) -> None:
    with pytest.raises(LinkError):
        LINKS.read(Purpose.CONFIRM, text, now=NOW)


@given(st.data())
def test_a_link_with_one_other_character_is_refused(data: st.DataObject) -> None:
    made = token()
    place = data.draw(st.integers(0, len(made) - 1))
    other = data.draw(
        st.characters(codec="ascii", categories=["L", "N"]).filter(lambda c: c != made[place])
    )
    with pytest.raises(LinkError):
        LINKS.read(Purpose.CONFIRM, made[:place] + other + made[place + 1 :], now=NOW)
