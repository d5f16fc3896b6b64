"""Chats by way of Apprise: plain text, HTTP only, and to checked addresses only."""

import contextvars
import re
import socket
import sys
import warnings
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from crawler.core.messages import Message
from crawler.download.failures import AddressRefused
from crawler.download.guard import Guard
from crawler.notify.failures import BadChannel, SendFailed
from crawler.notify.masks import masked
from crawler.notify.threads import in_thread
from storage.said import Said, saying

if TYPE_CHECKING:
    from apprise import NotifyBase

_LOCAL = frozenset({"template", "keyfile", "subfile", "privkey", "attach", "include", "config", "key_file"})
_FILES = frozenset({"fcm", "vapid"})  # services whose addresses name files of ours
_PARAMETERS = re.compile(r"[?&;#]")  # what may stand before one: Apprise reads more of them than urlsplit tells
_SOCKETS = frozenset({"nostr"})  # that speak HTTP, and besides go by sockets of their own
_CALLS = re.compile(r"(?<=@)(?=(?:everyone|here|channel|all)\b)|(?<=<)(?=[@!#])", re.IGNORECASE)


@dataclass
class _Watch:
    """What connections of one message are checked by, and what was refused."""

    guard: Guard
    refused: str = ""


_watch: contextvars.ContextVar[_Watch | None] = contextvars.ContextVar("watch", default=None)


def check(url: str) -> None:
    """Raises BadChannel for what is no Apprise URL that we send to."""
    _service(url)


async def send_chat(url: str, message: Message, *, guard: Guard, seconds: float) -> None:
    """Sends the short form. Raises SendFailed.

    Every connection is made to an address that ``guard`` lets pass, redirects too.
    """
    service, watch = _service(url), _Watch(guard)
    token = _watch.set(watch)
    try:
        sent = await in_thread(partial(_notify, service, plain(message.short)), seconds=seconds)
    finally:
        _watch.reset(token)
    if watch.refused:
        raise SendFailed(watch.refused, permanent=True)
    if not sent:
        raise SendFailed(
            Said("{service} did not take the message; the log says why", service=str(service.service_name))
        )


def plain(text: str) -> str:
    """Text that calls nobody: ``@everyone`` and ``<!channel>`` of a page's title are parted by an invisible sign.

    >>> plain("Hello @everyone") == "Hello @\\u2060everyone"
    True
    """
    return _CALLS.sub("\u2060", text)


def _service(url: str) -> "NotifyBase":
    """The service behind an Apprise URL, if it is one that talks HTTP and reads none of our files."""
    try:
        scheme = urlsplit(url).scheme.lower()
    except ValueError as error:
        raise BadChannel(Said("the channel is no URL")) from error
    if _parameters(url) & _LOCAL or scheme in _FILES:
        raise BadChannel(
            Said(
                "{channel}: names a file of this machine; give what it says by HTTP services only", channel=masked(url)
            )
        )
    apprise, asset = _apprise()
    found = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if found is None:
        raise BadChannel(
            Said(
                '{channel}: neither "mailto:ADDRESS", "webhook:URL", "@NAME" nor a URL that Apprise can read',
                channel=masked(url),
            )
        )
    if not talks_http(type(found)):
        raise BadChannel(
            Said(
                "{channel}: {service} is not spoken to by HTTP, so it can't be guarded",
                channel=masked(url),
                service=str(found.service_name),
            )
        )
    return found  # type: ignore[no-any-return]


def _parameters(url: str) -> set[str]:
    """Names of all that could be a parameter, whoever reads the URL: behind ``;`` and within the fragment, too."""
    names = (unquote(piece.partition("=")[0]) for piece in _PARAMETERS.split(unquote(url)))
    return {name.strip().lstrip("+-:").strip().lower() for name in names}


def talks_http(service: "type[NotifyBase]") -> bool:
    """Whether all that a service of Apprise's sends goes by HTTP of the requests library, which is what is guarded."""
    module = sys.modules[service.__module__]
    return "requests" in vars(module) and not _SOCKETS & set(module.__name__.split("."))


def _notify(service: "NotifyBase", text: str) -> bool:
    apprise, asset = _apprise()
    one = apprise.Apprise(asset=asset)
    one.add(service)
    return bool(one.notify(body=text, body_format=apprise.NotifyFormat.TEXT))


@cache
def _apprise() -> tuple[Any, Any]:
    """The library, with nothing kept on disk or read from it, no emoji or escapes, and its connections guarded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # its plug-ins' business
        import apprise
        import urllib3.util.connection as urllib3_connection
        from apprise.manager_attachment import AttachmentManager
        from apprise.manager_plugins import NotificationManager

        NotificationManager().load_modules()  # type: ignore[no-untyped-call]
        AttachmentManager().remove("file", unload=False)  # type: ignore[no-untyped-call]
    urllib3_connection.create_connection = partial(_guarded, urllib3_connection.create_connection)
    asset = apprise.AppriseAsset(
        app_id="Letapis",
        app_desc="Letapis",
        app_url="",
        async_mode=False,
        interpret_emojis=False,
        interpret_escapes=False,
        secure_logging=True,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
    )
    return apprise, asset


def _guarded(connect: Any, address: tuple[str, int], *rest: Any, **named: Any) -> socket.socket:
    """urllib3's way to a socket, by which every request of Apprise's HTTP services goes: names are resolved once."""
    watch, (host, port) = _watch.get(), address
    if watch is None:
        return connect(address, *rest, **named)  # type: ignore[no-any-return]
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    try:
        addresses = watch.guard.check(host, port, dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    except AddressRefused as error:
        watch.refused = saying(error)
        raise ConnectionRefusedError(str(error)) from error  # of a kind that services expect
    return _connected(connect, addresses, port, *rest, **named)


def _connected(connect: Any, addresses: list[str], port: int, *rest: Any, **named: Any) -> socket.socket:
    """The first address that takes the connection."""
    failed: OSError = ConnectionError("no address is known")
    for address in addresses:
        try:
            return connect((address, port), *rest, **named)  # type: ignore[no-any-return]
        except OSError as error:
            failed = error
    raise failed
