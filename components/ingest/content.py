"""What a file is, from its first bytes: to name in a refusal what was given instead of what is wanted."""

from __future__ import annotations

from pathlib import Path

_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"<MPD", b"v=0\r\n", b"v=0\n", b"<smil", b"RTSPtext")
_HEIF = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


def head_of(file: Path) -> bytes:
    """The first 4096 bytes."""
    with file.open("rb") as source:
        return source.read(4096)


def is_playlist(file: Path) -> bool:
    """A list of other media (HLS, DASH, concat script, SDP): refused, since reading it would fetch other files."""
    head = head_of(file).lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(_PLAYLISTS) or (head.startswith(b"<?xml") and b"<MPD" in head)


def is_heif(file: Path) -> bool:
    """A HEIC/HEIF picture, as phones take them."""
    head = head_of(file)
    return head[4:8] == b"ftyp" and head[8:12] in _HEIF


def lacks_index(file: Path) -> bool:
    """An MP4 or QuickTime file whose index (moov) is missing: the recording or the download was cut off."""
    size = file.stat().st_size
    with file.open("rb") as source:
        if source.read(12)[4:8] not in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
            return False
        at = 0
        for _ in range(1000):
            source.seek(at)
            header = source.read(16)
            if len(header) < 8:
                return True
            length, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if kind == b"moov":
                return at + length > size
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            if length < 8:
                return True
            at += length
            if at > size:
                return True
    return False
