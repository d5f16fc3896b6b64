"""The words in which a score gives its reasons."""

from collections import Counter
from dataclasses import dataclass

from crawler.core.mentions import Mention
from crawler.core.phrases import ENGLISH, N_, Catalogue, shortened

MENTIONED = {
    Mention.ACT: N_("name of an act"),
    Mention.MONEY: N_("sum of money"),
    Mention.OBLIGATION: N_("obligation"),
    Mention.NEGATION: N_("negation"),
    Mention.NUMBER: N_("number"),
    Mention.DATE: N_("date"),
    Mention.PHONE: N_("phone number"),
}


@dataclass(frozen=True)
class Reasons:
    """One method for each reason that a change may weigh by."""

    catalogue: Catalogue = ENGLISH

    def _say(self, message: str, **values: object) -> str:
        return self.catalogue.gettext(message).format(**values)

    def page_new(self) -> str:
        return self._say("page is new")

    def page_back(self) -> str:
        return self._say("page is back")

    def page_moved(self) -> str:
        return self._say("page moved")

    def page_gone(self) -> str:
        return self._say("page is gone")

    def content(self) -> str:
        return self._say("content differs")

    def title(self, after: str) -> str:
        return self._say("title: {title}", title=shortened(after))

    def published(self, after: str | None) -> str:
        return self._say("date of publication: {date}", date=after or self._say("none"))

    def mention(self, kind: Mention, lost: Counter[str], gained: Counter[str]) -> str:
        """``sum of money: 12,40 → 13,90``."""
        return f"{self._say(MENTIONED[kind])}: {_listed(lost)} → {_listed(gained)}"

    def words(self, share: float) -> str:
        return self._say("{share} of the words", share=f"{share:.0%}")

    def paragraphs_removed(self, n: int) -> str:
        return self._say("paragraphs removed: {n}", n=n)

    def file_same_text(self) -> str:
        return self._say("file replaced, text the same")

    def attachment(self) -> str:
        return self._say("attachment")

    def images(self) -> str:
        return self._say("images")

    def links_lost(self, n: int) -> str:
        return self._say("links removed or led elsewhere: {n}", n=n)

    def links_added(self, n: int) -> str:
        return self._say("links added: {n}", n=n)


def _listed(found: Counter[str]) -> str:
    names = [shortened(name, 60) for name in found]
    return ", ".join(names[:3]) + (f" (+{len(names) - 3})" if len(names) > 3 else "") or "∅"
