"""The container of a DOCX: its parts, which one is the document, and what each refers to (ECMA-376 part 2)."""

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from lxml import etree

from archive.documents.containers import BROKEN, MAX_ALL, MAX_PART
from archive.errors import Unreadable

_MAIN = "word/document.xml"


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part refers to: `kind` is the last word of its type, `target` a part of the container or an address."""

    kind: str
    target: str
    external: bool


@dataclass(slots=True)
class Package:
    """An open container. `main` is the name of the document itself."""

    archive: zipfile.ZipFile
    names: dict[str, str]                         # in lower case → as written
    main: str = _MAIN
    unpacked: int = 0
    kept: dict[str, bytes | None] = field(default_factory=dict)

    def read(self, name: str) -> bytes | None:
        """The bytes of a part, None where there is none. Raises Unreadable where it unpacks too large or is broken."""
        written = self.names.get(name.lower())
        if written is None:
            return None
        if name not in self.kept:
            self.kept[name] = self._unpack(written)
        return self.kept[name]

    def _unpack(self, name: str) -> bytes:
        try:
            if self.archive.getinfo(name).flag_bits & 1:
                raise Unreadable("the Word document is encrypted with a password")
            with self.archive.open(name) as file:
                data = file.read(MAX_PART + 1)
        except BROKEN as error:
            raise Unreadable(f"the Word document is broken: {name}: {error}") from error
        self.unpacked += len(data)
        if len(data) > MAX_PART or self.unpacked > MAX_ALL:
            limit = f"{name} is over {MAX_PART} bytes, or all parts over {MAX_ALL}"
            raise Unreadable(f"the Word document unpacks too large: {limit}")
        return data

    def xml(self, name: str) -> etree._Element | None:
        """A part as XML, None where it is not there."""
        data = self.read(name)
        if data is None:
            return None
        try:
            root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
        except (etree.XMLSyntaxError, ValueError) as error:
            raise Unreadable(f"the Word document is broken: {name}: {error}") from error
        if root.getroottree().docinfo.internalDTD is not None:
            # entities could stand for digits, or for gigabytes; Word writes none
            raise Unreadable(f"the Word document is broken: {name} declares a document type")
        return root

    def file(self, name: str) -> bytes | None:
        """A picture or an embedded file, None where it cannot be unpacked: the text does not depend on it."""
        try:
            return self.read(name)
        except Unreadable:
            return None

    def relations(self, name: str) -> dict[str, Relation]:
        """By id, what a part refers to; the container itself where the name is empty."""
        folder, file = posixpath.split(name)
        root = self.xml(posixpath.join(folder, "_rels", f"{file}.rels"))
        if root is None:
            return {}
        return {str(e.get("Id")): _relation(e, folder) for e in root.iter("{*}Relationship")}

    def related(self, kind: str) -> etree._Element | None:
        """The part that the document names as its `styles`, `numbering`, …; by its usual name where it names none."""
        named = next((r.target for r in self.relations(self.main).values() if r.kind == kind and not r.external), None)
        return self.xml(named or f"word/{kind}.xml")


def open_package(body: bytes) -> Package:
    """The container in a body. Raises Unreadable for a broken one and for one without a Word document."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(body))
    except BROKEN as error:
        raise Unreadable(f"the Word document is broken: {error}") from error
    # some writers separate folders the wrong way
    names = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}
    package = Package(archive, names)
    package.main = next(_main_parts(package), _MAIN)
    return package


def _main_parts(package: Package) -> Iterator[str]:
    """Where the document may be: as the container says, as the content types say, and under its usual name."""
    named = [r.target for r in package.relations("").values() if r.kind == "officeDocument" and not r.external]
    types = package.xml("[Content_Types].xml")
    for override in types.iter("{*}Override") if types is not None else ():
        if "wordprocessingml" in str(override.get("ContentType")) and "main+xml" in str(override.get("ContentType")):
            named.append(str(override.get("PartName")).lstrip("/"))
    yield from (name for name in named if name.lower() in package.names)


def _relation(element: etree._Element, folder: str) -> Relation:
    target, external = str(element.get("Target")), element.get("TargetMode") == "External"
    if not external:
        inside = target.lstrip("/") if target.startswith("/") else posixpath.join(folder, target)
        target = unquote(posixpath.normpath(inside))
    return Relation(str(element.get("Type")).rsplit("/", 1)[-1], target, external)
