"""An archive with subscriptions and owed changes, a mail server, and a receiver of webhooks, all on loopback."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from config.settings import Delivery, Mail, Network, Service, Settings
from storage.archive import Archive
from tests.fresh import open_fresh
from tests.notify.receivers import Inbox, Receiver


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with open_fresh(tmp_path) as opened:
        yield opened


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    """A mail server that keeps what it gets; up from the start."""
    with Inbox() as server:
        yield server


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server that keeps what is posted to it and answers as told."""
    with Receiver() as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, inbox: Inbox, receiver: Receiver) -> Settings:
    return Settings(
        home=tmp_path,
        network=Network(allow=(f"127.0.0.1:{receiver.port}",)),
        mail=Mail(smtp=f"smtp://127.0.0.1:{inbox.port}", sender="letapis@example.org", starttls=False),
        delivery=Delivery(timeout=10.0),
        service=Service(public_url="https://letapis.example"),
    )
