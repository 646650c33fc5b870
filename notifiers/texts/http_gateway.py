"""A gateway for texts that is described by the operator: a URL, headers and a body with placeholders.

Placeholders are filled in by one pass, each written so that it cannot leave its place: nothing in
a template is evaluated, and what was filled in is not looked at again.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import quote
from xml.sax.saxutils import escape

import re2  # type: ignore[import-untyped] # it ships no types
from jsonpath_rfc9535 import JSONPathEnvironment
from jsonpath_rfc9535.exceptions import JSONPathError

from config.settings import Settings
from notifiers.base import Receipt
from notifiers.one_line import one_line
from notifiers.posting import SECONDS, Provider, ProviderResponse
from notifiers.texts.account import Account
from security.egress.guard import OPERATORS_CHOICE

_PLACEHOLDER = re.compile(r"\{(to|from|text|key|account|token)\}")
_HEADER = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([ -~]*)")
_FORM = "application/x-www-form-urlencoded"
Values = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`headers` are lines such as `Authorization: Bearer {token}`.

    A text is accepted with a status of 2xx, if `pattern` is found in what the JSONPath `path` leads to,
    or in the whole answer without one. Both may be empty.
    """

    method: str
    url: str
    headers: str = field(default="", repr=False)
    body: str = field(default="", repr=False)
    path: str = ""
    pattern: str = ""

    def __post_init__(self) -> None:
        """Raise a `ValueError` for what could never work."""
        self.header_pairs({})
        try:
            JSONPathEnvironment().compile(self.path or "$")
            re2.compile(self.pattern)
        except (JSONPathError, re2.error):
            raise ValueError("DOWNTIME_SMS_HTTP_SUCCESS_PATH or _PATTERN is malformed.") from None

    def header_pairs(self, values: Values) -> dict[str, str]:
        lines = [line.strip() for line in self.headers.splitlines() if line.strip()]
        found = [_HEADER.fullmatch(line) for line in lines]
        pairs = {match[1]: _filled(match[2], values, one_line) for match in found if match}
        if len(pairs) != len(lines):
            raise ValueError("DOWNTIME_SMS_HTTP_HEADERS must have lines such as `Name: value`.")
        return pairs


class HttpGateway:
    def __init__(self, template: Template, account: Account, *, seconds: float = SECONDS) -> None:
        self._template = template
        self._account = account
        self._provider = Provider(name="The SMS gateway", policy=OPERATORS_CHOICE, seconds=seconds)

    @classmethod
    def from_settings(cls, settings: Settings, account: Account) -> Self:
        template = Template(
            method=settings.sms_http_method,
            url=settings.sms_gateway_url,
            headers=settings.sms_http_headers.get_secret_value(),
            body=settings.sms_http_body.get_secret_value(),
            path=settings.sms_http_success_path,
            pattern=settings.sms_http_success_pattern,
        )
        return cls(template, account)

    def send_text(self, to: str, text: str, *, key: str) -> Receipt:
        template, account = self._template, self._account
        values = {
            "to": to,
            "from": account.sender,
            "text": text,
            "key": key,
            "account": account.account,
            "token": account.token,
        }
        headers = {name.lower(): value for name, value in template.header_pairs(values).items()}
        kind = headers.setdefault("content-type", _FORM)
        answer = self._provider.request(
            template.method,
            _filled(template.url, values, _in_url),
            headers=headers,
            data=_filled(template.body, values, _writer(kind.lower())).encode(),
        )
        if answer.accepted and _says_so(answer, template):
            return self._provider.accepted(answer)
        raise self._provider.refused(answer)


def _filled(template: str, values: Values, write: Callable[[str], str]) -> str:
    return _PLACEHOLDER.sub(lambda found: write(values.get(found[1], "")), template)


def _writer(kind: str) -> Callable[[str], str]:
    """Return how a value is written inside of a body of this type."""
    if "json" in kind:
        return lambda value: json.dumps(value)[1:-1]
    if "xml" in kind:
        return lambda value: escape(value, {'"': "&quot;", "'": "&apos;"})
    return _in_url if kind.startswith(_FORM) else one_line


def _in_url(value: str) -> str:
    return quote(value, safe="")


def _says_so(answer: ProviderResponse, template: Template) -> bool:
    if not template.path:
        return re2.search(template.pattern, answer.body.decode(errors="replace")) is not None
    try:
        found = JSONPathEnvironment().find(template.path, json.loads(answer.body)).values()
    except (ValueError, RecursionError, JSONPathError):
        return False
    texts = (value if isinstance(value, str) else json.dumps(value) for value in found)
    return any(re2.search(template.pattern, text) for text in texts)
