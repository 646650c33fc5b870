"""Whatever a tenant writes has a worst case here, and that is counted: in calls and units, not in seconds.

Who adds a scheme, a kind or an assertion adds the worst that it takes; without it these tests fail.
`python -m benchmarks.costs` prints what the same inputs take in milliseconds, and docs/reference/costs.md the budgets.
"""

from contextlib import suppress
from typing import get_args

import pytest

from api.schemas.monitor_bulk import MOST_ASSERTIONS
from notifiers.registry import KINDS as CHANNELS
from probes.assertions.budget import MOST_STEPS, MOST_VISITS
from probes.assertions.filters import MOST_COMPARISONS
from probes.assertions.patterns import LARGEST_PROGRAM, MOST_CLASSES
from probes.assertions.settings import Assertions, ValueAssertions
from probes.auth.client_certificate import MOST_CERTIFICATES
from probes.auth.registry import SCHEMES
from probes.registry import KINDS
from security.egress.addresses import EgressPolicy
from security.private_keys import costs as key_costs
from security.private_keys import pem
from server.request.slow_validation import EXAMINATIONS, MOST_AT_ONCE
from services import secret_fields
from services.contacts import channel_settings
from services.on_call import rota
from services.on_call.limits import MOST_HOURS, MOST_LAYERS
from services.slow_validation import NeedsValidation
from tests.conftest import ROOT
from tests.costs import assertions, channels, kinds, others, schemes
from tests.costs.counting import DERIVATIONS, LOADS_OF_KEYS, calls_of

pytestmark = pytest.mark.abuse(106)

OF_A_CHECK = 60_000
"""Calls on the thread of the engine: some 20 ms."""
MORE = {"form_login": 250_000}
"""To read a page takes many short ones: 20 ms, too."""
OF_THE_API = 60_000
KEYS_OF_A_SCHEME = 2


def types_of_assertions() -> set[str]:
    models = [
        model
        for assertions in (Assertions, ValueAssertions)
        for model in get_args(get_args(get_args(get_args(assertions)[0])[0])[0])
    ]
    return {get_args(model.model_fields["type"].annotation)[0] for model in models}


def test_whatever_is_registered_has_a_worst_input() -> None:
    assert schemes.WORST.keys() == SCHEMES.keys()
    assert kinds.WORST.keys() == KINDS.keys()
    assert channels.WORST.keys() == CHANNELS.keys()
    assert assertions.WORST.keys() == types_of_assertions()


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_scheme_is_read_when_it_is_set_with_few_calls_and_no_derivation(scheme: str) -> None:
    fields = schemes.WORST[scheme].fields()
    calls = calls_of(lambda: secret_fields.read(scheme, fields))
    assert calls.total() < OF_THE_API
    assert calls.of(LOADS_OF_KEYS) <= KEYS_OF_A_SCHEME
    assert calls.of(DERIVATIONS) == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_what_is_stored_is_read_again_without_looking_into_keys(scheme: str) -> None:
    settings = SCHEMES[scheme].settings.model_validate(schemes.WORST[scheme].fields()).examined()
    tree = secret_fields.plain(settings)
    assert secret_fields.restored(scheme, tree) == settings
    calls = calls_of(lambda: secret_fields.restored(scheme, tree))
    assert calls.of(LOADS_OF_KEYS) == calls.of(DERIVATIONS) == 0
    assert calls.total() < OF_A_CHECK


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_check_by_a_scheme_makes_few_calls_and_no_derivation(scheme: str) -> None:
    held = schemes.stored(scheme)
    for _ in range(2):
        calls = calls_of(lambda: schemes.check(held))
        assert calls.total() < MORE.get(scheme, OF_A_CHECK)
        assert calls.of(LOADS_OF_KEYS) <= KEYS_OF_A_SCHEME
        assert calls.of(DERIVATIONS) == 0


@pytest.mark.abuse(102)
@pytest.mark.parametrize("scheme", ["client_certificate", "http_signature", "jwt", "oauth1"])
def test_a_scheme_that_needs_its_key_for_each_request_reads_it_once(scheme: str) -> None:
    held = schemes.stored(scheme)
    schemes.check(held)
    assert calls_of(lambda: schemes.check(held)).of(LOADS_OF_KEYS) == 0


def test_each_scheme_that_takes_a_key_is_tried_with_a_large_one() -> None:
    fields = {scheme: str(schemes.WORST[scheme].fields()) for scheme in SCHEMES}
    found = [scheme for scheme, worst in fields.items() if "PRIVATE KEY" in worst]
    assert found == list(schemes.WITH_KEYS)


@pytest.mark.abuse(102)
@pytest.mark.parametrize("scheme", schemes.WITH_KEYS)
def test_no_scheme_takes_a_key_that_is_larger(scheme: str) -> None:
    with pytest.raises(ValueError, match="2048 to 4096 bits, and this one has 16,384"):
        SCHEMES[scheme].settings.model_validate(
            schemes.with_another_key(scheme, schemes.strange_key(16_384))
        )


@pytest.mark.abuse(102)
@pytest.mark.parametrize("scheme", schemes.WITH_KEYS)
def test_a_large_key_is_taken_only_after_a_child_validated_it(scheme: str) -> None:
    good = SCHEMES[scheme].settings.model_validate(schemes.WORST[scheme].fields())
    assert good.needs_child
    assert good.examined() == good
    strange = schemes.with_another_key(scheme, schemes.strange_key(4096))
    with pytest.raises(ValueError, match="not a private key in PEM"):
        SCHEMES[scheme].settings.model_validate(strange).examined()


@pytest.mark.parametrize("kind", assertions.WORST)
def test_an_assertion_stays_within_both_budgets(kind: str) -> None:
    for worst in assertions.WORST[kind]:
        assert {each["type"] for each in worst.assertions} == {kind}
        budget = assertions.judge(worst)
        assert budget.visits <= MOST_VISITS
        assert budget.steps <= MOST_STEPS


def test_so_do_all_of_them_at_once() -> None:
    budget = assertions.judge(assertions.ALL_AT_ONCE)
    assert MOST_VISITS / 2 < budget.visits <= MOST_VISITS
    assert MOST_STEPS / 2 < budget.steps <= MOST_STEPS


@pytest.mark.parametrize("kind", KINDS)
def test_a_check_of_a_kind_makes_few_calls_on_the_threads_that_all_share(kind: str) -> None:
    calls, _ = kinds.checked(kind)
    # Each look of an assertion may be a call or two, and the two steps are judged by themselves.
    searches = 4 * MOST_VISITS * {"http": 1, "multistep": 2}.get(kind, 0)
    assert 0 < calls.total() < OF_A_CHECK + searches


@pytest.mark.parametrize("kind", CHANNELS)
def test_settings_of_a_channel_are_read_with_few_calls(kind: str) -> None:
    fields = channels.WORST[kind]

    def read() -> None:
        # Whether Apprise understands a URL is found out by a child.
        with suppress(NeedsValidation):
            channel_settings.read(kind, fields, policy=EgressPolicy("public"))

    calls = calls_of(read)
    assert calls.total() < OF_THE_API


@pytest.mark.parametrize("what", others.WORST)
def test_what_else_is_evaluated_ends_after_so_many_calls(what: str) -> None:
    worst = others.WORST[what]
    assert calls_of(worst.act).total() < worst.most_calls


def test_what_takes_too_many_calls_would_be_seen() -> None:
    assert calls_of(lambda: [len("") for _ in range(OF_A_CHECK)]).total() > OF_A_CHECK


def test_the_document_tells_the_budgets() -> None:
    text = (ROOT / "docs" / "reference" / "costs.md").read_text(encoding="utf-8")
    numbers = (
        f"{MOST_VISITS:,} visits",
        f"{MOST_COMPARISONS} comparisons",
        f"{LARGEST_PROGRAM} instructions",
        f"{MOST_STEPS:,} steps",
        f"{MOST_CLASSES} classes",
        f"{pem.FEWEST_RSA_BITS} to {pem.MOST_RSA_BITS} bits",
        f"{key_costs.MOST_ITERATIONS:,} iterations",
        f"{key_costs.MOST_SCRYPT_BYTES >> 20} MiB",
        f"{EXAMINATIONS.amount} a minute",
        f"{MOST_AT_ONCE} at once",
        f"{MOST_ASSERTIONS:,} assertions",
        f"{MOST_CERTIFICATES} certificates",
        f"{MOST_LAYERS} layers, each with {MOST_HOURS} hours of a day; {rota.LONGEST.days} days",
        f"{rota.MOST:,} shifts",
    )
    assert [each for each in numbers if each not in text] == []
