"""How sending a message can fail, and why a channel can't be used."""


class SendFailed(Exception):
    """A message that did not go out; ``str()`` says in one line what happened and names no secret."""

    def __init__(self, message: str, *, permanent: bool = False, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.permanent = permanent  # another try would end alike
        self.retry_after = retry_after  # seconds that the receiver asks us to wait; null when it did not say


class BadChannel(ValueError):
    """A channel text that can't be used; the message says why and names no secret."""
