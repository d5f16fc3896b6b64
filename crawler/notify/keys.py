"""The installation's secret, and what is derived from it: signatures of webhooks, links that end a subscription.

Everything is an HMAC-SHA256 (RFC 2104) of the one secret under a name of its own, so that nothing derived has to be
stored, and none tells another.
"""

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from config.errors import ConfigError

FILE = "secret.key"
_BYTES = 32


def secret_key(home: Path) -> bytes:
    """The installation's secret, of the home folder's ``secret.key``; made when it is not there.

    Two processes that make it at once get the same one. Raises ConfigError for a file that others may read.
    """
    path = home / FILE
    try:
        if not path.exists():
            _make(path)
        check_private(path)
        found = bytes.fromhex(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: can't be read ({error}); restore it, or remove it for a new one") from error
    if len(found) < _BYTES:
        raise ConfigError(f"{path}: too short for a secret; restore it, or remove it for a new one")
    return found


def check_private(path: Path) -> None:
    """Raises ConfigError for a file of secrets that somebody else than its owner may read or write."""
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise ConfigError(f"{path}: holds secrets and may be read by others (mode {mode:o}); chmod 600 {path}")


def webhook_secret(key: bytes, subscription_id: int) -> str:
    """What a subscription's webhook calls are signed with; its receiver has to know it."""
    return _derived(key, f"webhook {subscription_id}")


def unsubscribe_token(key: bytes, subscription_id: int) -> str:
    """What a link that ends the subscription carries."""
    return _derived(key, f"unsubscribe {subscription_id}")[:43]


def is_unsubscribe_token(key: bytes, subscription_id: int, token: str) -> bool:
    """Whether the token is that subscription's; compared in constant time."""
    return hmac.compare_digest(unsubscribe_token(key, subscription_id).encode(), token.encode("utf-8", "replace"))


def message_token(key: bytes, name: str) -> str:
    """A name that only this installation gives: the same for the same delivery or page, telling nothing of it."""
    return _derived(key, f"message {name}")[:32]


def _derived(key: bytes, purpose: str) -> str:
    return hmac.new(key, purpose.encode(), hashlib.sha256).hexdigest()


def _make(path: Path) -> None:
    """Writes it under another name and links it: whole or not at all, and the first one stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
        out.write(secrets.token_hex(_BYTES) + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was quicker: its secret counts
    finally:
        draft.unlink()
