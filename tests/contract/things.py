"""One of each thing that an organization may have, by the names that ids have in paths."""

from tests.api.client import ApiClient


def make_things(client: ApiClient) -> dict[str, str]:
    channel = {"kind": "email", "address": "ada@example.test"}
    contact = client.make("contacts", name="Ada", channels=[channel])
    group = client.make("contact-groups", name="On call", contact_ids=[contact["id"]])
    target = {"kind": "contact", "id": contact["id"]}
    policy = client.make(
        "escalation-policies", name="Night", steps=[{"wait_minutes": 5, "targets": [target]}]
    )
    credential = client.make("credentials", name="Shop", scheme="bearer", fields={"token": "t" * 9})
    monitor = client.make_monitor(contact_group_ids=[group["id"]], tags=["secret"])
    window = client.make(
        "maintenance-windows", name="Deploy", monitor_ids=[monitor["id"]], duration_seconds=3600
    )
    template = client.make("message-templates", event="down", text="Shop: {{ cause }}")
    slo = client.make("slos", name="Shop", monitor_id=monitor["id"], target_percent=99.9)
    return {
        "slo_id": slo["id"],
        "contact_id": contact["id"],
        "channel_id": contact["channels"][0]["id"],
        "group_id": group["id"],
        "policy_id": policy["id"],
        "credential_id": credential["id"],
        "monitor_id": monitor["id"],
        "window_id": window["id"],
        "template_id": template["id"],
    }
