"""The meaning of a name lookup without an address, and its description."""

from collections.abc import Iterable

from domain.evaluation.outcome import Cause
from probes.failures import Failure, down, ours
from probes.network.resolver import Finding, Resolution


def usable(answer: Resolution, ip_version: str) -> tuple[str, ...] | Failure:
    """Return the addresses to try, of `ip_version` if it is set, or why there are none."""
    if answer.finding is not Finding.FOUND:
        return lookup_failure(answer.finding, answer.host)
    if found := of_version(answer.addresses, ip_version):
        return found
    if of_version(answer.without_route, ip_version):
        return lookup_failure(Finding.NO_ROUTE, answer.host)
    return no_address_of(ip_version)


def of_version(addresses: Iterable[str], ip_version: str) -> tuple[str, ...]:
    """Return the addresses of one IP version, or all if none is set."""
    if not ip_version:
        return tuple(addresses)
    return tuple(each for each in addresses if (":" in each) == (ip_version == "6"))


def no_address_of(ip_version: str) -> Failure:
    return down(Cause.DNS, f"The host has no IPv{ip_version} address.")


def lookup_failure(finding: Finding, host: str) -> Failure:
    name = shown(host)
    match finding:
        case Finding.NO_SUCH_NAME:
            return down(Cause.DNS, f"The name {name} does not resolve.")
        case Finding.NAME_SERVERS_FAIL:
            return down(Cause.DNS, f"The name {name} does not resolve: its name servers fail.")
        case Finding.NO_ROUTE:
            return ours("This worker has no route to the address of that name.")
        case _:
            return ours("The name resolver of this worker does not answer.")


def late_lookup_failure(host: str, seconds: float, *, resolver_works: bool) -> Failure:
    """Judge a lookup that took all the time; other lookups show whether the resolver works."""
    if resolver_works:
        return down(Cause.DNS, f"The name {shown(host)} did not resolve within {seconds:g} s.")
    return ours("The name resolver of this worker does not answer.")


def shown(host: str) -> str:
    """Shorten a name so that the sentence around it stays within its limit."""
    return host if len(host) <= 120 else f"{host[:119]}…"  # noqa: PLR2004 - leaves room for words
