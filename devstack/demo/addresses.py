"""What the demo monitors: servers of this machine only."""

from urllib.parse import urlsplit

FLAPPING = "Flapping demo site"
THIS_API = "This API"
_PATHS = {
    "Shop front page": "/shop",
    "Checkout API": "/checkout",
    "Product search": "/search",
    "Order from start to end": "/shop",
    "Customer login": "/login",
    "Images CDN": "/images",
    "Warehouse stock": "/stock",
}
_PORTS = ("Orders database", "Office VPN")
_HERE = frozenset({"127.0.0.1", "::1", "localhost"})


def urls(*, site: str, api: str, smtp: str) -> dict[str, str]:
    """Return the URLs by the name of their monitor, given those of three servers.

    A mail server elsewhere is left out: nobody there asked to be monitored.
    """
    found = {name: f"{site}{path}" for name, path in _PATHS.items()}
    found |= {name: f"tcp://{urlsplit(site).netloc}" for name in _PORTS}
    found |= {FLAPPING: site, THIS_API: f"{api}/healthz"}
    server = urlsplit(smtp)
    if server.hostname in _HERE and server.port:
        found["Mail relay"] = f"smtp://{server.hostname}:{server.port}"
    return found
