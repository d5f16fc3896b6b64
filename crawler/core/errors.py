"""What the decisions refuse with."""


class ExtractionError(Exception):
    """A page that can't be read; the message is one line for people."""
