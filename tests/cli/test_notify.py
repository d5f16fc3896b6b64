"""``letapis notify`` and ``letapis deliveries``: messages by the command line."""

import hashlib
import hmac
from pathlib import Path

import pytest

from storage.archive import Archive
from tests.cli.conftest import Cli
from tests.notify.conftest import inbox, receiver
from tests.notify.owing import owe, subscribed
from tests.notify.receivers import Inbox, Receiver

__all__ = ["inbox", "receiver"]  # fixtures


@pytest.fixture
def letapis(tmp_path: Path, receiver: Receiver) -> Cli:
    return Cli(home=tmp_path, env={"LETAPIS_NETWORK_ALLOW": f"127.0.0.1:{receiver.port}"})


def test_what_is_owed_is_sent(letapis: Cli, receiver: Receiver) -> None:
    with Archive.open(f"sqlite:///{letapis.home}/letapis.db") as archive:
        program = subscribed(archive, "Программа", f"webhook:{receiver.url}?token=T0KEN")
        owe(archive, [program], ["Першая", "Другая"])
    receiver.answers = [(200, {}), (404, {})]
    ended = letapis("notify", "once", "--json")
    assert ended.code == 1
    assert ended.json == {
        "sent": 1, "failed": 0, "dead": 1, "dropped": 0, "waiting": 0, "digests": 0, "pending": 0,
    }  # fmt: skip
    assert ended.complaint == "1 message given up: letapis deliveries --state dead"

    dead, sent = letapis("deliveries", "--json").lines
    assert (dead["state"], dead["error"], sent["state"]) == ("dead", "the receiver answered 404", "sent")
    told = letapis("deliveries", "--state", "dead").out
    assert "Программа" in told
    assert "letapis deliveries retry" in told
    assert "T0KEN" not in told + str(dead)

    assert letapis("deliveries", "retry", dead["id"]).out.startswith("1 message will be sent anew")
    assert letapis("notify", "once").out == "1 message sent, 0 still to be sent.\n"
    moment, _, signed = receiver.posts[-1].headers["letapis-signature"].partition(",v1=")
    secret = letapis("notify", "secret", "Программа").out.strip()
    body = moment.removeprefix("t=").encode() + b"." + receiver.posts[-1].body
    assert hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() == signed


def test_test_messages(letapis: Cli, receiver: Receiver, inbox: Inbox) -> None:
    smtp = {"LETAPIS_MAIL_SMTP": f"smtp://127.0.0.1:{inbox.port}", "LETAPIS_MAIL_STARTTLS": "false"}
    ended = letapis("notify", "test", "mailto:who@example.org", **smtp)
    assert ended.out == "A test message was sent to mailto:who@example.org; look whether it has arrived.\n"
    assert str(inbox.mails[0]["Subject"]).startswith("Test message")

    refused = letapis("notify", "test", "webhook:http://127.0.0.1:9/T0KEN")
    assert refused.code == 1
    assert "network.allow names exceptions" in refused.complaint
    assert "T0KEN" not in refused.complaint

    unknown = letapis("notify", "test", "nobody")
    assert unknown.code == 2
    assert unknown.complaint == 'there is no subscription "nobody" (letapis subscribe list), and it is no channel'
