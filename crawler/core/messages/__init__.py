"""Messages: what a delivery says, in each of the forms in which it is sent."""

from crawler.core.messages.compose import message_for
from crawler.core.messages.message import Links, Matched, Message
from crawler.core.messages.rendering import BUILT_IN, TemplateBroken, Templates

__all__ = ["BUILT_IN", "Links", "Matched", "Message", "TemplateBroken", "Templates", "message_for"]
