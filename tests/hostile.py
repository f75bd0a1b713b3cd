"""Files that mean harm: bombs, loops, lies and torn ones, each made in a moment and small on the disk."""

import io
import random
import struct
import zipfile
import zlib

GIGABYTE = 1 << 30


def zeros(size):
    """A raw deflate stream of so many zeros, made out of one block again and again."""
    block = 16 << 20
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    unit = packer.compress(bytes(block)) + packer.flush(zlib.Z_FULL_FLUSH)
    return unit * (size // block) + zlib.compressobj(9, zlib.DEFLATED, -15).flush()


def zlib_zeros(size):
    """The same as a zlib stream; its check sum stands behind what nobody unpacks."""
    return b"\x78\xda" + zeros(size) + bytes(4)


def raw_zip(entries):
    """A ZIP of (name, compressed bytes, size that is claimed, flags); sums of what is long are wrong."""
    out, central = io.BytesIO(), []
    for name, packed, size, flags in entries:
        encoded = name.encode()
        total = zlib.crc32(zlib.decompress(packed, -15)) if len(packed) < 1000 and not flags else 0
        fields = (20, flags | 0x800, 8, 0, 33, total, len(packed), size, len(encoded), 0)
        central.append((out.tell(), encoded, fields))
        out.write(b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *fields) + encoded + packed)
    return out.getvalue() + _directory(central, out.tell())


def _directory(central, start):
    lines = b"".join(b"PK\x01\x02" + struct.pack("<HHHHHHIIIHHHHHII", 20, *fields, 0, 0, 0, 0, at) + name
                     for at, name, fields in central)
    return lines + b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, len(central), len(central), len(lines), start, 0)


def overlapping_zip(copies):
    """A ZIP whose directory names the same bytes again and again."""
    name, packed = b"a.html", zeros(64 << 20)
    fields = (20, 0x800, 8, 0, 33, 0, len(packed), 64 << 20, len(name), 0)
    local = b"PK\x03\x04" + struct.pack("<HHHHHIIIHH", *fields) + name + packed
    return local + _directory([(0, name, fields)] * copies, len(local))


def zipped(**members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as held:
        for name, body in members.items():
            held.writestr(name, body)
    return out.getvalue()


def nested_zip(depth, width):
    body = bytes(1 << 20)
    for _ in range(depth):
        body = zipped(**{f"{number}.zip": body for number in range(width)})
    return body


LAUGHS = "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(
    f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
QUADRATIC = "<!DOCTYPE x [<!ENTITY a '" + "ha" * 50_000 + "'>]>"
FILES = "<!DOCTYPE x [<!ENTITY a11 SYSTEM 'file:///etc/passwd'><!ENTITY % b SYSTEM 'http://127.0.0.1:9/x'> %b;]>"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
TYPES = ('<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
         '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/{0}" '
         'ContentType="application/vnd.openxmlformats-officedocument.{1}.main+xml"/></Types>')
RELATIONS = ('<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
             '<Relationship Id="r1" Target="{0}" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
             'relationships/officeDocument"/></Relationships>')


def docx(body, before=""):
    return zipped(**{
        "[Content_Types].xml": TYPES.format("word/document.xml", "wordprocessingml.document"),
        "_rels/.rels": RELATIONS.format("word/document.xml"),
        "word/document.xml": f'<?xml version="1.0"?>{before}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body>'
                             "</w:document>"})


def xlsx(rows, before=""):
    book = (f'<workbook xmlns="{SHEET}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
            '<sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>')
    return zipped(**{
        "[Content_Types].xml": TYPES.format("xl/workbook.xml", "spreadsheetml.sheet"),
        "_rels/.rels": RELATIONS.format("xl/workbook.xml"), "xl/workbook.xml": book,
        "xl/_rels/workbook.xml.rels": RELATIONS.format("worksheets/sheet1.xml").replace(
            "relationships/officeDocument\"", "relationships/worksheet\""),
        "xl/worksheets/sheet1.xml": f'<?xml version="1.0"?>{before}<worksheet xmlns="{SHEET}"><sheetData>{rows}'
                                    "</sheetData></worksheet>"})


def ofd(content, before=""):
    page = (f'<ofd:Page {OFD}><ofd:Content><ofd:Layer ID="2"><ofd:TextObject ID="3" Boundary="0 0 99 9" Size="4">'
            f'<ofd:TextCode X="0" Y="4">{content}</ofd:TextCode></ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>')
    box = "<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    return zipped(**{
        "OFD.xml": f"<ofd:OFD {OFD}><ofd:DocBody><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>"
                   "</ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {OFD}><ofd:CommonData>{box}</ofd:CommonData><ofd:Pages>"
                              '<ofd:Page ID="1" BaseLoc="Content.xml"/></ofd:Pages></ofd:Document>',
        "Doc_0/Content.xml": f'<?xml version="1.0"?>{before}{page}'})


def odt(content, before=""):
    return zipped(**{
        "mimetype": "application/vnd.oasis.opendocument.text",
        "content.xml": f'<?xml version="1.0"?>{before}<o:document-content '
                       'xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
                       f'xmlns:t="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><o:body><o:text><t:p>{content}</t:p>'
                       "</o:text></o:body></o:document-content>"})


def pdf(*objects, root=1, trailer=""):
    """A PDF of these objects, numbered from 1, without a cross-reference table."""
    bodies = (one if isinstance(one, bytes) else one.encode() for one in objects)
    out = b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(bodies, 1))
    return b"%PDF-1.7\n" + out + f"trailer <</Root {root} 0 R /Size {len(objects) + 1} {trailer}>>\n%%EOF\n".encode()


CATALOG = "<</Type/Catalog/Pages 2 0 R>>"
PAGES = "<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<<>>>>"


def stream(body, extra=""):
    return f"<</Length {len(body)} {extra}>>stream\n".encode() + body + b"\nendstream"


def pdf_bomb(size):
    """A page whose content inflates, twice, to so many bytes."""
    inner = zlib_zeros(size)
    return pdf(CATALOG, PAGES, PAGE, stream(zlib.compress(inner), "/Filter[/FlateDecode/FlateDecode]"))


def png(width, height, depth=1):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    size = (width * depth + 7) // 8 * height + height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib_zeros(min(size, 4 * GIGABYTE))) + chunk(b"IEND", b""))


def gif(width, height, frames):
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\xf0\0\0" + bytes(6)
    frame = b"\x2c" + struct.pack("<HHHH", 0, 0, width, height) + b"\0\x02\x02\x44\x01\0"
    return head + frame * frames + b"\x3b"


def tiff(width, height):
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 1), (259, 3, 1, 1), (262, 3, 1, 0),
               (273, 4, 1, 8), (278, 4, 1, height), (279, 4, 1, 100)]
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *one) for one in entries)
    return b"II*\0" + struct.pack("<I", 8) + directory + struct.pack("<I", 8) + bytes(100)


def noise(size, seed=1):
    return random.Random(seed).randbytes(size)


def ole(name="WordDocument", size=4096):
    """A compound file whose directory names a stream and whose chains lead nowhere, or in a circle."""
    head = bytearray(512)
    head[:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3E, 3, 0xFFFE, 9, 6)
    struct.pack_into("<IIIIIIIII", head, 44, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    struct.pack_into("<109I", head, 76, 0, *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, 2, *[0xFFFFFFFF] * 125)
    return bytes(head) + table + _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry(name, 2, 0xFFFFFFFF, 2, size) \
        + bytes(256) + bytes(512)


def _entry(name, kind, child, start, size):
    encoded = name.encode("utf-16-le")
    return (encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded) + 2, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
            + bytes(36) + struct.pack("<IQ", start, size))
