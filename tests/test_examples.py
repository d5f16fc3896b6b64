"""The examples in docstrings hold."""

import doctest
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from config.site import BUILT_IN, load_sites

ROOT = Path(__file__).parents[1]


def modules() -> Iterator[str]:
    for package in ("config", "crawler", "storage"):
        for file in sorted((ROOT / package).rglob("*.py")):
            if ">>> " in file.read_text():
                yield ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("name", list(modules()))
def test_what_a_docstring_shows_is_so(name: str) -> None:
    done = doctest.testmod(import_module(name), extraglobs={"mpt": load_sites(BUILT_IN)["mpt"]})
    assert done.failed == 0
    assert done.attempted > 0
