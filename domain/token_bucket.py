"""A token bucket: at most so many a second, and so many at once after a rest."""

from dataclasses import dataclass


@dataclass(slots=True)
class TokenBucket:
    """Refills by `rate` tokens a second up to `burst`, and begins full."""

    rate: float
    burst: float
    _tokens: float | None = None
    _filled_at: float = 0.0

    def take(self, now: float) -> bool:
        """Take a token if there is one; `now` is in seconds of a clock that only advances."""
        tokens = self.burst if self._tokens is None else self._tokens
        refilled = min(self.burst, tokens + self.rate * max(0.0, now - self._filled_at))
        self._filled_at = now
        is_taken = refilled >= 1
        self._tokens = refilled - 1 if is_taken else refilled
        return is_taken
