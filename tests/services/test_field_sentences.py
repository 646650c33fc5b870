"""The sentences about fields name no type of Python, show no pattern and repeat no input."""

import pytest
from pydantic import ValidationError

from probes.auth.registry import SCHEMES
from probes.kinds.http_settings import HttpSettings
from services.secret_fields import problems


def told(scheme: str, **fields: object) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as caught:
        SCHEMES[scheme].settings.model_validate(fields)
    return problems(caught.value, "fields")


def test_fields_of_a_credential_are_told_in_plain_words() -> None:
    found = told("negotiate", principal="ann@REALM", realm="A.TEST", kdcs=[], no_such=1)
    assert found["fields.principal"] == [
        "Contains a character that is not accepted here, or is too short or too long."
    ]
    assert found["fields.kdcs"] == ["Must be at least 1."]
    assert found["fields.no_such"] == ["Unknown field."]
    assert told("api_key", name="k", value="v", place="body")["fields.place"] == [
        "Must be one of: header, query, cookie."
    ]
    assert told("aws_sigv4", region=5)["fields.region"] == ["Must be a text."]


def test_a_secret_header_is_pointed_to_credentials() -> None:
    with pytest.raises(ValidationError, match="Put Authorization into a credential"):
        HttpSettings(headers={"Authorization": "Bearer x"})
