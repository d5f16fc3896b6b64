"""How a channel is shown to people: never with what it keeps secret."""

import re

from yarl import URL

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}(?=://)")


def masked(text: str) -> str:
    """The channel as it may be shown: addresses and names as they are, of URLs no more than where they lead.

    >>> masked("webhook:https://example.org/hook?token=1"), masked("tgram://123:abc/42"), masked("mailto:a@b.example")
    ('webhook:https://example.org/…', 'tgram://…', 'mailto:a@b.example')
    """
    if text.startswith(("mailto:", "@")) and "://" not in text:
        return text[:300]
    if text.startswith("webhook:"):
        try:
            return f"webhook:{URL(text.removeprefix('webhook:')).origin()}/…"
        except ValueError:
            return "webhook:…"
    scheme = _SCHEME.match(text)
    return f"{scheme[0]}://…" if scheme else "…"
