"""Small questions to the XML of a DOCX. Names are local: Word, its strict form and WPS use different namespaces."""

from collections.abc import Iterator

from lxml import etree

_FALSE = ("0", "false", "off", "none")


def local(tag: object) -> str:
    """The name of an element or attribute without its namespace, empty for a comment."""
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def attribute(element: etree._Element | None, name: str) -> str:
    """An attribute by its local name, empty where it is missing."""
    if element is None:
        return ""
    return next((str(value) for key, value in element.attrib.items() if local(str(key)) == name), "")


def children(element: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    """The element children with their local names."""
    for child in element:
        name = local(child.tag)
        if name:
            yield name, child


def inner(element: etree._Element | None, *path: str) -> etree._Element | None:
    """The first descendant along a path of local names."""
    for name in path:
        if element is None:
            return None
        element = next((child for found, child in children(element) if found == name), None)
    return element


def switch(element: etree._Element | None) -> bool | None:
    """What an on/off property says; None where it does not stand there."""
    return None if element is None else attribute(element, "val").lower() not in _FALSE


def number(element: etree._Element | None, name: str = "val") -> int | None:
    """An attribute as a number, None where it is none."""
    written = attribute(element, name)
    digits = written.removeprefix("-")
    return int(written) if digits.isascii() and digits.isdecimal() and len(digits) < 10 else None
