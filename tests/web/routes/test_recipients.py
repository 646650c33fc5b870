"""Recipients: a public key is pasted, proven, and retired."""

import json
from typing import Any

from tests.factories.recipients import Holder
from tests.web.reader import Reader, Seen


def _register(reader: Reader, holder: Holder, **fields: Any) -> Seen:  # noqa: ANN401 - as a form holds them
    page = reader.get("/settings/recipients/new")
    given: dict[str, Any] = {"name": "BI", "jwk": json.dumps(holder.public), **fields}
    return reader.fill(page, "/settings/recipients/new", **given)


def test_a_key_is_used_once_it_is_proven(ada: Reader) -> None:
    holder = Holder()
    asked = _register(ada, holder)
    challenge = asked.one("pre").get_text().strip()
    action = str(asked.one("main form")["action"])
    wrong = ada.fill(asked, action, answer="I have it, surely")
    assert wrong.status == 422
    done = ada.fill(asked, action, answer=holder.open(challenge))
    assert "The key was proven." in done.text


def test_a_key_that_waits_can_be_challenged_again(ada: Reader) -> None:
    holder = Holder()
    _register(ada, holder)
    path = ada.get("/settings/recipients").link("BI")
    asked = ada.post(f"{path}/challenge")
    answer = holder.open(asked.one("pre").get_text().strip())
    assert "The key was proven." in ada.fill(asked, f"{path}/confirm", answer=answer).text


def test_what_is_no_public_key_is_refused(ada: Reader) -> None:
    for text in ("", "{", "[]", '{"kty": "EC"}', "[" * 10_000):
        seen = _register(ada, Holder(), jwk=text)
        assert seen.status == 422
        assert seen.one("#e-jwk")


def test_a_recipient_is_renamed_retired_and_deleted(ada: Reader) -> None:
    _register(ada, Holder())
    path = ada.get("/settings/recipients").link("BI")
    assert "The recipient was changed." in ada.fill(ada.get(path), path, name="Other").text
    assert "The recipient was retired." in ada.post(f"{path}/retire").text
    assert "Retire" not in [each.get_text() for each in ada.get(path).select("button")]
    assert "The recipient was deleted." in ada.post(f"{path}/delete").text
