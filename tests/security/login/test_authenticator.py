"""Codes of apps as RFC 6238 has them, and recovery codes however they are typed."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security.login import authenticator

# The secret of RFC 6238, appendix B, and the last six digits of its codes for SHA-1.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
CODES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 2000000000: "279037"}


def step(code: str, second: float) -> int | None:
    return authenticator.step_of(SECRET, code, now=datetime.fromtimestamp(second, UTC))


@pytest.mark.parametrize(("second", "code"), CODES.items())
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    assert step(code, second) == second // 30
    assert step(f"{code[:3]} {code[3:]}", second) == second // 30


@pytest.mark.abuse(61)
@pytest.mark.parametrize(("away", "is_good"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_clock_may_be_wrong_by_one_step(away: int, is_good: bool) -> None:  # noqa: FBT001
    assert (step(CODES[1234567890], 1234567890 + 30 * away) is not None) == is_good


@given(st.text(max_size=70).filter(lambda text: len(text.replace(" ", "")) != len("287082")))
def test_whatever_is_typed_is_refused_without_fuss(text: str) -> None:
    assert step(text, 59) is None
    assert len(authenticator.recovery_code_hash(text)) == 32


def test_recovery_codes_have_120_bits_and_groups() -> None:
    codes = {authenticator.new_recovery_code() for _ in range(50)}
    assert len(codes) == 50
    assert all([len(group) for group in code.split("-")] == [4] * 6 for code in codes)


def test_a_recovery_code_is_the_same_in_capitals_and_without_dashes() -> None:
    code = authenticator.new_recovery_code()
    typed = f" {code.upper().replace('-', ' ')}"
    assert authenticator.recovery_code_hash(typed) == authenticator.recovery_code_hash(code)


def test_an_app_reads_the_address() -> None:
    address = authenticator.address(SECRET, "ada@example.test")
    assert address.startswith("otpauth://totp/Downtime%20Monitor:ada%40example.test?")
    assert f"secret={SECRET}" in address
