"""Tests of closures; what a process may do is tested in `tests/isolation/test_closures.py`."""
