"""Worker processes, really killed."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import psutil  # type: ignore[import-untyped]
import pytest

from crawler.workers import WorkerFailed, WorkerFailure, WorkerPool
from storage.records import Link

HERE = "tests.crawl.tasks."
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def pool(**kwargs: Any) -> AsyncIterator[WorkerPool]:
    options: dict[str, Any] = {"seconds": 5, "memory_mb": 256, "allowed": [HERE], **kwargs}
    async with WorkerPool(**options) as workers:
        yield workers


def using(steps: Callable[[WorkerPool], Awaitable[Any]], **kwargs: Any) -> Any:
    async def run() -> Any:
        async with pool(**kwargs) as workers:
            return await steps(workers)

    return asyncio.run(run())


def test_values_go_in_and_come_out() -> None:
    async def steps(workers: WorkerPool) -> list[Any]:
        return [
            await workers.run(HERE + "echo", {"навіны": (1, None, b"\0")}, times=2),
            await workers.run(HERE + "link", "https://example.test/"),
            await workers.run(HERE + "moment"),
            await workers.run(HERE + "size", bytes(5_000_000)),
        ]

    assert using(steps) == [
        [{"навіны": (1, None, b"\0")}] * 2,
        Link(url="https://example.test/", text="a"),
        datetime(2026, 1, 1, tzinfo=UTC),
        5_000_000,
    ]


def test_one_process_serves_many_tasks() -> None:
    async def steps(workers: WorkerPool) -> set[int]:
        return {await workers.run(HERE + "pid") for _ in range(20)}

    assert len(using(steps)) == 1


@pytest.mark.parametrize(
    ("task", "kind", "says"),
    [
        pytest.param("spin", WorkerFailure.TIMEOUT, "0.3 s", id="endless loop"),
        pytest.param("hog", WorkerFailure.MEMORY, "memory", id="memory hog"),
        pytest.param("abort", WorkerFailure.CRASHED, "SIGABRT", id="abort"),
        pytest.param("crash", WorkerFailure.CRASHED, "SIGSEGV", id="segmentation fault"),
        pytest.param("leave", WorkerFailure.CRASHED, "exit code 3", id="exit"),
        pytest.param("stop", WorkerFailure.CRASHED, "exit code 1", id="SystemExit"),
        pytest.param("bomb", WorkerFailure.RESULT, "does not come back", id="a result that would act"),
        pytest.param("huge", WorkerFailure.RESULT, "bytes", id="a result beyond measure"),
    ],
)
def test_a_task_that_ends_its_worker_fails_alone(
    task: str, kind: WorkerFailure, says: str, capfd: pytest.CaptureFixture[str]
) -> None:
    async def steps(workers: WorkerPool) -> tuple[int, WorkerFailed, int]:
        before = await workers.run(HERE + "pid")
        with pytest.raises(WorkerFailed, match=says) as failed:
            await workers.run(HERE + task)
        return before, failed.value, await workers.run(HERE + "pid")

    before, failed, after = using(steps, seconds=0.3 if task == "spin" else 5, max_result_mb=1)
    assert failed.kind is kind
    assert "\n" not in failed.message
    assert before != after
    assert not psutil.pid_exists(before)
    assert not Path("/tmp/a-worker-ran-code-in-its-parent").exists()


@pytest.mark.parametrize(
    ("task", "args", "says"),
    [
        pytest.param("fail", ("no such tag",), "ValueError: no such tag", id="exception"),
        pytest.param("recurse", (), "RecursionError", id="recursion"),
        pytest.param("unpicklable", (), "pickle", id="a result that cannot travel"),
        pytest.param("missing", (), "AttributeError", id="no such function"),
    ],
)
def test_a_task_that_raises_leaves_its_worker(task: str, args: tuple[Any, ...], says: str) -> None:
    async def steps(workers: WorkerPool) -> tuple[int, WorkerFailed, int]:
        before = await workers.run(HERE + "pid")
        with pytest.raises(WorkerFailed, match=says) as failed:
            await workers.run(HERE + task, *args)
        return before, failed.value, await workers.run(HERE + "pid")

    before, failed, after = using(steps)
    assert failed.kind is WorkerFailure.ERROR
    assert before == after


@pytest.mark.parametrize("name", ["os.system", "crawler.coreless.x", "tests.crawl.tasksx.pid", "builtins.eval"])
def test_only_named_modules_functions_run(name: str) -> None:
    async def steps(workers: WorkerPool) -> None:
        with pytest.raises(ValueError, match="not among the functions"):
            await workers.run(name, "true")

    using(steps)


def test_output_of_a_task_does_not_disturb() -> None:
    assert using(lambda workers: workers.run(HERE + "chatter")) == "done"


def test_no_more_at_a_time_than_wanted() -> None:
    async def steps(workers: WorkerPool) -> tuple[set[int], int]:
        pids = await asyncio.gather(*(workers.run(HERE + "nap", 0.02) for _ in range(8)))
        return set(pids), len(workers.pids)

    pids, alive = using(steps, count=2)
    assert len(pids) == alive == 2


def test_a_task_given_up_does_not_answer_the_next_one() -> None:
    async def steps(workers: WorkerPool) -> list[object]:
        await workers.warm()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await workers.run(HERE + "nap", 3)
        result: list[object] = await workers.run(HERE + "echo", "mine")
        return result

    assert using(steps) == ["mine"]


def test_a_worker_killed_from_outside_is_replaced() -> None:
    async def steps(workers: WorkerPool) -> tuple[int, int]:
        before = await workers.run(HERE + "pid")
        os.kill(before, signal.SIGKILL)
        await asyncio.to_thread(os.waitid, os.P_PID, before, os.WEXITED | os.WNOWAIT)  # dead, its pool does not know
        return before, await workers.run(HERE + "pid")

    before, after = using(steps)
    assert before != after


def test_the_loop_goes_on_while_a_worker_is_busy() -> None:
    async def steps(workers: WorkerPool) -> int:
        await workers.warm()
        task = asyncio.ensure_future(workers.run(HERE + "nap", 0.3))
        turns = 0
        while not task.done():
            await asyncio.sleep(0.001)
            turns += 1
        return turns

    assert using(steps) > 50


def test_warm_workers_are_there_before_the_first_task() -> None:
    async def steps(workers: WorkerPool) -> tuple[tuple[int, ...], int]:
        await workers.warm()
        return workers.pids, await workers.run(HERE + "pid")

    pids, used = using(steps, count=2)
    assert len(pids) == 2
    assert used in pids


def test_imports_that_fail_are_said() -> None:
    async def steps(workers: WorkerPool) -> None:
        with pytest.raises(WorkerFailed, match="no_such_module_here"):
            await workers.run(HERE + "pid")

    using(steps, imports=["no_such_module_here"])


def test_closing_leaves_no_process() -> None:
    async def run() -> tuple[int, ...]:
        workers = WorkerPool(count=2, allowed=[HERE])
        await workers.warm()
        spinning = asyncio.ensure_future(workers.run(HERE + "spin"))
        await asyncio.sleep(0.02)
        pids = workers.pids
        await workers.close()
        with pytest.raises(WorkerFailed):
            await spinning
        with pytest.raises(WorkerFailed, match="closed"):
            await workers.run(HERE + "pid")
        return pids

    assert not [pid for pid in asyncio.run(run()) if psutil.pid_exists(pid)]


PARENT = """
import asyncio, sys
from crawler.workers import WorkerPool

async def main():
    workers = WorkerPool(count=2, seconds=600, allowed=["tests.crawl.tasks."])
    await workers.warm()
    busy = asyncio.ensure_future(workers.run("tests.crawl.tasks.spin"))
    await asyncio.sleep(0.05)
    print(*workers.pids, flush=True)
    await busy

asyncio.run(main())
"""


def test_no_orphans_when_the_parent_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        workers = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
        assert len(workers) == 2
        parent.kill()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert [worker for worker in alive if worker.status() != psutil.STATUS_ZOMBIE] == []


def test_workers_load_nothing_of_the_crawler() -> None:
    code = (
        "import sys, crawler.worker; print([m for m in sys.modules if m.startswith(('scrapy', 'twisted', 'asyncio'))])"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def test_a_small_task_costs_about_a_millisecond_at_most() -> None:
    async def steps(workers: WorkerPool) -> float:
        await workers.warm()
        start = monotonic()
        for _ in range(200):
            await workers.run(HERE + "pid")
        return (monotonic() - start) / 200

    assert using(steps) < 0.005
