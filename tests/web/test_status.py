"""Status: what the service says of itself, with what calls for somebody; for readers less than for administrators."""

from datetime import timedelta
from typing import Any

import pytest

from config.settings import Database, Mail, Settings
from crawler.core.attendance import INSTALLATION
from crawler.service.lease import RIGHT
from crawler.service.live import Here
from crawler.service.metrics import Metrics
from crawler.web.standing import BEHIND, matters, standing
from storage.archive import Archive
from storage.migrations import HEAD
from storage.records_accounts import Role
from storage.records_outbox import DeliveryKind, Subscription
from storage.records_service import Totals
from tests.web.conftest import Clock, Site

HOLDER = "machine-7 4711 c0ffee"
NOTHING = Totals(versions=0, captures=0, changes=0, unindexed=0)


@pytest.fixture
def web_settings(web_settings: Settings) -> Settings:
    web_settings.home.mkdir(parents=True)
    (web_settings.home / "warc").mkdir()
    (web_settings.home / "warc" / "a.warc.gz").write_bytes(b"x" * 3_000)
    mail = Mail(smtp="smtps://who:swordfish1@mail.example", password="swordfish2")
    database = Database(url="postgresql://letapis:swordfish3@db/letapis")
    return web_settings.model_copy(update={"mail": mail, "database": database})


@pytest.fixture
def web_live(web_settings: Settings, web_archive: Archive, web_clock: Clock, web_sites: Any) -> Here:
    """The service's own answers; who would fetch is not there."""

    async def fetch(url: str, site: str | None, who: str) -> dict[str, Any]:
        raise AssertionError(url)

    web_archive.take_lease(RIGHT, HOLDER, web_clock.now + timedelta(days=1), web_clock.now)
    return Here(web_settings, web_sites, web_archive, Metrics(), fetch=fetch, held=lambda: True, clock=web_clock)


def test_readers_see_how_it_goes_and_nothing_that_helps_an_attack(web: Site) -> None:
    web.clock.on(hours=3)
    reader = web.login()
    page = reader.get("/status").text
    assert "The service is running." in page
    assert "3 hours ago" in page
    assert "2.9\u00a0KiB, 1 file" in page
    assert "Nothing: all is well." in page
    boss = web.login("boss", Role.ADMIN)
    whole = boss.get("/status").text
    for secret in (HOLDER, "schema", "sqlite", "LETAPIS", "network.user_agent", str(web.settings.home)):
        assert secret not in page, secret
    for shown in (
        HOLDER,
        f"sqlite, {HEAD}",
        "network.user_agent",
        str(web.settings.home),
        "letapis:…@db",
        "who:…@mail",
    ):
        assert shown in whole, shown
    assert "swordfish" not in whole
    told = reader.get("/api/v1/status").json()["status"]
    assert told["service"]["running"] is True
    assert told["service"]["holder"] is None
    assert not {"release", "database"} & told.keys()
    assert boss.get("/api/v1/status").json()["status"]["service"]["holder"] == HOLDER


def test_what_calls_for_somebody_is_told_with_what_to_do(web: Site) -> None:
    one = web.archive.add_subscription(
        Subscription(name="mine", channel="mailto:a@example.org", created_at=web.clock.now), actor="boss"
    )
    for key in ("k1", "k2"):
        made = web.archive.owe_message(one, DeliveryKind.TEST, key, {}, web.clock.now, web.clock.now)
        assert made
    web.archive.dead(made.id, "no such host")
    web.archive.open_problem(INSTALLATION, "stuck", "outbox", "since nine", web.clock.now)
    web.archive.pause("mpt", web.clock.now, actor="boss")
    page = web.login().get("/status").text
    assert "Messages wait too long to be sent" in page
    assert 'href="/problems?kind=stuck"' in page
    assert "Messages given up: 1" in page
    assert 'href="/deliveries?state=dead"' in page
    assert "Scheduled runs rest:" in page
    assert "the oldest to be sent, owed since" in page


@pytest.mark.parametrize(
    ("status", "totals", "title"),
    [
        (None, NOTHING, "The service is not running"),
        ({"service": {"running": False}}, NOTHING, "The service is not running"),
        ({"service": {"running": True}, "disk": {"free": 2**20}}, NOTHING, "The disk is nearly full"),
        ({"service": {"running": True}}, Totals(versions=9_999, captures=0, changes=0, unindexed=BEHIND + 1), "search"),
        ({"service": {"running": True}, "disk": {"free": 2**40}, "deliveries": {"sent": 3}}, NOTHING, None),
    ],
    ids=["no service", "its lease has run out", "disk", "index", "all is well"],
)
def test_each_trouble_has_a_title(status: dict[str, Any] | None, totals: Totals, title: str | None) -> None:
    found = [one.title for one in matters(standing(status) if status else None, totals, [], {})]
    assert len(found) == (0 if title is None else 1)
    assert title is None or title in found[0]
