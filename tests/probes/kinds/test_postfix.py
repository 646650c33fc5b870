"""The kind `smtp`, against Postfix with logins by Dovecot."""

from collections.abc import Iterator
from typing import Any

import pytest

from domain.evaluation.outcome import Cause, Outcome
from probes.base import ProbeResult
from tests.probes.conftest import Prober, target
from tests.probes.kinds.logging_in import logged_in
from tests.servers.certificates import Certificates
from tests.servers.postfix import PASSWORD, USERNAME, Mailer, postfix


@pytest.fixture(scope="module")
def mailer(
    tmp_path_factory: pytest.TempPathFactory, certificates: Certificates
) -> Iterator[Mailer]:
    with postfix(tmp_path_factory.mktemp("postfix"), certificates) as started:
        yield started


def check(
    probe: Prober,
    url: str,
    password: str = PASSWORD,
    **settings: Any,  # noqa: ANN401 - whichever of the target
) -> ProbeResult:
    wanted = target(url, kind="smtp", **settings)
    result = probe.check(logged_in(wanted, USERNAME, password))
    assert "canary" not in repr(result)
    return result


def test_it_greets_in_clear_after_starttls_and_over_tls(probe: Prober, mailer: Mailer) -> None:
    in_clear = probe(mailer.plain, kind="smtp", expect="ESMTP Postfix")
    changed = probe(mailer.plain, kind="smtp", starttls=True)
    over_tls = probe(mailer.tls, kind="smtp")
    assert [each.detail for each in (in_clear, changed, over_tls)] == ["", "", ""]
    assert in_clear.timings.tls == 0
    assert min(changed.timings.tls, over_tls.timings.tls) > 0


def test_it_accepts_the_login_after_starttls_and_over_tls(probe: Prober, mailer: Mailer) -> None:
    for result in (check(probe, mailer.plain, starttls=True), check(probe, mailer.tls)):
        assert (result.outcome, result.detail) == (Outcome.UP, "")


def test_it_refuses_a_wrong_password(probe: Prober, mailer: Mailer) -> None:
    result = check(probe, mailer.tls, "canary-wrong")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail.startswith("The server refused the login: 535 5.7.8 ")


def test_it_offers_no_login_in_clear_even_where_the_monitor_allows_one(
    probe: Prober, mailer: Mailer
) -> None:
    result = check(probe, mailer.plain, allow_plaintext_credentials=True)
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.AUTHORIZATION)
    assert result.detail == "The server offers no login with a user name and a password."


def test_a_server_that_defers_every_client_is_down_with_its_words(
    probe: Prober, mailer: Mailer
) -> None:
    result = probe(mailer.deferring, kind="smtp")
    assert (result.outcome, result.cause) == (Outcome.DOWN, Cause.ANSWER)
    assert result.detail.startswith("Answered 450, expected 220: 4.3.2 ")


def test_a_login_that_is_deferred_is_not_a_wrong_password(probe: Prober, mailer: Mailer) -> None:
    results = [check(probe, mailer.rationing, allow_plaintext_credentials=True) for _ in range(4)]
    assert results[0].outcome is Outcome.UP
    assert {each.cause for each in results[1:]} == {Cause.ANSWER}
    assert results[3].detail.startswith("Answered 450, expected 235: 4.7.1 ")
    assert "only some checks" not in results[3].detail
