"""A profile for a site that nobody has described, suggested from some of its pages."""

from crawler.core.suggest.profile import Suggestion, suggest

__all__ = ["Suggestion", "suggest"]
