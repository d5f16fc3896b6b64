"""One module a family of commands: what each does once its arguments are read, and what it ends with."""

DONE, FAILED, WRONG = 0, 1, 2  # exit codes: done; done, but something failed; wrong usage or configuration


class UsageError(Exception):
    """The caller asked for something that can't be: one line that says what to do."""
