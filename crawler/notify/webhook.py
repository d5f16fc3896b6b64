"""Webhooks: one signed POST, no redirects followed, to checked addresses only."""

import asyncio
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

from yarl import URL

from crawler.core.pace import retry_after
from crawler.download.client import Answer, Client, Head, Question
from crawler.download.failures import FetchFailed, one_line
from crawler.notify.failures import SendFailed
from storage.records_outbox import Delivery
from storage.said import Said, saying

_READ = 2_000  # bytes of an answer, for the error that it tells
_WAIT = frozenset({408, 425, 429})  # client errors that another try may mend


async def send_webhook(
    client: Client,
    url: str,
    payload: dict[str, Any],
    delivery: Delivery,
    *,
    secret: str,
    now: datetime,
    user_agent: str,
    seconds: float,
) -> None:
    """Posts the payload. Raises SendFailed: permanent for 4xx (408, 425 and 429 aside), 410 and refused addresses.

    A redirect is an error: the signature is for this address, and the next one is nobody's promise.
    """
    body = encoded(payload)
    question = Question(
        method="POST",
        url=URL(url),
        headers=_headers(url, body, delivery, secret=secret, now=now, user_agent=user_agent),
        body=body,
        cut=True,
    )
    try:
        async with asyncio.timeout(seconds):
            answer = await client.ask(question, limit=lambda head: _READ)
    except TimeoutError as error:
        raise SendFailed(Said("no answer within {seconds:g} s", seconds=seconds)) from error
    except FetchFailed as error:
        raise SendFailed(one_line(saying(error)), permanent=not error.transient) from error
    _judge(answer, now)


def encoded(payload: dict[str, Any]) -> bytes:
    """The JSON as it is sent and signed; half a surrogate pair, which UTF-8 can't say, as a JSON escape."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def signature(secret: str, at: int, body: bytes) -> str:
    """``t=1773306000,v1=<hex>``: HMAC-SHA256 over the moment, a full stop, and the body as sent.

    The moment within the signature lets a receiver refuse calls that somebody has kept and sends again.
    """
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={signed}"


def _headers(
    url: str, body: bytes, delivery: Delivery, *, secret: str, now: datetime, user_agent: str
) -> tuple[tuple[str, str], ...]:
    return (
        ("Host", URL(url).host_port_subcomponent or ""),
        ("User-Agent", user_agent),
        ("Accept", "*/*"),
        ("Content-Type", "application/json; charset=utf-8"),
        ("Idempotency-Key", f'"{delivery.key}"'),
        ("Letapis-Delivery", str(delivery.id)),
        ("Letapis-Signature", signature(secret, int(now.timestamp()), body)),
    )


def _judge(answer: Answer, now: datetime) -> None:
    head = answer.head
    if 200 <= head.status < 300:
        return
    told = one_line(answer.body.decode("utf-8", "replace"), limit=120)
    message = Said("the receiver answered {status}", status=head.status)
    if told:
        message = Said("the receiver answered {status}: {told}", status=head.status, told=told)
    if 300 <= head.status < 400:
        raise SendFailed(
            Said(
                "the receiver answered {status}: redirects are not followed; name the address itself",
                status=head.status,
            ),
            permanent=True,
        )
    if head.status in _WAIT or head.status >= 500:
        raise SendFailed(message, retry_after=_asked(head, now))
    raise SendFailed(message, permanent=True)


def _asked(head: Head, now: datetime) -> float | None:
    values = head.all("retry-after")
    return retry_after(values[0], now=now) if values else None
