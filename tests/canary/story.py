"""What an organization does with what it watches, and with what it is told."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pyrage

from probes.registry import schemes_of
from tests.canary import marks, secret_fields
from tests.canary.marks import Marks
from tests.canary.recorder import Recorder
from tests.e2e.client import contact_group
from tests.e2e.patience import eventually
from tests.factories.recipients import Holder

T = TypeVar("T")

_PATIENCE_SECONDS = 120
_LOUDEST = "broken"
_DELETED = 20
_PERSONS = {
    "email": "ada@canary.example",
    "sms": "+14155550111",
}


@dataclass(slots=True)
class Story:
    """`receivers` refuse messages, each in its own way; `made` is what there is by now, by its path."""

    user: Recorder
    kept: Marks
    site: str
    receivers: dict[str, str]
    made: list[str] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Have each credential used at a page that is fine, and at one that is not."""
        bodies = []
        for scheme, fields in secret_fields.credentials(self.kept, self.site):
            credential = self._make("/credentials", name=scheme, scheme=scheme, fields=fields)
            bodies += [_monitor(scheme, f"{self.site}/{at}", credential) for at in (200, 500)]
        made = self.user.post("/monitors/bulk", {"mode": "all", "monitors": bodies})
        ids = [each["monitor"]["id"] for each in made["items"]]
        self.made += [f"/monitors/{each}" for each in ids]
        self.failing += ids[1::2]

    def be_told(self) -> None:
        """Have one outage told over channels of every kind, each of which is refused."""
        contacts = [
            self._make("/contacts", name=name, channels=list(self._channels(name, url)))
            for name, url in self.receivers.items()
        ]
        ids = [each.rpartition("/")[2] for each in contacts]
        group = self._make("/contact-groups", name="All", contact_ids=ids)
        persons = contact_group(self.user, "People", _PERSONS)
        groups = [group.rpartition("/")[2], persons]
        values = {"confirmations": 1, "contact_group_ids": groups, "interval_seconds": 5}
        self._make("/monitors", name="Told", url=f"{self.site}/500", **values)

    def _channels(self, name: str, url: str) -> Iterator[dict[str, Any]]:
        for kind, settings in secret_fields.channel_settings(self.kept, url, name):
            # Each message of this kind is a process, which takes a second.
            if kind != "apprise" or name == _LOUDEST:
                yield {"kind": kind, "settings": settings}

    def subscribe(self) -> None:
        for name, url in self.receivers.items():
            secret = "whsec_" + b64encode(marks.new().encode()).decode()
            self.kept.add(f"subscription {name}.secret", secret)
            place = self.kept.add(f"subscription {name}.url", marks.new())
            body = {
                "name": name,
                "url": f"{url}/{place}",
                "events": ["incident.acknowledged"],
                "secret": secret,
            }
            made = self.user.make("/event-subscriptions", **body)
            self.made.append(f"/event-subscriptions/{made['id']}")
            renewed = self.user.reveal("POST", f"{self.made[-1]}/rotate", {})
            self.kept.add(f"subscription {name}.secret renewed", renewed["secret"])
            self.user.ask("POST", f"/api/v1{self.made[-1]}/test")

    def be_pinged(self) -> None:
        """Members see the address of a heartbeat whenever they look."""
        settings = {"period_seconds": 3600}
        made = self.user.make("/monitors", name="Backup", kind="heartbeat", settings=settings)
        self.made.append(f"/monitors/{made['id']}")
        path = urlsplit(made["heartbeat"]["ping_url"]).path
        self.kept.add("ping token", path.rpartition("/")[2])
        for end in ("", "/start", "/fail", "/what", "?rid=none"):
            self.user.send(
                "POST", f"{path}{end}", "said by the job", {"Content-Type": "text/plain"}
            )

    def take_out(self) -> None:
        """Answer encrypted, and export; the private keys never leave their holder."""
        holder = Holder("P-256")
        self.kept.add("recipient", str(holder.private["d"]))
        made = self.user.post("/recipients", {"name": "BI", "jwk": holder.public})
        opened = {"answer": holder.open(made["challenge"])}
        self.user.post(f"/recipients/{made['id']}/confirm", opened)
        self.user.send("GET", "/api/v1/analysis", headers={"Accept": "application/jose"})
        identity = pyrage.x25519.Identity.generate()
        self.kept.add("export identity", str(identity))
        asked = {"document": "checks", "format": "csv", "recipient": str(identity.to_public())}
        export = self.user.post("/exports", asked)["id"]
        self._wait(lambda: self.user.get(f"/exports/{export}")["state"] == "done", "the export")
        for file in self.user.reveal("POST", f"/exports/{export}/links")["files"]:
            url = urlsplit(file["url"])
            self.kept.add(f"export link {file['name']}", url.path.split("/")[-2])
            assert self.user.send("GET", f"{url.path}?{url.query}").status == 200

    def wait(self) -> None:
        """Wait until everything was checked, and each message was refused at least once."""
        for path in self.made:
            if path.startswith("/monitors/"):
                self._wait(partial(self._checks, path), f"a check of {path}")
        self._wait(lambda: not self._unsent(), "an attempt at each message")

    def _checks(self, path: str) -> Any:  # noqa: ANN401 - any JSON
        return self.user.get(f"{path}/checks")["items"]

    def _unsent(self) -> list[Any]:
        listed = self.user.all_of("/deliveries")
        return [each for each in listed if each["state"] == "pending" and not each["attempts"]]

    def look_around(self) -> None:
        """Read whatever can be read of it, and follow a check of each credential step by step."""
        assert self.failing
        for monitor in self.failing:
            self._trace(monitor)
            (check, *_) = self._checks(f"/monitors/{monitor}")
            self.user.get(f"/monitors/{monitor}/checks/{check['checked_at']}")
        for delivery in self.user.all_of("/deliveries"):
            self.user.get(f"/deliveries/{delivery['id']}")
        for path in self.made:
            self.user.get(path)

    def _trace(self, monitor: str) -> None:
        """Wait for its report: an organization may have only a few under way, however slow they are."""
        test_run = self.user.send("POST", f"/api/v1/monitors/{monitor}/check?test_run=true")
        assert test_run.status == HTTPStatus.ACCEPTED, test_run
        path = f"/monitors/{monitor}/test-runs/{test_run.body['id']}"
        self._wait(partial(self._report, path), path)

    def _report(self, path: str) -> Any:  # noqa: ANN401 - any JSON
        return self.user.get(path)["report"]

    def change_and_end(self) -> None:
        """Change a credential, badly and well, and delete what was made last."""
        (first, *_) = (each for each in self.made if each.startswith("/credentials/"))
        changed, wrong = (
            self.kept.add(f"credential {how}", marks.new()) for how in ("changed", "changed badly")
        )
        for value in ({"not": wrong}, f"{wrong}\n", changed):
            self.user.ask("PATCH", f"/api/v1{first}", {"fields": {"value": value}})
        for path in self.made[-_DELETED:]:
            self.user.ask("DELETE", f"/api/v1{path}")

    def _make(self, path: str, **body: object) -> str:
        made = self._wait(lambda: self._answered(path, body), f"an answer to {path}")
        self.made.append(f"{path}/{made['id']}")
        return self.made[-1]

    def _answered(self, path: str, body: object) -> Any:  # noqa: ANN401 - any JSON
        """Ask for something to be made; a busy machine may want one to come again."""
        answer = self.user.ask("POST", f"/api/v1{path}", body)
        return None if answer.status == HTTPStatus.SERVICE_UNAVAILABLE else answer.body

    def _wait(self, look: Callable[[], T], what: str) -> T:
        return eventually(look, seconds=_PATIENCE_SECONDS, what=what)


def _monitor(scheme: str, url: str, credential: str) -> dict[str, Any]:
    body = {
        "name": f"{scheme} at {url.rpartition('/')[2]}",
        "url": url,
        "interval_seconds": 5,
        "confirmations": 1,
        "settings": {"allow_plaintext_credentials": True},
        "credential_ids": [credential.rpartition("/")[2]],
    }
    if scheme in schemes_of("http"):
        return body
    # What is no scheme of HTTP is that of SSH, which the site does not speak.
    return {**body, "kind": "ssh", "url": f"ssh://{urlsplit(url).netloc}", "settings": {}}
