"""Whatever the document allows or forbids is sent to every operation, by two organizations.

`make contract` does so for longer; `CONTRACT_EXAMPLES` says how many requests each operation gets.
"""

import os
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from celery import Celery
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from tests.api.client import ApiClient
from tests.contract.things import make_things

Operation = APIOperation[Any, Any, Any, Any]
AnyCase = Case[Any]

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "3"))
_NAMES = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
_LAST = {"delete": 1}
# What is not sent as it must be is refused before anything is looked for.
_HIDDEN = {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}

bounded = settings(
    max_examples=EXAMPLES,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def operations(app: Flask) -> list[Operation]:
    """List what the document describes, with what deletes at the end."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app)
    results = list(schema.get_all_operations())
    found = [result.ok() for result in results if isinstance(result, Ok)]
    assert len(found) == len(results)
    return sorted(found, key=lambda operation: _LAST.get(operation.method, 0))


@pytest.mark.committed
def test_no_operation_breaks_or_breaks_its_contract(
    client: ApiClient, stranger: ApiClient, operations: list[Operation], celery: Celery
) -> None:
    del celery
    things = make_things(client)
    found = [
        failure
        for operation in operations
        for failure in failures(operation, [client, stranger], things)
    ]
    assert not found, "\n\n".join(found)
    # Nothing that was sent shut them out, which would have made the rest prove nothing.
    assert [who.get("me").status_code for who in (client, stranger)] == [200, 200]


@pytest.mark.committed
def test_no_operation_shows_a_stranger_what_is_not_theirs(
    client: ApiClient, stranger: ApiClient, operations: list[Operation]
) -> None:
    things = make_things(client)
    tried = 0
    for operation in operations:
        names = {parameter.name for parameter in operation.path_parameters}
        if names and names <= things.keys():
            tried += 1
            answer = _bare(operation, things).call(headers=_authorization(stranger))
            assert answer.status_code in _HIDDEN, operation.label
    assert tried > 30


def failures(
    operation: Operation, clients: list[ApiClient], things: Mapping[str, str]
) -> Iterator[str]:
    """Try one operation; yield what went wrong, if anything did."""
    cases = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )

    @bounded
    @given(case=cases, who=st.sampled_from(clients), is_real=st.integers(0, 3))
    def attempt(case: AnyCase, who: ApiClient, is_real: int) -> None:
        if is_real:
            _lead(case, things)
        response = case.call(headers=_authorization(who))
        case.validate_response(response, checks=_checks())

    try:
        attempt()
    except (Failure, FailureGroup) as error:
        yield f"{operation.label}: {error}"


def _lead(case: AnyCase, things: Mapping[str, str]) -> None:
    """Let a request be about what is there."""
    for name in case.path_parameters or {}:
        if name in things:
            case.path_parameters[name] = things[name]


def _bare(operation: Operation, things: Mapping[str, str]) -> AnyCase:
    return operation.Case(
        path_parameters={
            parameter.name: things[parameter.name] for parameter in operation.path_parameters
        }
    )


def _authorization(client: ApiClient) -> dict[str, str]:
    return {"Authorization": f"Bearer {client.token}"}


def _checks() -> list[Any]:
    load_all_checks()
    return [CHECKS.get_one(name) for name in _NAMES]
