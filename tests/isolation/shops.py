"""Two projects of one organization: one with everything in it, and one of a guest."""

from dataclasses import dataclass
from typing import Any

from flask import Flask

from tests.api.client import ApiClient, body_of
from tests.api.machines.callers import join
from tests.factories.one_of_each import one_of_each
from tests.isolation.acting import As

CANARY = "Canary"
"""The name of whatever belongs to the first project."""


@dataclass(frozen=True, slots=True)
class Shops:
    """Two projects, the ids of everything in the first one, and a guest of the second."""

    owner: ApiClient
    guest: ApiClient
    ids: dict[str, str]
    first: str
    second: str
    own: dict[str, Any]
    """The monitor of the second project."""


def opened(app: Flask, acting: As) -> Shops:
    """Make both projects, with an owner and a guest."""
    client = ApiClient(app).register("ada@example.test")
    draft = client.post("monitors/test-runs", {"name": "Draft", "url": "https://draft.test/"})
    with acting("postgres") as session:
        made = one_of_each(client, session)
    ids = {**made, "draft_test_run_id": body_of(draft)["id"]}
    first = ids["project_id"]
    second = client.make("projects", name="Second")["id"]
    for path in (
        f"monitors/{ids['monitor_id']}",
        f"contact-groups/{ids['group_id']}",
        f"escalation-policies/{ids['policy_id']}",
    ):
        assert client.patch(path, {"project_id": first, "name": CANARY}).status_code == 200
    own = client.make_monitor(name="Own", project_id=second)
    guest = join(client, app, "guest", "guest")
    give(client, guest, second, "operator")
    return Shops(client, guest, ids, first, second, own)


def give(owner: ApiClient, member: ApiClient, project: str, role: str) -> None:
    """Give a member a role in a project."""
    path = f"projects/{project}/members/{member.read('me')['user']['id']}"
    given = owner.send("PUT", path, json={"role": role})
    assert given.status_code == 204, given.text
