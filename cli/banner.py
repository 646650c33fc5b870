"""The text for a newcomer once everything runs: the addresses, and how to log in."""

from collections.abc import Iterator

from config import demo
from devstack.stack import Stack

_ANY = (
    "Warning: monitors may connect to any address, including this machine and its network, because\n"
    "DOWNTIME_EGRESS_POLICY is `any`. Set it to `public` before other people add monitors."
)


def text(stack: Stack, *, with_demo: bool) -> str:
    api = stack.address("api")
    rows = [
        ("App", api, '"Open the demo" logs in' if with_demo else "register, or log in"),
        ("API", api, "documentation at /api/docs"),
        ("Inbox", f"{api}/dev/inbox", "sent mails and text messages"),
        ("Flower", stack.address("flower"), f"login {stack.environment['FLOWER_BASIC_AUTH']}"),
        *(_demo_rows(stack) if with_demo else ()),
        ("Data and logs", str(stack.directory), ""),
    ]
    lines = [f"  {name:14} {where:34} {remark}".rstrip() for name, where, remark in rows]
    others = [*_other_ports(stack, with_demo=with_demo)]
    warning = [_ANY, ""] if stack.environment.get("DOWNTIME_EGRESS_POLICY") == "any" else []
    greeting = ["", "Downtime Monitor is running.", "", *lines, "", *others]
    return "\n".join([*greeting, *warning, "Press Ctrl-C to stop.", ""])


def _other_ports(stack: Stack, *, with_demo: bool) -> Iterator[str]:
    """Yield why an address is not the expected one."""
    named = {"api": "The API", "flower": "Flower"} | (
        {"demo-site": "The demo site"} if with_demo else {}
    )
    for name, server in named.items():
        if reason := stack.other_port(name):
            yield f"{reason}: {server} is at {stack.address(name)} instead."
            yield ""


def _demo_rows(stack: Stack) -> list[tuple[str, str, str]]:
    password = demo.password_file(stack.directory).read_text().strip()
    return [
        ("First login", demo.EMAIL, f"password {password}"),
        ("Demo site", stack.address("demo-site"), "up for two minutes, down for one"),
    ]
