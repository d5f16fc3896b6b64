"""Numbers for Prometheus, in a registry of our own: what runs have told, and what the archive says when asked."""

from collections.abc import Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LATE = (60, 300, 900, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 86400, 2 * 86400, 7 * 86400)
_TASKS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20)


class Metrics:
    """What the service counts. Site keys and outcomes are the only labels: nothing from the web becomes one."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        made: dict[str, Any] = {"registry": self.registry}
        self._visits = Counter("letapis_visits", "Visits by outcome", ["site", "outcome"], **made)
        self._changes = Counter("letapis_changes", "Changes found", ["site"], **made)
        self._late = Histogram(
            "letapis_visit_lateness_seconds", "How late known pages are visited", ["site"], buckets=_LATE, **made
        )
        self._tasks = Histogram(
            "letapis_extraction_seconds", "Time of a worker's task", ["task"], buckets=_TASKS, **made
        )
        self._ended = Counter("letapis_runs", "Runs that have ended", ["site", "state"], **made)
        self._running = Gauge("letapis_runs_running", "Runs under way", ["site"], **made)
        self._due = Gauge("letapis_pages_due", "Pages that are due", ["site"], **made)
        self._deliveries = Gauge("letapis_deliveries", "Messages by state", ["state"], **made)
        self._problems = Gauge("letapis_problems_open", "Open problems", ["site"], **made)
        self._held = Gauge("letapis_lease_held", "1 while this service has the right to schedule", **made)

    def take(self, site: str, line: Mapping[str, Any]) -> None:
        """What a run's process has told: see crawler.service.child."""
        for outcome, count in line.get("outcomes", {}).items():
            self._visits.labels(site, outcome).inc(count)
        self._changes.labels(site).inc(line.get("changes", 0))
        for seconds in line.get("late", ()):
            self._late.labels(site).observe(seconds)
        for task, seconds in line.get("tasks", ()):
            self._tasks.labels(task).observe(seconds)

    def began(self, site: str) -> None:
        self._running.labels(site).set(1)

    def ended(self, site: str, state: str) -> None:
        self._running.labels(site).set(0)
        self._ended.labels(site, state).inc()

    def text(
        self, *, due: Mapping[str, int], deliveries: Mapping[str, int], problems: Iterable[str], held: bool
    ) -> bytes:
        """All of it in Prometheus' text form. ``problems``: the site of each open one."""
        for site, count in due.items():
            self._due.labels(site).set(count)
        for state, count in deliveries.items():
            self._deliveries.labels(state).set(count)
        self._problems.clear()
        for site in problems:
            self._problems.labels(site).inc()
        self._held.set(held)
        return bytes(generate_latest(self.registry))
