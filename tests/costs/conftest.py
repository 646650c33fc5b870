"""The engine of the tests of probes, for what a site makes it compute."""

from tests.probes.conftest import certificates, probe

__all__ = ["certificates", "probe"]
