"""The fields of a channel that is a URL: whoever knows it may send there, so it is a secret."""

from typing import ClassVar

from notifiers.fields import SecretUrl, host_of, judge_url
from notifiers.kind import ChannelSettings, Fingerprint
from security.egress.addresses import EgressPolicy


class UrlSettings(ChannelSettings):
    DESTINATION: ClassVar[frozenset[str]] = frozenset({"url"})

    url: SecretUrl

    def address_of(self, fingerprint: Fingerprint) -> str:
        return f"{host_of(self.url)} ({fingerprint(self.url.get_secret_value())})"

    def judge(self, policy: EgressPolicy) -> None:
        judge_url(self.url, policy)
