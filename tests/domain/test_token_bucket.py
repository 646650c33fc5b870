"""A token bucket, at times that the test says."""

from domain.token_bucket import TokenBucket


def test_it_admits_a_burst_and_then_its_rate() -> None:
    bucket = TokenBucket(rate=1, burst=5)
    assert [bucket.take(100.0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert not bucket.take(100.9)
    assert bucket.take(101.0)
    assert not bucket.take(101.0)


def test_a_rest_of_any_length_allows_one_burst() -> None:
    bucket = TokenBucket(rate=1, burst=5)
    assert sum(bucket.take(0.0) for _ in range(9)) == 5
    assert sum(bucket.take(86_400.0) for _ in range(9)) == 5


def test_at_a_thousand_a_second_it_admits_the_rate() -> None:
    bucket = TokenBucket(rate=1, burst=5)
    admitted = sum(bucket.take(number / 1000) for number in range(60_000))
    assert admitted == 5 + 59
