"""What a newcomer copies from the README and from Getting started does what it says there."""

import re
import subprocess

import pytest

from devstack.program import ROOT
from devstack.stack import Stack
from tests.e2e.client import Client, Json, mailed_token
from tests.e2e.patience import eventually
from tests.servers.site import ScriptedSite

pytestmark = pytest.mark.stack

ADDRESS = "ada@example.com"
_PATIENCE_SECONDS = 90
_PAGES = (ROOT / "README.md", ROOT / "docs" / "guide" / "getting-started.md")
_BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands() -> str:
    """Return all that is to be typed to use the API, as one script."""
    blocks = [block for page in _PAGES for block in _BLOCK.findall(page.read_text())]
    lines = (re.sub(r"^\$ ", "", block, flags=re.MULTILINE) for block in blocks)
    return "\n".join(each for each in lines if "curl" in each)


def typed(stack: Stack, site: ScriptedSite) -> list[str]:
    """Type it all, and return the lines that came; the last one is the access token."""
    for mail in (stack.directory / "inbox" / "mail").glob("*.eml"):
        mail.unlink()  # The inbox of a newcomer is empty: the commands take the first link in it.
    script = commands().replace("localhost:8000", stack.address("api"))
    script = script.replace("http://127.0.0.1:8081", site.url)
    shell = ["bash", "-e", "-c", f"{script}\necho; echo $TOKEN"]
    done = subprocess.run(shell, capture_output=True, text=True, timeout=_PATIENCE_SECONDS)  # noqa: PLW1510 - looked at below
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_commands_of_getting_started_lead_from_nothing_to_a_message_about_an_outage(
    stack: Stack,
) -> None:
    with ScriptedSite() as site:
        *said, token = typed(stack, site)
        assert any('"event":"confirm"' in line for line in said)
        client = Client(stack.address("api"), token)
        question = mailed_token(client, ADDRESS, "confirm")
        assert client.ask("POST", f"/links/confirm/{question}").status == 200
        site.answer = 500

        def notified() -> list[Json]:
            return client.all_of("/deliveries", event="down", state="sent")

        (message,) = eventually(notified, seconds=_PATIENCE_SECONDS, what="a mail about the outage")
    assert message["address"] == ADDRESS
