"""robots.txt as it was last given, kept beside the turns: who is in haste need not ask for it once more."""

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from crawler.core.robots import Robots, Verdict, robots_from_answer

_SUFFIX: Final = ".robots"


class KeptRobots:
    """The answers to ``/robots.txt``, a file for each origin; what could not be had is not kept.

    ``folder`` null: nothing is kept.
    """

    def __init__(self, folder: Path | None, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock

    def keep(self, origin: str, status: int, body: bytes) -> None:
        """Keeps an answer in the place of the one before; the file is never half written."""
        if self._folder is None:
            return
        if robots_from_answer(status, b"").verdict is Verdict.NOTHING:
            return
        about = json.dumps({"origin": origin, "status": status, "at": self._clock()})
        path = self._path(origin)
        ours = path.with_suffix(f".{os.getpid()}")
        with contextlib.suppress(OSError):  # who comes next asks again
            path.parent.mkdir(parents=True, exist_ok=True)
            ours.write_bytes(about.encode() + b"\n" + body)
            ours.replace(path)

    def known(self, origin: str, *, age: float) -> tuple[Robots, float] | None:
        """(what is allowed, seconds for which that may be believed on) where it was heard within ``age`` seconds."""
        if self._folder is None or age <= 0:
            return None
        try:
            head, _, body = self._path(origin).read_bytes().partition(b"\n")
            about = json.loads(head)
            left = age - (self._clock() - about["at"])
            if about["origin"] != origin or not 0 < left <= age:  # from the future: the clock was set back
                return None
            return robots_from_answer(about["status"], body), left
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _path(self, origin: str) -> Path:
        assert self._folder is not None
        return self._folder / (hashlib.sha256(origin.encode()).hexdigest()[:32] + _SUFFIX)
