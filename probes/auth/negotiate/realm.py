"""The libkrb5 configuration of a realm: its key distribution centers, and no other lookup."""

from collections.abc import Iterable

from probes.urls import Url

_NOWHERE = "/proc/self/fdinfo/none"


def configuration(realm: str, places: Iterable[tuple[str, int]]) -> str:
    """Return a krb5.conf; `places` are numeric addresses with ports that the guard permitted.

    TCP comes first, because answers of Active Directory are too large for UDP. Plug-ins of the
    machine may know other addresses of the realm, so they are disabled.
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
    """Return the principal of the service.

    `spn` is `HTTP/host` or `HTTP@host`; by default it is that of the site's host.
    """
    return f"{(spn or f'HTTP/{url.host}').replace('@', '/', 1)}@{realm}"


def _shown(address: str) -> str:
    return f"[{address}]" if ":" in address else address
