from collections.abc import Iterator

import pytest

from tests.site import Replica, Size


@pytest.fixture
def replica() -> Iterator[Replica]:
    with Replica() as site:
        yield site


@pytest.fixture(scope="module")
def quiet() -> Iterator[Replica]:
    """A replica that nobody changes."""
    with Replica() as site:
        yield site


@pytest.fixture(params=[Size.DEMO, Size.FULL], ids=str)
def sized(request: pytest.FixtureRequest) -> Iterator[Replica]:
    with Replica(size=request.param) as site:
        yield site
