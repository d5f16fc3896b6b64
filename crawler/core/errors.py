"""What the decisions refuse with."""

from storage.said import Said


class BadField(ValueError):
    """What somebody has given that can't be as it is. Its text: ``FIELD: what is wrong; what to do``."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(Said("{field}: {why}", field=field, why=why))
        self.field = field
        self.why = why


class ExtractionError(Exception):
    """A page that can't be read; the message is one line for people."""
