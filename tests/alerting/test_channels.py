"""Who may be told at all: those who agreed, by channels that work; and what becomes of what cannot be sent."""

from collections.abc import Iterable

from sqlalchemy import select

from domain.evaluation.outcome import Outcome
from models import Channel, Contact, Delivery, Monitor
from models.delivery import DeliveryState
from services.contacts import opt_in
from services.relay import resends
from tests.alerting.world import World
from tests.services.outage import owner_of

UP, DOWN = Outcome.UP, Outcome.DOWN


def with_mailboxes(world: World, name: str, *others: str) -> Contact:
    """Make a contact that has more than one mailbox."""
    contact = world.contact(name)
    contact.channels += [
        Channel(
            organization_id=world.organization_id,
            kind="email",
            address=f"{other}@example.test",
            confirmed_at=world.now,
        )
        for other in others
    ]
    world.session.flush()
    return contact


def outage(world: World, shop: Monitor, *, minutes: int = 1) -> None:
    world.check(shop, DOWN)
    world.until(world.minute + minutes)
    world.check(shop, UP)
    world.until(world.minute + 1)


def notified(world: World, *names: str) -> list[tuple[str, str]]:
    return [(name, event) for _, name, event in world.sent if not names or name in names]


def only(rows: Iterable[Delivery]) -> Delivery:
    (row,) = rows
    return row


def test_who_was_not_asked_yet_is_asked_and_told_nothing_else(world: World) -> None:
    ann = world.contact("Ann")
    shop = world.monitor("Shop", world.group(ann))
    (channel,) = ann.channels
    channel.confirmed_at = None
    opt_in.begin(world.session, [channel], now=world.now)
    outage(world, shop)
    assert notified(world) == [("Ann", "confirm")]
    opt_in.confirm(world.session, channel, now=world.now)
    outage(world, shop)
    assert notified(world) == [("Ann", "confirm"), ("Ann", "down"), ("Ann", "up")]


def test_a_mailbox_that_is_no_more_is_told_to_the_owner_and_to_the_other_channels(
    world: World,
) -> None:
    owner_of(world.session, world.organization_id, "Owner@example.test")
    shop = world.monitor("Shop", world.group(with_mailboxes(world, "Ann", "Private")))
    world.gone.add("Ann")
    outage(world, shop)
    assert notified(world, "Ann") == []
    assert sorted(notified(world)) == [
        ("Owner", "channel_disabled"),
        ("Private", "channel_disabled"),
        ("Private", "down"),
        ("Private", "up"),
    ]
    outage(world, shop)
    assert notified(world)[-2:] == [("Private", "down"), ("Private", "up")]


def test_an_escalation_does_not_wait_for_one_whose_only_mailbox_is_no_more(world: World) -> None:
    ann, bob = world.contact("Ann"), world.contact("Bob")
    policy = world.policy((0, [ann]), fallback=[bob])
    shop = world.monitor("Shop", escalation_policy_id=policy.policy.public_id)
    world.gone.add("Ann")
    outage(world, shop)
    outage(world, shop)
    assert notified(world) == [("Bob", "down"), ("Bob", "up")]


def test_what_nobody_accepted_for_a_day_is_a_dead_letter_that_can_be_sent_again(
    world: World,
) -> None:
    shop = world.monitor("Shop", world.group(world.contact("Ann")))
    world.broken.add("Ann")
    world.check(shop, DOWN)
    # Nothing runs for a day, and the next attempt is the last.
    world.minute += 25 * 60
    world.relay()
    dead = only(world.session.scalars(select(Delivery)))
    world.session.refresh(dead)
    assert dead.state is DeliveryState.DEAD
    world.broken.clear()
    resends.resend(world.session, world.organization_id, dead.public_id, now=world.now)
    world.relay()
    world.check(shop, UP)
    assert notified(world) == [("Ann", "down"), ("Ann", "up")]


def test_who_left_the_group_during_an_outage_hears_of_its_end_and_of_no_other(
    world: World,
) -> None:
    ann, bob = world.contact("Ann"), world.contact("Bob")
    first, later = world.group(ann), world.group(bob)
    shop = world.monitor("Shop", first)
    world.check(shop, DOWN)
    world.edit(shop, contact_group_ids=[later.public_id])
    world.until(5)
    world.check(shop, UP)
    assert notified(world, "Ann") == [("Ann", "down"), ("Ann", "up")]
    before = len(notified(world))
    outage(world, shop)
    assert notified(world)[before:] == [("Bob", "down"), ("Bob", "up")]
