"""Mail: a message as two parts of one mail, and its way to the mail server."""

import smtplib
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import partial
from urllib.parse import unquote, urlsplit

from config.settings import Mail
from crawler.core.messages import Links, Message
from crawler.download.failures import one_line
from crawler.download.guard import tls_context
from crawler.notify.failures import SendFailed
from crawler.notify.keys import message_token
from crawler.notify.threads import in_thread
from storage.records_outbox import Delivery, DeliveryKind
from storage.said import Said

_POLICY = SMTP.clone(max_line_length=200)  # of headers; bodies are wrapped by their coding


@dataclass(frozen=True, kw_only=True)
class Server:
    host: str
    port: int
    tls: bool  # from the first byte on ("smtps")
    user: str = ""
    password: str = field(default="", repr=False)


def mail_of(
    message: Message,
    delivery: Delivery,
    *,
    sender: str,
    recipient: str,
    links: Links,
    key: bytes,
    page_id: int | None,
    now: datetime,
) -> EmailMessage:
    """The mail: plain text and HTML, to be ended by one click (RFC 8058), in a thread of its page (``page_id``).

    Message-ID is the delivery's: a mail that is sent again after a crash is the same mail to whoever gets both.
    """
    domain = sender.rpartition("@")[2]
    mail = EmailMessage(policy=_POLICY)
    mail["Message-ID"] = f"<{message_token(key, f'delivery {delivery.key}')}@{domain}>"
    mail["Date"] = format_datetime(now)
    mail["From"] = Address("Letapis", addr_spec=sender)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = _literal(message.subject)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answers by machines
    mail["List-Id"] = f"<subscription-{delivery.subscription_id}.letapis.{domain}>"
    if links.unsubscribe and delivery.kind is not DeliveryKind.TEST:
        mail["List-Unsubscribe"] = f"<{links.unsubscribe}>"
        if links.unsubscribe.startswith("https:"):  # RFC 8058 wants it so
            mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    if page_id is not None:
        root = f"<{message_token(key, f'page {page_id}')}.page@{domain}>"
        mail["In-Reply-To"] = mail["References"] = root
    mail.set_content(_encodable(message.text), cte="quoted-printable")
    mail.add_alternative(_encodable(message.html), subtype="html", cte="quoted-printable")
    return mail


async def send_mail(settings: Mail, mail: EmailMessage, *, recipient: str, seconds: float) -> None:
    """Hands the mail to the server of the settings. Raises SendFailed: permanent where the server says 5xx of it."""
    server = server_of(settings)
    work = partial(_hand_over, server, mail, settings.sender, recipient, starttls=settings.starttls, seconds=seconds)
    await in_thread(work, seconds=seconds)


def server_of(settings: Mail) -> Server:
    """Reads ``smtp://host:25`` or ``smtps://user:password@host``. Raises SendFailed, saying what to set."""
    if not settings.smtp:
        raise SendFailed(Said('no mail server is set; set mail.smtp = "smtp://HOST:25" in letapis.toml'))
    try:
        parts = urlsplit(settings.smtp)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
        raise SendFailed(
            Said('mail.smtp is no address of a mail server; write "smtp://HOST:25" or "smtps://USER@HOST"')
        )
    tls = parts.scheme == "smtps"
    return Server(
        host=parts.hostname,
        port=port or (465 if tls else 25),
        tls=tls,
        user=unquote(parts.username or ""),
        password=settings.password or unquote(parts.password or ""),
    )


def _hand_over(
    server: Server, mail: EmailMessage, sender: str, recipient: str, *, starttls: bool, seconds: float
) -> None:
    where = f"{server.host}:{server.port}"
    try:
        with _connected(server, starttls=starttls, seconds=seconds) as connection:
            connection.send_message(mail, from_addr=sender, to_addrs=[recipient])
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise _refused(where, code, words) from error
    except smtplib.SMTPSenderRefused as error:
        raise SendFailed(
            Said("{where} refused the sender: {told}; see mail.sender", where=where, told=_words(error.smtp_error))
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise SendFailed(Said("{where} refused the log-in; see mail.smtp and mail.password", where=where)) from error
    except smtplib.SMTPDataError as error:
        raise _refused(where, error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise SendFailed(
            Said(
                "{where}: {error}; for a server on this machine set mail.starttls = false",
                where=where,
                error=one_line(str(error)),
            )
        ) from error
    except (smtplib.SMTPException, OSError) as error:
        raise SendFailed(
            Said("mail server {where}: {error}", where=where, error=one_line(str(error) or type(error).__name__))
        ) from error


def _connected(server: Server, *, starttls: bool, seconds: float) -> smtplib.SMTP:
    if server.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=tls_context())
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=seconds)
    try:
        if starttls and not server.tls:
            connection.starttls(context=tls_context())
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _refused(where: str, code: int, words: bytes | str) -> SendFailed:
    return SendFailed(
        Said("{where} refused the mail ({code}): {told}", where=where, code=str(code), told=_words(words)),
        permanent=500 <= code < 600,
    )


def _words(words: bytes | str) -> str:
    return one_line(words.decode("utf-8", "replace") if isinstance(words, bytes) else words, limit=200)


def _literal(text: str) -> str:
    """A subject that stands for itself. The email package reads ``=?utf-8?q?=0d=0aBcc:...?=`` within it as an encoded
    word, line break and all, and would write the header that it makes; an invisible sign parts such a word."""
    return _encodable(text).replace("=?", "=\u2060?")


def _encodable(text: str) -> str:
    """Half a surrogate pair can't be sent; it is shown as what it is, a broken character."""
    return text.encode("utf-8", "replace").decode()
