"""A web server that behaves badly on purpose, for tests."""

from tests.hostile.server import HostileServer, Received, answer

__all__ = ["HostileServer", "Received", "answer"]
