"""Fetching from a real server on loopback, which only the setting `private_networks` lets through."""

from __future__ import annotations

import http.server
import resource
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from components.core import Clip, Progress, StageContext, TroupeError
from components.ingest import clip as ingest
from components.ingest import photo
from components.ingest.clip import ClipSettings
from components.ingest.page import page_failure
from components.ingest.photo import PhotoSettings
from components.ingest.url import fetch
from components.media import decode, digest
from tests import clip_samples, numbered_video, photo_samples
from tests.certificates import authority, self_signed
from tests.web_site import Site, body, status


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        yield made


LOOPBACK = ("127.0.0.0/8",)


def take(url: str, folder: Path, *, report: Callable[[Progress], None] | None = None, **settings: object) -> Clip:
    own = {"private_networks": LOOPBACK, "ports": (urlsplit(url).port,), "stall_seconds": 2.0}
    limits = ClipSettings.model_validate(own | settings)
    context = StageContext(folder / "out", report) if report else StageContext(folder / "out")
    return ingest.run(url, settings=limits, context=context)


def refused(code: str, url: str, folder: Path, **settings: object) -> TroupeError:
    with pytest.raises(TroupeError) as refusal:
        take(url, folder, report=None, **settings)
    assert refusal.value.code == code, refusal.value
    assert "give the file" in refusal.value.message or code in ("file_too_large", "disk_full", "unreadable_media")
    assert list((folder / "out").iterdir()) == []
    return refusal.value


def test_a_direct_link(site: Site, tmp_path: Path) -> None:
    path = clip_samples.no_sound(tmp_path)
    site.answers["/dance.mp4"] = body(path.read_bytes(), "application/octet-stream")
    site.answers["/old"] = status(302, Location="/older?x=1")
    site.answers["/older"] = status(301, Location=f"{site.base}/dance.mp4")
    clip = take(f"{site.base}/old", tmp_path)
    assert clip.sha256 == digest(path)
    assert [numbered_video.number_of(f) for f in decode(clip)] == list(range(25))
    assert site.asked == ["/old", "/older?x=1", "/dance.mp4"]
    assert {h["Host"] for h in site.headers} == {site.base.removeprefix("http://")}
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["clip.mp4"]


def test_a_photo_by_address(site: Site, tmp_path: Path) -> None:
    site.answers["/me.jpg"] = body(photo_samples.photo(tmp_path).read_bytes(), "image/jpeg")
    settings = PhotoSettings(private_networks=LOOPBACK, ports=(site.server.server_port,))
    still = photo.run(f"{site.base}/me.jpg", settings=settings, context=StageContext(tmp_path / "out"))
    assert (still.width, still.height) == (300, 400)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["photo.png"]


def test_without_the_setting_loopback_is_never_spoken_to(site: Site, tmp_path: Path) -> None:
    refused("url_refused", f"{site.base}/dance.mp4", tmp_path, private_networks=())
    refused("url_refused", f"{site.base}/dance.mp4", tmp_path, private_networks=("10.0.0.0/8", "::1/128"))
    refused("url_refused", f"{site.base}/dance.mp4", tmp_path, ports=(80, 443))
    assert site.asked == []


def test_no_request_can_permit_private_addresses() -> None:
    """The setting is in no wiring and no option of the command."""
    root = Path(__file__).resolve().parents[2]
    files = [root / "troupe.py", *(root / "pipelines").rglob("*.py"), *(root / "components").rglob("component.py")]
    assert len(files) > 5
    assert not [f for f in files if "private_networks" in f.read_text()]


def test_redirects_are_checked_again(site: Site, tmp_path: Path) -> None:
    """The first address may be reached; where it leads to may not, and is refused before it is asked."""
    port = site.server.server_port
    for location, code in (
        ("http://127.0.0.2/secret", "url_refused"),
        ("http://169.254.169.254/latest/meta-data/", "url_refused"),
        ("file:///etc/passwd", "url_refused"),
        ("ftp://127.0.0.1/x", "url_refused"),
        ("http://[::1]/", "url_refused"),
        ("http://127.0.0.1:22/", "url_refused"),
        ("//user@127.0.0.1/", "url_refused"),
    ):
        site.answers["/out"] = status(302, Location=location)
        refused(code, f"{site.base}/out", tmp_path, private_networks=("127.0.0.1/32",), ports=(port, 80))
    assert set(site.asked) == {"/out"}


def test_the_address_that_was_checked_is_the_one_connected_to(site: Site, tmp_path: Path) -> None:
    """A name that means something else at every question is asked once a request."""
    site.answers["/a.mp4"] = body(b"x" * 1000)
    port, questions = site.server.server_port, []

    def rebinding(host: str, port: int) -> list[str]:
        questions.append(host)
        return ["127.0.0.1"] if len(questions) == 1 else ["169.254.169.254"]

    settings = ClipSettings(private_networks=("127.0.0.1/32",), ports=(port,))
    url = f"http://rebind.example.com:{port}/a.mp4"
    context = StageContext(tmp_path)
    assert fetch(url, tmp_path / "a", settings, context, stage="clip", resolve=rebinding).read_bytes() == b"x" * 1000
    assert questions == ["rebind.example.com"]
    assert site.headers[0]["Host"] == f"rebind.example.com:{port}"
    with pytest.raises(TroupeError) as refusal:
        fetch(url, tmp_path / "b", settings, context, stage="clip", resolve=rebinding)
    assert refusal.value.code == "url_refused" and "169.254.169.254" in refusal.value.message
    assert len(site.asked) == 1 and [p.name for p in tmp_path.iterdir()] == ["a"]


def test_redirects_without_end(site: Site, tmp_path: Path) -> None:
    site.answers["/a"] = status(302, Location="/b")
    site.answers["/b"] = status(302, Location="/a")
    assert refused("url_unreachable", f"{site.base}/a", tmp_path).values["reason"] == "redirect"
    assert len(site.asked) == 6
    site.answers["/c"] = status(302)
    assert refused("url_unreachable", f"{site.base}/c", tmp_path).values["reason"] == "redirect"


@pytest.mark.parametrize(
    ("code", "expected"),
    [(404, "url_unreachable"), (410, "url_unreachable"), (500, "url_unreachable"), (503, "url_unreachable"),
     (401, "url_blocked"), (403, "url_blocked"), (429, "url_blocked"), (451, "url_blocked")],
)  # fmt: skip
def test_what_the_server_says(code: int, expected: str, site: Site, tmp_path: Path) -> None:
    site.answers["/a"] = status(code)
    error = refused(expected, f"{site.base}/a", tmp_path)
    assert (error.values["reason"] == f"http_{code}" and str(code) in error.message) or code in (429, 451)


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert refused("url_unreachable", f"http://127.0.0.1:{port}/a", tmp_path).values["reason"] == "connection"


def test_too_large(site: Site, tmp_path: Path) -> None:
    site.answers["/said"] = body(b"x" * 10, length=10**12)
    refused("file_too_large", f"{site.base}/said", tmp_path, max_bytes=100_000)

    def unsaid(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "video/mp4")
        request.end_headers()
        for _ in range(50):
            request.wfile.write(bytes(10_000))

    site.answers["/unsaid"] = unsaid
    refused("file_too_large", f"{site.base}/unsaid", tmp_path, max_bytes=100_000)


def test_no_room_left(site: Site, tmp_path: Path) -> None:
    """A limit on the size of files stands in for a full disk: writing fails in the same way."""
    site.answers["/a.mp4"] = body(bytes(200_000))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, limits[1]))
    try:
        refused("disk_full", f"{site.base}/a.mp4", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_lie_about_the_length(site: Site, tmp_path: Path) -> None:
    data = clip_samples.no_sound(tmp_path).read_bytes()
    site.answers["/long"] = body(data, length=len(data) + 1000)
    assert refused("url_unreachable", f"{site.base}/long", tmp_path).values["reason"] in ("broken_off", "timeout")
    site.answers["/short"] = body(data, length=len(data) // 2)
    refused("unreadable_media", f"{site.base}/short", tmp_path)


@pytest.mark.parametrize("silent_after", ["nothing", "headers", "drip"])
def test_a_slow_server_is_given_up(silent_after: str, site: Site, tmp_path: Path) -> None:
    over = threading.Event()

    def slow(request: http.server.BaseHTTPRequestHandler) -> None:
        if silent_after != "nothing":
            request.send_response(200)
            request.send_header("Content-Type", "video/mp4")
            request.end_headers()
        while not over.wait(0.05):
            if silent_after == "drip":
                try:
                    request.wfile.write(b"x")
                except OSError:
                    return

    site.answers["/slow"] = slow
    before = time.monotonic()
    error = refused("url_unreachable", f"{site.base}/slow", tmp_path, stall_seconds=0.5)
    over.set()
    assert error.values["reason"] in ("timeout", "too_slow")
    assert time.monotonic() - before < 5


def test_fetching_can_be_cancelled_at_once(site: Site, tmp_path: Path) -> None:
    over = threading.Event()
    site.answers["/slow"] = lambda request: void(over.wait(20))

    def stop(progress: Progress) -> None:
        raise TroupeError("cancelled", "stopped")

    before = time.monotonic()
    with pytest.raises(TroupeError) as refusal:
        take(f"{site.base}/slow", tmp_path, report=stop, stall_seconds=20.0)
    over.set()
    assert refusal.value.code == "cancelled" and time.monotonic() - before < 1
    assert list((tmp_path / "out").iterdir()) == []


def void(_: object) -> None:
    """Answers need no value."""


def test_what_arrives_is_checked_like_a_file(site: Site, tmp_path: Path) -> None:
    site.answers["/playlist.m3u8"] = body(clip_samples.playlist(tmp_path).read_bytes(), "application/x-mpegURL")
    with pytest.raises(TroupeError) as refusal:
        take(f"{site.base}/playlist.m3u8", tmp_path)
    assert refusal.value.code == "unsupported_media" and site.asked == ["/playlist.m3u8"]


def test_a_certificate_of_a_known_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = clip_samples.no_sound(tmp_path)
    known = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(known.bundle))
    with Site(known.server("127.0.0.1")) as site:
        site.answers["/dance.mp4"] = body(path.read_bytes())
        assert take(f"{site.base}/dance.mp4", tmp_path).sha256 == digest(path)
        site.answers["/watch"] = body(PAGE, "text/html")
        clip = take(f"{site.base}/watch", tmp_path / "page", stall_seconds=20.0)
        assert clip.sha256 == digest(path)


@pytest.mark.parametrize(
    ("flaw", "words"),
    [("unknown", "unable to get local issuer"), ("self_signed", "self-signed"), ("expired", "expired"),
     ("another_host", "mismatch")],
)  # fmt: skip
def test_certificates_that_are_not_trusted(
    flaw: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = authority(tmp_path)
    if flaw != "unknown":
        monkeypatch.setenv("SSL_CERT_FILE", str(known.bundle))
    secure = {
        "unknown": lambda: known.server("127.0.0.1"),
        "self_signed": lambda: self_signed(tmp_path, "127.0.0.1"),
        "expired": lambda: known.server("127.0.0.1", expired=True),
        "another_host": lambda: known.server("example.com"),
    }[flaw]()
    with Site(secure) as site:
        error = refused("url_unreachable", f"{site.base}/dance.mp4", tmp_path)
        assert error.values["reason"] == "certificate" and words in error.message and "SSL_CERT_FILE" in error.message
        assert site.asked == []


PAGE = b"<html><head><title>My dance</title></head><body><video src='/dance.mp4'></video></body></html>"


def test_a_page_that_shows_a_video(site: Site, tmp_path: Path) -> None:
    path = clip_samples.no_sound(tmp_path)
    site.answers["/watch"] = body(PAGE, "text/html; charset=utf-8")
    site.answers["/dance.mp4"] = body(path.read_bytes())
    clip = take(f"{site.base}/watch", tmp_path, stall_seconds=20.0)
    assert clip.sha256 == digest(path)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["clip.mp4"]


def test_a_page_leads_nowhere_that_may_not_be_reached(site: Site, tmp_path: Path) -> None:
    """yt-dlp finds a video at an address inside and at one that redirects inside: neither is asked."""
    settings = {"private_networks": ("127.0.0.1/32",), "ports": (site.server.server_port, 80), "stall_seconds": 20.0}
    site.answers["/watch"] = body(PAGE.replace(b"/dance.mp4", b"http://127.0.0.2/secret.mp4"), "text/html")
    refused("url_refused", f"{site.base}/watch", tmp_path, **settings)
    site.answers["/watch"] = body(PAGE, "text/html")
    site.answers["/dance.mp4"] = status(302, Location="http://169.254.169.254/latest/meta-data/x.mp4")
    refused("url_refused", f"{site.base}/watch", tmp_path, **settings)
    assert set(site.asked) == {"/watch", "/dance.mp4"}


@pytest.mark.parametrize(
    ("message", "code", "reason"),
    [
        ("ERROR: [youtube] x: Sign in to confirm you’re not a bot. Use --cookies", "url_blocked", "bot_check"),
        ("ERROR: [youtube] x: Private video. Sign in if you've been granted access", "url_blocked", "private"),
        ("ERROR: [youtube] x: No supported JavaScript runtime could be found", "url_blocked", "needs_javascript"),
        ("ERROR: [vimeo] x: This video is only available for registered users; use --cookies", "url_blocked", "login"),
        ("ERROR: [youtube] x: Sign in to confirm your age", "url_blocked", "age"),
        ("ERROR: [x] y: This video is DRM protected", "url_blocked", "drm"),
        ("ERROR: [x] y: The uploader has not made this video available in your country", "url_blocked", "region"),
        ("ERROR: unable to download video data: HTTP Error 403: Forbidden", "url_blocked", "refused"),
        ("ERROR: [generic] Unable to download webpage: HTTP Error 404: Not Found", "url_unreachable", "page"),
        ("ERROR: Unsupported URL: https://example.com/", "url_unreachable", "no_video"),
        ("ERROR: unable to open for writing: [Errno 28] No space left on device", "disk_full", None),
    ],
)
def test_messages_of_the_downloader(message: str, code: str, reason: str | None) -> None:
    error = page_failure("https://example.com/watch", message)
    assert error.code == code and error.values.get("reason") == reason
    assert "ERROR" not in error.message
