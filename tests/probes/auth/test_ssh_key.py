"""The fields of the scheme `ssh_key`; tests/probes/kinds/test_ssh_login.py logs in with it."""

import pytest
from pydantic import ValidationError

from probes.auth.ssh_key import SshKeySettings
from tests.probes.auth.keys import RSA, private_pem


@pytest.mark.parametrize("key", ["nonsense", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"])
def test_what_is_no_key_in_pem_is_refused(key: str) -> None:
    with pytest.raises(ValidationError, match="The key") as caught:
        SshKeySettings.model_validate({"username": "ada", "key": key})
    assert "AAAA" not in str(caught.value)


def test_the_key_is_among_those_that_are_examined() -> None:
    pem = private_pem(RSA)
    assert SshKeySettings.model_validate({"username": "ada", "key": pem}).signing_keys == (pem,)
