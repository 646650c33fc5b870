"""What several regions see of a monitor, played in rounds."""

from domain.evaluation.outcome import Outcome
from domain.evaluation.quorum import RegionStatus, agree, decide
from domain.evaluation.state import Advance, Change, IncidentClosed, Status, Thresholds

LETTERS = {"u": Outcome.UP, "s": Outcome.DEGRADED, "d": Outcome.DOWN, "?": Outcome.UNKNOWN}
ONE = Thresholds(confirmations=1, recoveries=1)


def play(
    rounds: list[str], *, quorum: int | None = None, policy: Thresholds = ONE
) -> tuple[list[Advance], dict[int, RegionStatus]]:
    """Play rounds of one letter per region, `-` where it says nothing, from slot 10 in steps of 10."""
    region_statuses = {region: RegionStatus(Status()) for region in range(len(rounds[0]))}
    status = Status()
    steps = []
    for number, letters in enumerate(rounds, 1):
        for region, letter in enumerate(letters):
            if letter == "-":
                continue
            slot = 10 * number
            region_statuses[region], alone = decide(
                region_statuses[region], slot, LETTERS[letter], policy
            )
            ended = alone.change.ended if isinstance(alone.change, IncidentClosed) else slot
            seen = list(region_statuses.values())
            steps.append(agree(status, seen, quorum, ended, is_known=letter != "?"))
            status = steps[-1].status
    return steps, region_statuses


def changes(
    rounds: list[str], *, quorum: int | None = None, policy: Thresholds = ONE
) -> list[Change]:
    return [step.change for step in play(rounds, quorum=quorum, policy=policy)[0] if step.change]
