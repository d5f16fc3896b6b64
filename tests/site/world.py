"""The site's state: what is published at which address now, and the ways in which that changes."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.site.nodes import Attached, Content, Node

REPLACED = "20261101120000"  # creation time of a file that has been replaced


@dataclass
class World:
    """Nodes, files, old addresses; `revision` grows with every publication, `round` with every round of noise."""

    content: Content
    markup: str = "mixed"
    redirects: dict[str, str] = field(default_factory=dict)  # old path: new path, answered with 301
    dead: dict[str, int] = field(default_factory=dict)  # old path: 404
    stale: set[int] = field(default_factory=set)  # nodes saved behind the page cache's back
    revision: int = 0
    round: int = 0

    def __post_init__(self) -> None:
        self._index()

    @property
    def nodes(self) -> dict[int, Node]:
        return self.content.nodes

    @property
    def files(self) -> dict[str, Attached]:
        return self.content.files

    def at(self, path: str) -> Node | None:
        """The published node at this alias (without prefix and leading slash)."""
        return self._paths.get(path)

    def listed(self, rubric: str = "") -> list[Node]:
        """Published news that listings show, newest first."""
        return self._rubrics.get(rubric, []) if rubric else self._listed

    def fed(self) -> list[Node]:
        """The newest twenty that the feed shows, those linked from nowhere else included."""
        return self._fed

    def pages(self) -> list[Node]:
        """Static pages in the menu's order, which noise shifts."""
        return self._pages

    def put(self, node: Node) -> None:
        """A node takes the place of its former state."""
        self.nodes[node.nid] = node
        self._index()

    def move(self, node: Node, path: str, *, redirect: bool) -> None:
        """The node is at a new address; the old one answers 301, or 404."""
        if redirect:
            self.redirects[node.path] = path
        else:
            self.dead[node.path] = 404
        self.put(replace(node, path=path))

    def replace_file(self, name: str, find: str, put: str) -> None:
        """New words and a new creation time under the same address."""
        file = self.files[name]
        lines = tuple(line.replace(find, put) for line in file.lines)
        self.files[name] = replace(file, lines=lines, stamp=REPLACED)

    def unrest(self) -> None:
        """A round of noise: another order of the menu, another editor's hand, another comment here and there."""
        self.round += 1
        for node in list(self.nodes.values()):
            if node.kind == "news" and node.nid % 3 == self.round % 3 and node.comments < 90:
                self.nodes[node.nid] = replace(node, comments=node.comments + 1)
        self._index()

    def mark(self) -> Callable[[], None]:
        """What makes all be published again as it is now; that is a publication too."""
        nodes, files = dict(self.nodes), dict(self.files)
        redirects, dead, stale, rounds = dict(self.redirects), dict(self.dead), set(self.stale), self.round

        def back() -> None:
            self.content = Content(nodes=dict(nodes), files=dict(files))
            self.redirects, self.dead, self.stale, self.round = dict(redirects), dict(dead), set(stale), rounds
            self.revision += 1
            self._index()

        return back

    def _index(self) -> None:
        live = [node for node in self.nodes.values() if node.live]
        self._paths = {node.path.lower(): node for node in live}
        news = sorted((n for n in live if n.kind == "news" and not n.orphan), key=lambda n: (n.created, n.nid))[::-1]
        self._listed = [node for node in news if not node.feed_only]
        self._fed = news[:20]
        self._rubrics: dict[str, list[Node]] = {}
        for node in self._listed:
            self._rubrics.setdefault(node.rubric, []).append(node)
        pages = sorted((node for node in live if node.kind == "page"), key=lambda node: node.nid)
        shift = self.round % max(1, len(pages))
        self._pages = pages[shift:] + pages[:shift]
