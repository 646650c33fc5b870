"""What a newcomer is told when everything runs."""

from pathlib import Path

import pytest

from cli import banner
from devstack.stack import Stack


def greeting(directory: Path, **environment: str) -> str:
    stack = Stack(directory)
    stack.environment = {"FLOWER_BASIC_AUTH": "operator:x", **environment}
    return banner.text(stack, with_demo=False)


def test_it_warns_when_monitors_may_look_at_any_address(tmp_path: Path) -> None:
    notified = greeting(tmp_path, DOWNTIME_EGRESS_POLICY="any")
    assert "DOWNTIME_EGRESS_POLICY is `any`" in notified
    assert notified.endswith("Press Ctrl-C to stop.\n")


@pytest.mark.parametrize("policy", ["public", "allowlist"])
def test_it_says_nothing_of_a_policy_that_guards(tmp_path: Path, policy: str) -> None:
    assert "POLICY" not in greeting(tmp_path, DOWNTIME_EGRESS_POLICY=policy)


def test_a_policy_that_a_file_names_is_left_to_the_workers_to_tell(tmp_path: Path) -> None:
    assert "POLICY" not in greeting(tmp_path, DOWNTIME_EGRESS_POLICY_FILE="policy")
