"""A small ministry's web site to crawl: the replica, served on the loopback address."""

from tests.site.model import Event, Markup, Request, Size, Truth
from tests.site.replica import Replica

__all__ = ["Event", "Markup", "Replica", "Request", "Size", "Truth"]
