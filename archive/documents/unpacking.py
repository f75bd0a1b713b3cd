"""RAR and 7z: archives for which another program is needed, except for RAR members that are only stored."""

import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import rarfile

from archive.documents.packed import MAX_MEMBER, Budget, Member, capped, guess_name, is_passed_over, tar_members
from archive.errors import Unreadable

SECONDS = 120
_RAR_TOOLS = "a RAR archive needs one of unrar, unar, 7z or bsdtar; install for example Debian's unar"
_SEVEN_BROKEN = "the 7z archive is broken or encrypted with a password"
_SEVEN_TOOLS = "a 7z archive needs 7z or bsdtar; install for example Debian's 7zip or libarchive-tools"


def rar_members(body: bytes, budget: Budget) -> Iterator[Member]:
    """The files of a RAR archive. Raises Unreadable."""
    with tempfile.TemporaryDirectory(prefix="nianbao-rar-") as folder:
        path = Path(folder) / "archive.rar"
        path.write_bytes(body)
        try:
            with rarfile.RarFile(path) as archive:
                for info in archive.infolist():
                    if info.is_file() and info.file_size and not is_passed_over(_name(info)):
                        budget.count()
                        yield _rar_member(archive, info, budget)
                if not archive.infolist() and archive.needs_password():
                    raise Unreadable("the archive is encrypted with a password")
        except rarfile.NeedFirstVolume as error:
            raise Unreadable("it is one part of a RAR archive in several parts") from error
        except rarfile.Error as error:
            raise Unreadable(f"the RAR archive is broken: {error}") from error


def _rar_member(archive: rarfile.RarFile, info: rarfile.RarInfo, budget: Budget) -> Member:
    name = _name(info)
    if info.needs_password():
        return Member(name, reason="it is encrypted with a password")
    try:
        with archive.open(info) as file:
            return capped(name, file.read(MAX_MEMBER + 1), budget)
    except rarfile.RarCannotExec:
        return Member(name, reason=_RAR_TOOLS)
    except (rarfile.Error, OSError) as error:
        return Member(name, reason=f"it cannot be unpacked: {error}")


def _name(info: rarfile.RarInfo) -> str:
    """The name of a member; older archives may hold it in the encoding of the system alone."""
    raw = getattr(info, "orig_filename", None)
    plain = isinstance(info, rarfile.Rar3Info) and not info.flags & rarfile.RAR_FILE_UNICODE
    return guess_name(raw) if plain and isinstance(raw, bytes) else str(info.filename)


def seven_members(body: bytes, budget: Budget) -> Iterator[Member]:
    """The files of a 7z archive, by whichever program is installed. Raises Unreadable."""
    seven = next(filter(None, map(shutil.which, ("7zz", "7z", "7za", "7zr"))), None)
    with tempfile.TemporaryDirectory(prefix="nianbao-7z-") as folder:
        path = Path(folder) / "archive.7z"
        path.write_bytes(body)
        if seven:
            yield from _by_seven(seven, path, budget)
        elif bsdtar := shutil.which("bsdtar"):
            yield from _by_bsdtar(bsdtar, path, budget)
        else:
            raise Unreadable(_SEVEN_TOOLS)


def _by_seven(program: str, path: Path, budget: Budget) -> Iterator[Member]:
    listed = _run([program, "l", "-slt", "-ba", "-sccUTF-8", "-p", "--", str(path)], 1 << 20)
    if listed is None:
        raise Unreadable(_SEVEN_BROKEN)
    for entry in listed.decode("utf-8", "replace").split("\n\n"):
        facts = dict(line.partition(" = ")[::2] for line in entry.strip().splitlines())
        name, size, folder = facts.get("Path", ""), facts.get("Size", ""), facts.get("Attributes", "").startswith("D")
        if folder or not size.strip("0").isdecimal() or is_passed_over(name):
            continue
        budget.count()
        if facts.get("Encrypted") == "+":
            yield Member(name, reason="it is encrypted with a password")
            continue
        # -spd: a name with an asterisk is only a name
        unpacked = _run([program, "e", "-so", "-spd", "-sccUTF-8", "-p", "--", str(path), name], MAX_MEMBER + 1)
        if unpacked:
            yield capped(name, unpacked, budget)
        else:
            yield Member(name, reason="it cannot be unpacked")


def _by_bsdtar(program: str, path: Path, budget: Budget) -> Iterator[Member]:
    """libarchive writes the whole archive again as a TAR, which is read while it comes."""
    with subprocess.Popen(
        [program, "-cf", "-", "--format=pax", f"@{path}"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        try:
            with tarfile.open(fileobj=child.stdout, mode="r|") as archive:
                yield from tar_members(archive, budget)
            if child.wait(SECONDS) != 0:
                raise Unreadable(_SEVEN_BROKEN)
        except (tarfile.TarError, subprocess.TimeoutExpired) as error:
            raise Unreadable(_SEVEN_BROKEN) from error
        finally:
            child.kill()


def _run(command: list[str], most: int) -> bytes | None:
    """What a program prints, cut off at `most` bytes; None where it fails before."""
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as child:
        assert child.stdout is not None
        try:
            printed = child.stdout.read(most)
            if len(printed) == most:
                return printed
            return printed if child.wait(SECONDS) == 0 else None
        except subprocess.TimeoutExpired:
            return None
        finally:
            child.kill()
