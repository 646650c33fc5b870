"""What libkrb5 is told of a realm: where its key distribution centres are, and to look for nothing else."""

from collections.abc import Iterable

from probes.urls import Url

_NOWHERE = "/proc/self/fdinfo/none"


def configuration(realm: str, places: Iterable[tuple[str, int]]) -> str:
    """Write a krb5.conf; the places are numeric addresses with ports, which the guard permitted.

    With TCP first, as answers of Active Directory are too large for UDP. The plug-ins of a machine
    may know other addresses of a realm, so there are none.
    """
    kdcs = "".join(f"  kdc = {_shown(address)}:{port}\n" for address, port in places)
    return (
        "[libdefaults]\n"
        f" default_realm = {realm}\n"
        " dns_lookup_kdc = false\n"
        " dns_lookup_realm = false\n"
        " dns_uri_lookup = false\n"
        " dns_canonicalize_hostname = false\n"
        " rdns = false\n"
        " kdc_timesync = 0\n"
        " noaddresses = true\n"
        " forwardable = false\n"
        " udp_preference_limit = 1\n"
        f" plugin_base_dir = {_NOWHERE}\n"
        f"[realms]\n {realm} = {{\n{kdcs} }}\n"
    )


def service_principal(spn: str | None, url: Url, realm: str) -> str:
    """Return whom a ticket is for: what is named, as `HTTP/host` or `HTTP@host`, or the site's host."""
    return f"{(spn or f'HTTP/{url.host}').replace('@', '/', 1)}@{realm}"


def _shown(address: str) -> str:
    return f"[{address}]" if ":" in address else address
