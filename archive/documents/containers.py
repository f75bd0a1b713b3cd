"""Containers of XML parts (a ZIP with a known layout): parts read with caps, XML without entities or network."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from lxml import etree

from archive.errors import Unreadable

MAX_PART = 50 << 20
MAX_ALL = 200 << 20
# everything that zipfile lets through from torn or hostile headers
BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
    OverflowError, LookupError,
)


class Container:
    """The parts of an open container by name; a name may be written with either slash and in any case."""

    def __init__(self, archive: zipfile.ZipFile, what: str) -> None:
        self._archive = archive
        self._what = what
        self._left = MAX_ALL
        self._names = {_plain(info.filename): info for info in archive.infolist()}

    def names(self) -> Iterator[str]:
        """The names of all parts as they are compared: lower case, forward slashes."""
        return iter(self._names)

    def body(self, name: str) -> bytes | None:
        """The bytes of a part, None where there is none. Raises Unreadable where it unpacks too large."""
        info = self._names.get(_plain(name))
        if info is None:
            return None
        with self._archive.open(info) as file:
            data = file.read(MAX_PART + 1)
        self._left -= len(data)
        if len(data) > MAX_PART or self._left < 0:
            raise Unreadable(f"{self._what} unpacks too large: {name}")
        return data

    def xml(self, name: str) -> etree._Element | None:
        """A part as XML, None where there is none. Raises Unreadable where it is broken or declares entities."""
        data = self.body(name)
        return None if data is None else parse_xml(data, f"{self._what}: {name}")


@contextmanager
def opened(body: bytes, what: str) -> Iterator[Container]:
    """A body as a container; `what` names it in the reasons. Raises Unreadable for a broken one."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            yield Container(archive, what)
    except BROKEN as error:
        raise Unreadable(f"{what} is broken: {error}") from error


def parse_xml(data: bytes, what: str) -> etree._Element:
    """XML without entities, network or endless depth. Raises Unreadable."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unreadable(f"{what} is no XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable(f"{what} declares entities of its own, which no such file does")
    return root


def _plain(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./").lstrip("/").lower()
