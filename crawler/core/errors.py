"""What the decisions refuse with."""

from storage.said import Said


def bad_pattern(error: Exception) -> Said:
    """Why a regular expression is none: where its reader stumbled, as far as it says."""
    at = getattr(error, "pos", None)
    if at is None:
        return Said("not a regular expression")
    return Said("not a regular expression, see character {n}", n=at + 1)


class BadField(ValueError):
    """What somebody has given that can't be as it is. Its text: ``FIELD: what is wrong; what to do``."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(Said("{field}: {why}", field=field, why=why))
        self.field = field
        self.why = why


class ExtractionError(Exception):
    """A page that can't be read; the message is one line for people."""
