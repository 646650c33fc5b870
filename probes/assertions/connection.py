"""Assertions about the connection: its TLS, its certificate, its latency."""

import re
from typing import ClassVar, Literal

from pydantic import Field, StrictInt

from probes.assertions.base import Assertion, ProbedResponse
from probes.assertions.comparing import Order, in_order, in_words

_NUMBER = re.compile(r"(?:TLSv?)?([0-9]+(?:\.[0-9]+)?)")


class TlsVersionAssertion(Assertion):
    type: Literal["tls_version"]
    comparison: Order = ">="
    value: Literal["1.2", "1.3"]

    needs_tls: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"TLS version: expected {in_words(self.comparison)} {self.value}"

    def failure(self, answer: ProbedResponse) -> str | None:
        match = _NUMBER.fullmatch(answer.response.tls_version)
        if match and in_order(float(match[1]), self.comparison, float(self.value)):
            return None
        return f"{self}, found {match[1] if match else 'no TLS'}."


class CertificateDaysLeftAssertion(Assertion):
    type: Literal["certificate_days_left"]
    comparison: Order = ">="
    value: StrictInt = Field(ge=0, le=3650)

    needs_tls: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"Certificate: expected the days left {in_words(self.comparison)} {self.value}"

    def failure(self, answer: ProbedResponse) -> str | None:
        left = answer.response.certificate_days_left
        if left is None:
            return f"{self}, found no certificate."
        if in_order(left, self.comparison, self.value):
            return None
        return f"{self}, found {left:.1f}."


class LatencyAssertion(Assertion):
    """The time of the whole check, with redirects and what a credential needed."""

    type: Literal["latency_ms"]
    outcome: Literal["down", "degraded"] = "degraded"
    comparison: Literal["<", "<="] = "<="
    value: StrictInt = Field(ge=1, le=60_000)

    def __str__(self) -> str:
        return f"Latency: expected {in_words(self.comparison)} {self.value:,} ms"

    def failure(self, answer: ProbedResponse) -> str | None:
        if in_order(answer.took_ms, self.comparison, self.value):
            return None
        return f"{self}, found {answer.took_ms:,} ms."
