"""The replica: a small ministry's Drupal on a loopback port, with its truth, its events and its noise."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from threading import RLock, Thread
from typing import Any, Self

from tests.site import nodes, script
from tests.site.answers import Answer
from tests.site.cache import PageCache
from tests.site.composed import compose
from tests.site.mishaps import composed_steps
from tests.site.model import Event, Markup, Request, Size, Truth
from tests.site.routes import Router
from tests.site.server import Fault, Server
from tests.site.truth import truths
from tests.site.world import World

_ARTICLES = {Size.DEMO: 0, Size.FULL: 430, Size.BENCH: 2000}
_PADDING = 170  # links beyond the frame's own that make a page of the benchmark about 70 KB


class Replica:
    """A context manager; listens on 127.0.0.1 from `start()` to `stop()`.

    The same seed serves the same articles and events. `page_cache` switches Drupal's cache and its validators on,
    `traps` the endless parts of the site; `crawl_delay` puts a Crawl-delay into robots.txt.
    """

    def __init__(
        self,
        *,
        size: Size = Size.DEMO,
        markup: Markup = Markup.MIXED,
        seed: int = 1,
        port: int = 0,
        clock: Callable[[], datetime] | None = None,
        traps: bool = False,
        page_cache: bool = False,
        crawl_delay: int | None = None,
    ) -> None:
        now = clock or _now
        content = nodes.load()
        steps = script.load()
        if size is not Size.DEMO:
            compose(content, _ARTICLES[size], seed)
            steps += composed_steps(content, seed)
        self._lock = RLock()
        self._steps = {step.name: step for step in steps}
        self._taken: set[str] = set()
        self._world = World(content, markup.value)
        self._cache = PageCache(now=now) if page_cache else None
        self._server = Server(port, self._render, self._control)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"
        self._events = [script.event_of(step, self._world, self.url) for step in steps]
        self._router = Router(
            world=self._world,
            base=self.url,
            rng=random.Random(seed),
            now=now,
            traps=traps,
            padding=_PADDING if size is Size.BENCH else 0,
            crawl_delay=crawl_delay,
        )
        self._thread: Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin to serve, in a thread of its own."""
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the service, connections kept alive included. A stopped replica does not start again."""
        if self._thread:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.hang_up()
        self._server.server_close()

    @property
    def requests(self) -> list[Request]:
        """The requests answered so far, in order."""
        return list(self._server.log)

    def truth(self, *, orphans: bool = False) -> list[Truth]:
        """What a perfect crawler stores, each page once, as of now; `orphans`: pages linked from nowhere too."""
        with self._lock:
            return [truth for truth in truths(self._world, self.url) if orphans or not truth.orphan]

    def events(self) -> list[Event]:
        """The scripted true events, in order, whether they have happened or not."""
        return list(self._events)

    def apply(self, *names: str) -> list[Event]:
        """Make these events happen; without names all of the earliest stage still open.

        Raises KeyError for a name that is not in the script.
        """
        with self._lock:
            chosen = [self._steps[name] for name in names] or self._open_stage()
            self._take(chosen)
        wanted = {step.name for step in chosen}
        return [event for event in self._events if event.name in wanted]

    def take(self, step: script.Step) -> None:
        """Make a step happen that is not in the script. Raises ValueError when it does not fit the text."""
        with self._lock:
            script.take(step, self._world)
            if self._cache:
                self._cache.flush()

    def announce(self, paragraph: str) -> int:
        """Add the same paragraph below every published article: an event of the whole site; how many pages it is on."""
        with self._lock:
            nodes = [node.nid for node in self._world.nodes.values() if node.live]
            for nid in nodes:
                script.take(script.Step(name="announcement", node=nid, note=paragraph, append=paragraph), self._world)
            if self._cache:
                self._cache.flush()
        return len(nodes)

    def noise(self) -> None:
        """Change what is no change: blocks, counters, comments, menu, teasers, the bodies' markup, theme classes."""
        with self._lock:
            self._world.unrest()
            if self._cache:
                self._cache.flush()

    def mark(self) -> Callable[[], None]:
        """What brings the replica back to how it is now, its requests included; without faults."""
        with self._lock:
            publish, taken, log = self._world.mark(), set(self._taken), self.requests

        def back() -> None:
            with self._lock:
                publish()
                self._taken = set(taken)
                self._server.log[:] = log
                self.heal()
                if self._cache:
                    self._cache.flush()

        return back

    def fail(
        self, path: str, *, status: int | None = None, times: int | None = None, delay: float = 0, drop: bool = False
    ) -> None:
        """Make a path (with or without query) answer late, with a status, or not at all; `times` null: from now on."""
        self._server.faults[path] = Fault(status, times, delay, drop)

    def heal(self) -> None:
        """End all faults."""
        self._server.faults.clear()

    def profile(self) -> str:
        """A site file in TOML for crawling this replica: no pauses, and gone is gone at the second look."""
        seeds = ", ".join(json.dumps(f"{self.url}/{path}") for path in ("", "ru/news", "rss.xml"))
        return (
            f'extends = "mpt"\nkey = "replica"\nhosts = ["{self.host}"]\nseeds = [{seeds}]\n\n'
            "[policy]\nbudget_per_day = 1000000\nmin_delay = 0.0\nconcurrency = 8\ngone_after = 0.0\n"
        )

    def _open_stage(self) -> list[script.Step]:
        todo = [step for step in self._steps.values() if step.name not in self._taken]
        first = min((step.stage for step in todo), default=0)
        return [step for step in todo if step.stage == first]

    def _take(self, steps: list[script.Step]) -> None:
        quiet = frozenset(self._world.nodes[step.node].path for step in steps if step.stale)
        for step in steps:
            script.take(step, self._world)
            self._taken.add(step.name)
        if self._cache and all(step.stale for step in steps):
            self._cache.drop_silently(quiet)
        elif self._cache:
            self._cache.flush(quiet)

    def _render(self, target: str, cookie: str) -> Answer:
        with self._lock:
            if self._cache is None or cookie:
                return self._router.answer(target, cookie)
            return self._cache.get(target, lambda: self._router.answer(target))

    def _control(self, method: str, what: str, body: bytes) -> Answer:
        """The demonstration's remote control: apply, noise (POST); truth, events (GET)."""
        found: Any
        match method, what:
            case "POST", "apply":
                found = [_event_json(event) for event in self.apply(*json.loads(body or b"{}").get("names", ()))]
            case "POST", "noise":
                self.noise()
                found = None
            case "GET", "truth":
                found = [{**asdict(truth), "body_bytes": None} for truth in self.truth()]
            case "GET", "events":
                found = [_event_json(event) for event in self.events()]
            case _:
                return Answer(status=404, media_type="application/json", body=b"{}")
        return Answer(media_type="application/json", body=json.dumps(found, ensure_ascii=False).encode())


def _event_json(event: Event) -> dict[str, Any]:
    return {**asdict(event), "what": sorted(event.what)}


def _now() -> datetime:
    return datetime.now(UTC)
