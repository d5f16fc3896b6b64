"""The shape of the project: every module stands in a layer, modules stay small, start-up stays quick."""

import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
MODULES = [path for package in ("config", "storage", "crawler") for path in sorted((ROOT / package).rglob("*.py"))]


def layers() -> list[str]:
    """All modules that the import rule names."""
    rule = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][0]
    return [name.strip() for layer in rule["layers"] for name in re.split(r"[|:]", layer)]


def test_every_module_is_named_in_the_layers() -> None:
    """A new module has to say in which layer it stands."""
    named = layers()
    dotted = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in MODULES if path.name != "__init__.py"}
    lost = {name for name in dotted if not any(name == layer or name.startswith(f"{layer}.") for layer in named)}
    assert lost == set()


def test_the_lock_for_the_tests_holds_all_of_the_program_s() -> None:
    """The Makefile installs either the one or the other."""
    program, tests = (
        set(re.findall(r"^\S+==\S+", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))
        for name in ("requirements.lock", "requirements-dev.lock")
    )
    assert program
    assert program <= tests


def test_modules_are_small() -> None:
    lines = {path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8").count("\n") for path in MODULES}
    assert {name: count for name, count in lines.items() if count > 400} == {}
    assert statistics.median(count for name, count in lines.items() if not name.endswith("__init__.py")) < 150


def test_help_needs_no_heavy_imports() -> None:
    heavy = "{'scrapy', 'trafilatura', 'sqlalchemy', 'lxml', 'rich', 'pydantic'}"
    code = f"import sys; from crawler.cli import parser; parser().format_help(); print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "set()"
