"""Zip containers of office formats, opened as what they are: input from anybody.

Sizes are checked before anything is inflated, and inflating stops at the size that was declared. Readers that inflate
by themselves get a container packed anew from the checked members, so that no lie in a header reaches them.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Callable

from lxml import etree

from crawler.core.files.reading import NoTextError

MAX_MEMBERS = 20_000
MAX_INFLATED = 256 * 1024 * 1024  # bytes of the members that are read, together
MAX_RATIO = 250  # of a member above MAX_UNSUSPECTED; XML of office files seldom passes 100
MAX_UNSUSPECTED = 8 * 1024 * 1024

_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class Container:
    """The members of one zip. Raises NoTextError (broken, encrypted, too_large) wherever it is at fault."""

    def __init__(self, body: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(body))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise NoTextError("broken") from error
        members = self._zip.infolist()
        if len(members) > MAX_MEMBERS:
            raise NoTextError("too_large")
        self._members = {member.filename: member for member in members}
        self._inflated = 0

    def names(self, prefix: str = "") -> list[str]:
        """Names of the members below a folder, sorted."""
        return sorted(name for name in self._members if name.startswith(prefix))

    def read(self, name: str) -> bytes:
        """One member's bytes; empty when there is no such member."""
        member = self._members.get(name)
        if member is None:
            return b""
        self._check(member)
        try:
            return self._zip.read(member)
        except RuntimeError as error:  # the zip module's way to say that it needs a password
            raise NoTextError("encrypted") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
            raise NoTextError("broken") from error

    def xml(self, name: str) -> bytes:
        """One member's bytes, which must be XML without any declaration of entities."""
        text = self.read(name)
        if _DOCTYPE.search(text.replace(b"\0", b"")):  # NUL out: UTF-16 declares as well
            raise NoTextError("broken")
        return text

    def tree(self, name: str) -> etree._Element:
        """One XML member parsed: nothing is fetched, nothing expanded."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
        try:
            return etree.fromstring(self.xml(name), parser)
        except etree.XMLSyntaxError as error:
            raise NoTextError("broken") from error

    def repacked(self, wanted: Callable[[str], bool]) -> io.BytesIO:
        """A container of the wanted members, checked and stored without compression."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as fresh:
            for name in self.names():
                if wanted(name):
                    fresh.writestr(name, self.xml(name) if name.endswith((".xml", ".rels")) else self.read(name))
        packed.seek(0)
        return packed

    def _check(self, member: zipfile.ZipInfo) -> None:
        self._inflated += member.file_size
        ratio = member.file_size / max(member.compress_size, 1)
        if self._inflated > MAX_INFLATED or (member.file_size > MAX_UNSUSPECTED and ratio > MAX_RATIO):
            raise NoTextError("too_large")
