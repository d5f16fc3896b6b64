"""The flag that rewrites the expected documents: `pytest tests/pages --update-pages`, then read the diff."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-pages", action="store_true", help="write what is extracted now as the expected documents"
    )


@pytest.fixture
def update_pages(request: pytest.FixtureRequest) -> bool:
    """False also where this folder was not named on the command line, and the flag therefore is not known."""
    return bool(request.config.getoption("--update-pages", default=False))
