"""Tasks as a worker has them."""

from types import ModuleType

import pytest
from celery import Celery


@pytest.fixture
def relaying(celery: Celery) -> ModuleType:
    """Return the tasks of the relay, made with the settings of this test."""
    del celery
    from tasks import deliveries  # noqa: PLC0415 - the settings exist only now

    return deliveries
