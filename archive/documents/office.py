"""LibreOffice, where it is installed, turns old and odd Word files into DOCX: the second road when ours ends."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from archive.errors import Unreadable

SECONDS = 90
_PROGRAMS = ("soffice", "libreoffice")
# what it would otherwise import as plain text, garbage and all: OLE, RTF, ZIP, XML, Word 2 and older
_KNOWN = (b"\xd0\xcf\x11\xe0", b"{\\rtf", b"PK", b"<?xml", b"\xef\xbb\xbf<?xml", b"\xdb\xa5", b"\x31\xbe\x00")
# a document may neither run code nor fetch what it links to
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop>
</item>
</oor:items>
"""


def convert(body: bytes, suffix: str, *, seconds: float = SECONDS) -> bytes:
    """A file as DOCX. `suffix` is what its name ends with (`doc`, `wps`, `rtf`).

    Raises Unreadable where LibreOffice is not installed, takes longer than `seconds` or makes nothing of the file.
    """
    if not body.startswith(_KNOWN):
        raise Unreadable("the file is not of a kind that LibreOffice turns into a document")
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        raise Unreadable("this kind of file needs LibreOffice to be read: install libreoffice-writer-nogui")
    with tempfile.TemporaryDirectory(prefix="nianbao-", ignore_cleanup_errors=True) as folder:
        room = Path(folder)
        settings = room / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(_SETTINGS, encoding="utf-8")
        given = room / f"given.{_plain(suffix)}"
        given.write_bytes(body)
        said = _run(program, room, given, seconds)
        made = room / "made" / "given.docx"
        if not made.is_file():
            raise Unreadable(f"LibreOffice could not convert the file{said}")
        return made.read_bytes()


def _plain(suffix: str) -> str:
    """A suffix that is safe in a file's name."""
    kept = re.sub(r"[^a-z0-9]", "", suffix.lower())[:8]
    return kept if kept and kept != "docx" else "doc"


def _run(program: str, room: Path, given: Path, seconds: float) -> str:
    """Runs the conversion in a process group of its own; returns what it said, to be put behind a message."""
    command = [
        program, f"-env:UserInstallation={(room / 'profile').as_uri()}", "--headless", "--norestore", "--nolockcheck",
        "--nodefault", "--convert-to", "docx:MS Word 2007 XML", "--outdir", str(room / "made"), str(given),
    ]
    environment = {**os.environ, "HOME": str(room), "TMPDIR": str(room)}
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=room,
        env=environment, start_new_session=True,
    ) as child:
        try:
            _, errors = child.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Unreadable(f"LibreOffice took longer than {seconds:.0f} s to convert the file") from None
        finally:
            # soffice is a script round the real process: all of its group goes
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
    lines = errors.decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1][:200]}" if lines else ""
