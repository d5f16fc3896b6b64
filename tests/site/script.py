"""The script of true events: what happens to which page, and the change that it has to be reported as."""

import tomllib
from dataclasses import dataclass, replace
from typing import Any

from tests.site.model import Event
from tests.site.nodes import CONTENT, Node, Wording
from tests.site.truth import address
from tests.site.world import World


@dataclass(frozen=True, kw_only=True)
class Step:
    """One event as it is written in the script; `find` stands exactly once where it is looked for."""

    name: str
    node: int
    note: str
    what: tuple[str, ...] = ()
    find: str = ""
    put: str = ""
    append: str = ""
    title: str = ""
    file: str = ""
    path: str = ""
    redirect: bool = False
    publish: bool = False
    restore: bool = False
    status: int = 0
    stale: bool = False  # with the page cache on, conditional requests go on getting 304
    stage: int = 1

    @property
    def kind(self) -> str:
        if self.publish or self.restore:
            return "restored" if self.restore else "added"
        if self.status:
            return "removed"
        return "moved" if self.path else "edited"


def load() -> list[Step]:
    """The demonstration's steps, in order."""
    table: dict[str, Any] = tomllib.loads((CONTENT / "events.toml").read_text("utf-8"))
    return [Step(**{**row, "what": tuple(row.get("what", ()))}) for row in table["event"]]


def event_of(step: Step, world: World, base: str) -> Event:
    """The event to be expected of a step that has not been taken yet."""
    node = world.nodes[step.node]
    return Event(
        name=step.name,
        url=address(node, base),
        kind=step.kind,
        what=frozenset(step.what),
        moved_to=f"{base}/{step.path}" if step.path else None,
        note=step.note,
        stage=step.stage,
    )


def take(step: Step, world: World) -> None:
    """Make it happen. Raises ValueError when the script does not fit the text."""
    node = world.nodes[step.node]
    if step.file:
        world.replace_file(step.file, step.find, step.put)
    elif step.path:
        world.move(node, step.path, redirect=step.redirect)
    elif step.publish or step.restore:
        world.put(replace(node, pending=False, status=200))
    elif step.status:
        world.put(replace(node, status=step.status))
    else:
        world.put(replace(node, wording=_edited(step, node)))
    if step.stale:
        world.stale.add(node.nid)
    else:
        world.stale.discard(node.nid)
    world.revision += 1


def _edited(step: Step, node: Node) -> Wording:
    wording = node.wording
    if step.title:
        return replace(wording, title=step.title)
    if step.append:
        return replace(wording, source=f"{wording.source}\n\n{step.append}")
    if wording.source.count(step.find) != 1:
        raise ValueError(f"event {step.name}: {step.find!r} does not stand exactly once in node {node.nid}")
    return replace(wording, source=wording.source.replace(step.find, step.put))
