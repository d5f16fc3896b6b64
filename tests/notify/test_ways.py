"""Channels: which can be used, what they keep secret, whom they may reach."""

import asyncio
import hashlib
import hmac
import json
import os
import re
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from config.errors import ConfigError
from crawler.core.messages import Message
from crawler.core.messages.payload import schema
from crawler.download.client import Client
from crawler.download.guard import Guard
from crawler.notify.channels import BadChannel, Way, channel_fault, channel_of, known_channel, masked
from crawler.notify.chat import _apprise as chat_library
from crawler.notify.chat import send_chat, talks_http
from crawler.notify.failures import SendFailed
from crawler.notify.keys import secret_key, unsubscribe_token, webhook_secret
from crawler.notify.webhook import send_webhook, signature
from tests.notify.receivers import Receiver
from tests.notify.stories import NOON, added, delivery, edit, message

TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"


def post(receiver: Receiver, one: Message, *, allow: bool = True) -> None:
    async def send() -> None:
        client = Client(Guard([f"127.0.0.1:{receiver.port}"] if allow else []))
        try:
            await send_webhook(
                client, receiver.url, one.payload, delivery(), secret="s" * 20, now=NOON, user_agent="T", seconds=10
            )
        finally:
            await client.close()

    asyncio.run(send())


def chat(url: str, receiver: Receiver, *, allow: bool = True, text: str = "Тарифы") -> None:
    guard = Guard([f"127.0.0.1:{receiver.port}"] if allow else [])
    asyncio.run(send_chat(url, message(added(7, text)), guard=guard, seconds=10))


def test_webhook_can_be_checked_by_its_receiver(receiver: Receiver) -> None:
    post(receiver, message(edit()))
    (got,) = receiver.posts
    moment, _, signed = got.headers["letapis-signature"].partition(",")
    expected = hmac.new(b"s" * 20, moment.removeprefix("t=").encode() + b"." + got.body, hashlib.sha256).hexdigest()
    assert moment == f"t={int(NOON.timestamp())}"
    assert signed == f"v1={expected}"
    assert got.headers["idempotency-key"] == '"s3-c7"'
    assert got.headers["letapis-delivery"] == "11"
    assert got.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(got.body)["changes"][0]["title"] == "Тарифы"


def test_webhook_reaches_no_private_address(receiver: Receiver) -> None:
    with pytest.raises(SendFailed, match="is not a public address") as failure:
        post(receiver, message(edit()), allow=False)
    assert failure.value.permanent
    assert receiver.posts == []


def test_chat_gets_plain_text(receiver: Receiver) -> None:
    chat(f"json://127.0.0.1:{receiver.port}/hook", receiver, text="<b>12 & 5</b> *all* \\n :smile: @everyone")
    (got,) = receiver.posts
    told = json.loads(got.body)["message"]
    assert told.splitlines()[0] == "Added: <b>12 & 5</b> *all* \\n :smile: @\u2060everyone"


def test_chat_reaches_no_private_address(receiver: Receiver) -> None:
    with pytest.raises(SendFailed, match="is not a public address") as failure:
        chat(f"json://127.0.0.1:{receiver.port}/hook", receiver, allow=False)
    assert failure.value.permanent
    assert receiver.posts == []


def test_chat_follows_no_redirect_to_a_private_address(receiver: Receiver) -> None:
    with Receiver() as inner:
        receiver.answers = [(307, {"Location": inner.url})]
        with pytest.raises(SendFailed, match="is not a public address"):
            chat(f"json://127.0.0.1:{receiver.port}/hook", receiver)
        assert inner.posts == []
    assert len(receiver.posts) == 1


def test_chat_that_takes_nothing(receiver: Receiver) -> None:
    receiver.answers = [(500, {})]
    with pytest.raises(SendFailed, match="did not take the message") as failure:
        chat(f"json://127.0.0.1:{receiver.port}/hook", receiver)
    assert not failure.value.permanent


@pytest.mark.parametrize(
    ("text", "way"),
    [
        pytest.param("mailto:who@example.org", Way.MAIL, id="mail"),
        pytest.param("webhook:https://example.org/hook?a=1", Way.WEBHOOK, id="webhook"),
        pytest.param(TELEGRAM, Way.CHAT, id="Telegram"),
        pytest.param("jsons://example.org/hook", Way.CHAT, id="self-hosted"),
    ],
)
def test_channels_that_can_be_used(text: str, way: Way, tmp_path: Path) -> None:
    assert channel_of(text, tmp_path).way is way
    assert known_channel(text) is None


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("mailto:", "one address", id="no address"),
        pytest.param("mailto:a@example.org,b@example.org", "one address", id="two addresses"),
        pytest.param("mailto:a@example.org\nBcc:b@example.org", "one address", id="a header within"),
        pytest.param("mailto:a@example.org?cc=b@example.org", "one address", id="a query"),
        pytest.param("mailto:Імя <a@example.org>", "one address", id="with a name"),
        pytest.param("mailto://user:pass@example.org", "is not spoken to by HTTP", id="Apprise's own mail"),
        pytest.param("webhook:ftp://example.org/", "http or https", id="another scheme"),
        pytest.param("webhook:https://me:pass@example.org/", "no user name", id="with a password"),
        pytest.param("webhook:https:///hook", "http or https", id="without a host"),
        pytest.param("webhook:https://example.org/a b", "http or https", id="with a blank"),
        pytest.param("reader@example.org", "neither", id="nothing known"),
        pytest.param("https://example.org/hook", "neither", id="a bare address"),
        pytest.param("syslog://", "is not spoken to by HTTP", id="this machine's log"),
        pytest.param("dbus://", "neither|by HTTP", id="this machine's desktop"),
        pytest.param("mqtt://example.org/topic", "neither|by HTTP", id="not HTTP"),
        pytest.param("file:///etc/passwd", "neither", id="a file"),
        pytest.param(f"{TELEGRAM}?template=/etc/passwd", "names a file", id="a template file"),
        pytest.param(f"{TELEGRAM}?-Template=/etc/passwd", "names a file", id="disguised"),
        pytest.param(f"{TELEGRAM}?a=b;template=/etc/passwd", "names a file", id="behind a semicolon"),
        pytest.param(f"{TELEGRAM}#a?template=/etc/passwd", "names a file", id="within the fragment"),
        pytest.param(f"{TELEGRAM}?a;%74emplate =/etc/passwd", "names a file", id="spelt otherwise"),
        pytest.param(f"{TELEGRAM}%3Ftemplate=/etc/passwd", "names a file", id="spelt otherwise from the start"),
        pytest.param("fcm://project/device/?keyfile=/etc/passwd", "names a file", id="a key file"),
        pytest.param("@no such name", "letters, digits", id="an odd name"),
        pytest.param("@ops", "add \\[ops\\]", id="an unknown name"),
    ],
)
def test_channels_that_can_not(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(BadChannel, match=words) as failure:
        channel_of(text, tmp_path)
    assert "pass" not in str(failure.value).replace("passwd", "pass" if "passwd" in str(failure.value) else "")


def test_apprise_itself_opens_no_file_of_this_machine() -> None:
    """Whatever a parameter is called that we don't know of."""
    apprise, asset = chat_library()
    service = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/chan"
    assert apprise.Apprise.instantiate(service, asset=asset) is not None
    assert apprise.Apprise.instantiate(f"{service}?template={__file__}", asset=asset) is None
    assert apprise.AppriseAttachment(asset=asset).add(f"file://{__file__}") is False


def test_no_service_in_use_goes_by_sockets_of_its_own() -> None:
    """Only urllib3's connections are guarded: a service that Apprise adds must not come in by chance."""
    known_channel("json://example.org")  # all of them are loaded
    from apprise.manager_plugins import NotificationManager

    manager: Any = NotificationManager()  # type: ignore[no-untyped-call]
    services = {manager[schema] for schema in manager.schemas()}
    used = {service for service in services if talks_http(service)}
    assert len(used) > 100
    own = re.compile(
        r"utils\.socket|^\s*(?:import|from) (?:socket|ssl|smtplib|websocket|httpx|aiohttp|subprocess)\b", re.M
    )
    for service in used:
        source = Path(str(sys.modules[service.__module__].__file__))
        files = source.parent.glob("*.py") if source.parent.name != "plugins" else [source]
        assert not [file.name for file in files if own.search(file.read_text(encoding="utf-8"))], service


def named(folder: Path, text: str, mode: int = 0o600) -> None:
    path = folder / "channels.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


def test_named_channels(tmp_path: Path) -> None:
    named(tmp_path, f'[ops]\nurl = "{TELEGRAM}"\n[hook]\nurl = "webhook:https://example.org/"\nsecret = "{"x" * 16}"\n')
    assert channel_of("@ops", tmp_path).target == TELEGRAM
    assert channel_of("@hook", tmp_path).secret == "x" * 16
    assert "x" * 16 not in repr(channel_of("@hook", tmp_path))


@pytest.mark.parametrize(
    ("text", "mode", "words"),
    [
        pytest.param('[ops]\nurl = "tgram://secret"', 0o644, "chmod 600", id="readable by others"),
        pytest.param('[ops]\nurl = "tgram://secret', 0o600, "not valid TOML", id="broken"),
        pytest.param("[ops]\nurl = 5", 0o600, "must say url", id="not a text"),
        pytest.param('[ops]\nurl = "@secret"', 0o600, "a name again", id="a name again"),
        pytest.param(
            '[ops]\nurl = "webhook:https://example.org"\nsecret = "secret"', 0o600, "16 characters", id="short"
        ),
        pytest.param(
            '[ops]\nurl = "webhook:https://example.org"\ntoken = "secret"', 0o600, "must say url", id="other keys"
        ),
    ],
)
def test_named_channels_that_can_not_be_used(text: str, mode: int, words: str, tmp_path: Path) -> None:
    named(tmp_path, text, mode)
    fault = channel_fault("@ops", tmp_path) or ""
    assert words in fault
    assert "secret" not in fault.replace("holds secrets", "").replace("its secret", "").replace("and secret for", "")


def test_masks() -> None:
    assert masked("webhook:https://example.org:8443/hook/T0KEN?x=T0KEN") == "webhook:https://example.org:8443/…"
    assert masked(TELEGRAM) == "tgram://…"
    assert masked("T0KEN") == masked("mailto:x://T0KEN@h").replace("x://", "") == "…"
    assert "T0KEN" not in masked("webhook:https://me:T0KEN@example.org/")


def test_secret_is_made_once_by_many(tmp_path: Path) -> None:
    found: list[bytes] = []
    threads = [threading.Thread(target=lambda: found.append(secret_key(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 1
    assert len(found[0]) == 32
    assert os.listdir(tmp_path) == ["secret.key"]
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert len({webhook_secret(found[0], 1), webhook_secret(found[0], 2), unsubscribe_token(found[0], 1)}) == 3


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        pytest.param("ab" * 32, 0o640, "chmod 600", id="readable by others"),
        pytest.param("ab", 0o600, "too short", id="cut"),
        pytest.param("not hex", 0o600, "can't be read", id="broken"),
    ],
)
def test_secret_that_can_not_be_used(content: str, mode: int, words: str, tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(ConfigError, match=words):
        secret_key(tmp_path)


def test_schema_for_receivers_is_the_one_that_is_kept() -> None:
    docs = Path(__file__).parents[2] / "docs"
    assert json.loads((docs / "webhook.schema.json").read_text(encoding="utf-8")) == schema()


def test_check_of_signatures_as_documented_works() -> None:
    text = (Path(__file__).parents[2] / "docs" / "webhook.md").read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    exec(text.partition("```python\n")[2].partition("```")[0].replace("time.time()", str(NOON.timestamp())), names)
    header = signature("s" * 20, int(NOON.timestamp()), b"{}")
    assert names["is_ours"](header, b"{}", "s" * 20)
    assert not names["is_ours"](header, b"{} ", "s" * 20)
    assert not names["is_ours"](header, b"{}", "t" * 20)
