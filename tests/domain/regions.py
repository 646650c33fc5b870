"""What several regions see of a monitor, played in rounds."""

from domain.evaluation.outcome import Outcome
from domain.evaluation.quorum import Sight, agree, look
from domain.evaluation.state import Advance, Change, IncidentClosed, Policy, Status

LETTERS = {"u": Outcome.UP, "s": Outcome.DEGRADED, "d": Outcome.DOWN, "?": Outcome.UNKNOWN}
ONE = Policy(confirmations=1, recoveries=1)


def play(
    rounds: list[str], *, quorum: int | None = None, policy: Policy = ONE
) -> tuple[list[Advance], dict[int, Sight]]:
    """Play rounds of one letter per region, `-` where it says nothing, from slot 10 in steps of 10."""
    sights = {region: Sight(Status()) for region in range(len(rounds[0]))}
    status = Status()
    steps = []
    for number, letters in enumerate(rounds, 1):
        for region, letter in enumerate(letters):
            if letter == "-":
                continue
            slot = 10 * number
            sights[region], alone = look(sights[region], slot, LETTERS[letter], policy)
            ended = alone.change.ended if isinstance(alone.change, IncidentClosed) else slot
            seen = list(sights.values())
            steps.append(agree(status, seen, quorum, ended, is_known=letter != "?"))
            status = steps[-1].status
    return steps, sights


def changes(rounds: list[str], *, quorum: int | None = None, policy: Policy = ONE) -> list[Change]:
    return [step.change for step in play(rounds, quorum=quorum, policy=policy)[0] if step.change]
