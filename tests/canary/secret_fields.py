"""Credentials of every scheme and channels of every kind, as their tables have them, each secret marked."""

import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from notifiers.registry import KINDS
from probes.auth.registry import SCHEMES
from tests.abuse.schemes import GOOD
from tests.canary import marks
from tests.canary.marks import Marks
from tests.notifiers.channels import channels

_HOSTS = ("https://shop.example", "https://issuer.example", "http://proxy.example:3128")
_OF_PERSONS = ("email", "sms", "voice")
Fields = dict[str, Any]


def credentials(kept: Marks, site: str) -> Iterator[tuple[str, Fields]]:
    """Give good fields for each scheme; what they name is at `site`."""
    for scheme, registered in SCHEMES.items():
        fields = _at(GOOD[scheme], site)
        if "allow_plaintext" in registered.settings.model_fields:
            fields["allow_plaintext"] = True
        yield scheme, _marked(kept, f"credential {scheme}", registered.settings, fields)


def channel_settings(kept: Marks, url: str, name: str) -> Iterator[tuple[str, Fields]]:
    """Give settings for each kind of channel that is no person's address."""
    for kind, destination in channels(url).items():
        if kind not in _OF_PERSONS:
            group = f"channel {name} {kind}"
            yield kind, _marked(kept, group, KINDS[kind].settings, dict(destination.settings))


def _at(fields: Mapping[str, Any], site: str) -> Fields:
    text = json.dumps(fields)
    for host in _HOSTS:
        text = text.replace(host, site)
    moved: Fields = json.loads(text)
    return moved


def _marked(kept: Marks, group: str, model: type[BaseModel], fields: Fields) -> Fields:
    """Put a mark into each secret, if its form allows that; else the secret itself is the mark."""
    for name, field in model.model_fields.items():
        secret = _secret(model, fields, name) if _is_secret(field.annotation) else ""
        if secret:
            fields[name] = secret
            kept.add(f"{group}.{name}", _telling(secret))
    for number, header in enumerate(fields.get("headers", [])):
        header["value"] = kept.add(f"{group}.{number}", marks.new())
    return fields


def _secret(model: type[BaseModel], fields: Fields, name: str) -> str:
    before, mark = str(fields.get(name, "")), marks.new()
    for attempt in _attempts(before, mark):
        try:
            model.model_validate({**fields, name: attempt})
        except ValidationError:
            continue
        return attempt
    return before


def _attempts(before: str, mark: str) -> Iterator[str]:
    """Give what fields ask for: a text, a token of a bot, 32 signs, 32 bytes of a kind, a URL."""
    long = mark[-32:].rjust(32, "0")
    kinds = [f"{kind}_{b64encode(long.encode()).decode()}" for kind in ("whsec", "whsk")]
    yield from (mark, f"123456789:{mark}", long, *kinds, _ending_in(before, mark))


def _ending_in(url: str, mark: str) -> str:
    """Leave the place of a URL, whose last part is what is secret."""
    return f"{url.rpartition('/')[0]}/{mark}"


def _telling(secret: str) -> str:
    """Take of a URL what is secret in it, and of a file of keys the key."""
    if secret.startswith("{"):
        return str(json.loads(secret)["private_key"])
    return secret.rpartition("/")[2] if "://" in secret else secret


def _is_secret(annotation: object) -> bool:
    return annotation is SecretStr or any(map(_is_secret, get_args(annotation)))
