"""A realm of Kerberos with the user `monitor`, and credentials of it."""

from base64 import b64encode

from probes.auth.base import Credential
from tests.probes.auth.asking import credential
from tests.servers.kdc import REALM, Kdc

PASSWORD = "canary of the mönitor"


class Realm:
    def __init__(self, centre: Kdc) -> None:
        self.kdc = centre
        centre.add("monitor", password=PASSWORD)
        centre.add("HTTP/127.0.0.1")
        self.service = centre.keytab("HTTP/127.0.0.1", "service.keytab")

    def held(self, **given: object) -> Credential:
        fields = {"principal": "monitor", "realm": REALM, "kdcs": [self.kdc.address]}
        proof = {} if "keytab" in given else {"password": PASSWORD}
        return credential("negotiate", {**fields, **proof, **given})

    def keytab(self, principal: str, name: str) -> str:
        return b64encode(self.kdc.keytab(principal, name).read_bytes()).decode()
