"""The proxy of a fetching process, spoken to as the process does: over connections asked of its channel."""

from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.core import TroupeError
from components.ingest.address import Resolve, checked_target
from components.ingest.fetching import proxy as rules
from components.ingest.fetching.proxy import Proxy
from components.ingest.fetching.request import parse
from components.ingest.fetching.way_out import WayOut
from components.ingest.limits import FetchSettings
from tests.certificates import authority
from tests.web_site import Site, body, status


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        yield made


def names(**known: list[str]) -> Resolve:
    def resolve(host: str, port: int) -> list[str]:
        if host.split(".")[0] not in known:
            raise socket.gaierror(-2, "Name or service not known")
        return known[host.split(".")[0]]

    return resolve


@contextlib.contextmanager
def proxied(*ports: int, resolve: Resolve | None = None, **limits: object) -> Iterator[tuple[Proxy, WayOut]]:
    """A proxy to 127.0.0.1 and the public network."""
    own = {"private_networks": ("127.0.0.1/32",), "ports": ports or (80, 443), "stall_seconds": 5.0}
    settings = FetchSettings.model_validate(own | limits)
    with Proxy("http://example.com/", settings, resolve or names()) as made:
        yield made, WayOut(made.channel)


def connection(way: WayOut, seconds: float = 10) -> socket.socket:
    made = socket.socket(fileno=way.connect())
    made.settimeout(seconds)
    return made


def ask(way: WayOut, request: str | bytes) -> bytes:
    """All that is answered."""
    with connection(way) as made:
        made.sendall(request if isinstance(request, bytes) else request.replace("\n", "\r\n").encode())
        pieces = []
        with contextlib.suppress(ConnectionResetError):
            while piece := made.recv(65536):
                pieces.append(piece)
        return b"".join(pieces)


def test_a_request_is_passed_on_without_what_is_private(site: Site) -> None:
    site.answers["/a"] = body(b"hello")
    port = site.server.server_port
    with proxied(port, resolve=names(dance=["127.0.0.1"])) as (proxy, way):
        answer = ask(
            way,
            f"GET http://dance.example.com:{port}/a?x=1 HTTP/1.1\nHost: other.example.com\nAccept: */*\n"
            "Proxy-Authorization: Basic c2VjcmV0\nAuthorization: Bearer secret\nX-Forwarded-For: 10.0.0.7\n"
            "Proxy-Connection: keep-alive\nConnection: keep-alive\n\n",
        )
        assert answer.startswith(b"HTTP/1.0 200") and answer.endswith(b"hello")
        assert proxy.done == len(answer) and proxy.failure is None
    assert site.asked == ["/a?x=1"]
    assert site.headers == [{"Host": f"dance.example.com:{port}", "Accept": "*/*", "Connection": "close"}]


def test_a_tunnel_carries_encryption_from_end_to_end(tmp_path: Path) -> None:
    known = authority(tmp_path)
    with Site(known.server("dance.example.com")) as site:
        site.answers["/a"] = body(b"hello")
        port = site.server.server_port
        with proxied(port, resolve=names(dance=["127.0.0.1"])) as (_, way), connection(way) as made:
            made.sendall(f"CONNECT dance.example.com:{port} HTTP/1.1\r\n\r\n".encode())
            assert made.recv(4096).startswith(b"HTTP/1.1 200 ")
            context = ssl.create_default_context(cafile=str(known.bundle))
            with context.wrap_socket(made, server_hostname="dance.example.com") as secure:
                secure.sendall(b"GET /a HTTP/1.1\r\nHost: dance.example.com\r\n\r\n")
                answer = b""
                while piece := secure.recv(4096):
                    answer += piece
        assert answer.endswith(b"hello") and site.asked == ["/a"]


HOSTS = [
    "127.0.0.2", "10.0.0.1", "192.168.0.1", "172.16.9.9", "169.254.169.254", "100.64.0.1", "100.100.100.200", "0.0.0.0",
    "224.0.0.251", "255.255.255.255", "192.0.0.192", "[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[ff02::1]",
    "[::ffff:127.0.0.2]", "[::ffff:a9fe:a9fe]", "[::127.0.0.2]", "[64:ff9b::a9fe:a9fe]", "[2002:a9fe:a9fe::1]",
    "[2001:0:0:0:0:0:5601:5601]", "2130706434", "0x7f000002", "017700000002", "0177.0.0.2", "0x7f.0.0.2", "127.2",
    "127.0.2", "127.0.0.2.", "localhost.", "metadata.google.internal.", "inside.example.com", "both.example.com",
    "mapped.example.com", "\u2460\u2461\u2466.0.0.2".encode("idna").decode(),
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "CONNECT"])
@pytest.mark.parametrize("host", HOSTS)
def test_nothing_inside_is_connected_to(host: str, method: str) -> None:
    """No private network is permitted here, so that local names and numbers are refused, too."""
    resolve = names(inside=["10.1.2.3"], both=["93.184.215.14", "127.0.0.1"], mapped=["::ffff:10.0.0.1"])
    with proxied(resolve=resolve, private_networks=()) as (proxy, way):
        target = f"{host}:443" if method == "CONNECT" else f"http://{host}/"
        answer = ask(way, f"{method} {target} HTTP/1.1\n\n")
        assert (
            answer.startswith(b"HTTP/1.1 403 ") and b"Proxy-Status: troupe; error=destination_ip_prohibited" in answer
        )
        assert proxy.failure is not None and proxy.failure.code == "url_refused" and proxy.done == 0


def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(site: Site) -> None:
    """A name that leads inside at its second question: the first answer alone counts, for that one connection."""
    site.answers["/a"] = body(b"hello")
    port, questions = site.server.server_port, []

    def rebinding(host: str, port: int) -> list[str]:
        questions.append(host)
        return ["127.0.0.1" if len(questions) == 1 else "127.0.0.2"]

    with proxied(port, resolve=rebinding) as (_, way):
        url = f"http://rebind.example.com:{port}/a"
        assert ask(way, f"GET {url} HTTP/1.1\n\n").endswith(b"hello")
        assert len(questions) == 1
        assert ask(way, f"GET {url} HTTP/1.1\n\n").startswith(b"HTTP/1.1 403 ")
        assert ask(way, f"CONNECT rebind.example.com:{port} HTTP/1.1\n\n").startswith(b"HTTP/1.1 403 ")
    assert site.asked == ["/a"]


def test_the_next_checked_address_is_tried_where_one_does_not_answer(site: Site) -> None:
    site.answers["/a"] = body(b"hello")
    port = site.server.server_port
    resolve = names(two=["127.0.0.9", "127.0.0.1"])
    with proxied(port, resolve=resolve, private_networks=("127.0.0.0/8",)) as (_, way):
        assert ask(way, f"GET http://two.example.com:{port}/a HTTP/1.1\n\n").endswith(b"hello")


@pytest.mark.parametrize(
    "request_line",
    [
        "CONNECT 127.0.0.1:22 HTTP/1.1", "CONNECT 127.0.0.1 HTTP/1.1", "CONNECT 127.0.0.1:x HTTP/1.1",
        "CONNECT user@127.0.0.1:80 HTTP/1.1", "CONNECT 127.0.0.1:80/x:80 HTTP/1.1", "GET /a HTTP/1.1",
        "GET http://127.0.0.1:8080/ HTTP/1.1", "GET https://127.0.0.1/ HTTP/1.1", "GET ftp://127.0.0.1/ HTTP/1.1",
        "GET file:///etc/passwd HTTP/1.1", "GET http://a:b@127.0.0.1/ HTTP/1.1", "PUT http://127.0.0.1/ HTTP/1.1",
        "GET http://127.0.0.1/ HTTP/2", "GET  http://127.0.0.1/ HTTP/1.1", "GET http://127.0.0.1/ x HTTP/1.1", "hello",
        "GET http://127.0.0.1/ HTTP/1.1\nHost : a", "GET http://127.0.0.1/ HTTP/1.1\n folded", "\n",
        "GET http://[::1 HTTP/1.1", "CONNECT [::1:443 HTTP/1.1", "GET http://127.0.0.1:99999/ HTTP/1.1",
        "GET http://127.0.0.1/ HTTP/1.1\nA: b\x00c", "GET http://127.0.0.1\\@example.com/ HTTP/1.1",
    ],
)  # fmt: skip
def test_what_no_proxy_should_be_asked(request_line: str) -> None:
    with proxied() as (proxy, way):
        assert ask(way, f"{request_line}\n\n").startswith(b"HTTP/1.1 403 ")
        assert proxy.failure is not None and proxy.failure.code == "url_refused"


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda s: b"GET http://" + s.encode() + b" HTTP/1.1"))
def test_any_request_is_answered_or_refused(head: bytes) -> None:
    try:
        place = parse(head)
        checked_target(place.url, ports=(80, 443), resolve=names())
    except TroupeError as error:
        assert error.code in ("url_refused", "url_unreachable")


def test_what_cannot_be_reached_is_said(site: Site) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with proxied(port, 80) as (proxy, way):
        assert b"dns_error" in ask(way, "GET http://nowhere.example.com/ HTTP/1.1\n\n")
        assert proxy.failure is not None and proxy.failure.values["reason"] == "no_such_host"
        assert ask(way, f"CONNECT 127.0.0.1:{port} HTTP/1.1\n\n").startswith(b"HTTP/1.1 502 ")
        assert proxy.failure.values["reason"] == "connection"


def test_bytes_are_counted_and_limited(site: Site) -> None:
    beside = 64 * 1024**2

    def endless(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        with contextlib.suppress(OSError):
            while True:
                request.wfile.write(bytes(1 << 20))

    site.answers["/a"] = endless
    port = site.server.server_port
    with proxied(port, max_bytes=1_000_000) as (proxy, way):
        answer = ask(way, f"GET http://127.0.0.1:{port}/a HTTP/1.1\n\n")
        assert len(answer) <= 1_000_000 + beside
        assert proxy.failure is not None and proxy.failure.code == "file_too_large"


def test_what_is_sent_is_limited(site: Site) -> None:
    over = threading.Event()
    taken = []

    def swallow(request: http.server.BaseHTTPRequestHandler) -> None:
        with contextlib.suppress(OSError):
            while piece := request.connection.recv(1 << 20):
                taken.append(len(piece))
        over.set()

    site.answers["/a"] = swallow
    port = site.server.server_port
    with proxied(port) as (proxy, way), connection(way) as made:
        made.sendall(f"GET http://127.0.0.1:{port}/a HTTP/1.1\r\n\r\n".encode())
        with contextlib.suppress(OSError):
            for _ in range(40):
                made.sendall(bytes(1 << 20))
        assert over.wait(5) and sum(taken) <= 16 * 1024**2
        assert proxy.failure is not None and proxy.failure.values["reason"] == "connections"


def test_connections_are_limited() -> None:
    with proxied() as (proxy, way):
        held = [connection(way) for _ in range(rules.CONNECTIONS_AT_ONCE)]
        with pytest.raises(ConnectionRefusedError):
            way.connect()
        assert proxy.failure is not None and proxy.failure.values["reason"] == "connections"
        held[0].close()
        assert eventually(lambda: granted(way))
        for made in held:
            made.close()


def test_connections_in_all_are_limited() -> None:
    with proxied() as (proxy, way):
        had, until = 0, time.monotonic() + 60
        while had < rules.CONNECTIONS_IN_ALL:
            had += granted(way)  # now and then too many are still being taken down
            assert time.monotonic() < until
        time.sleep(0.2)
        assert not granted(way)
        assert proxy.failure is not None and proxy.failure.values["reason"] == "connections"


def granted(way: WayOut) -> bool:
    try:
        connection(way).close()
    except ConnectionRefusedError:
        return False
    return True


def eventually(holds: Callable[[], bool], seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_a_request_that_drips_is_cut_off() -> None:
    """Slow-loris from within: a byte now and then never makes a head."""
    with proxied(stall_seconds=0.5) as (proxy, way), connection(way) as made:
        before = time.monotonic()
        with pytest.raises(OSError):
            for _ in range(200):
                made.sendall(b"G")
                time.sleep(0.02)
        assert time.monotonic() - before < 3
        assert proxy.failure is not None and proxy.failure.values["reason"] == "request"


def test_a_head_without_end_is_cut_off() -> None:
    with proxied() as (proxy, way), connection(way) as made:
        with pytest.raises(OSError):
            for _ in range(1000):
                made.sendall(b"A" * 8192)
        assert proxy.failure is not None and proxy.failure.values["reason"] == "request"


def test_no_connection_outlasts_the_fetch(site: Site) -> None:
    over = threading.Event()
    site.answers["/a"] = lambda request: (over.wait(20), None)[1]
    port = site.server.server_port
    with proxied(port, max_fetch_seconds=0.5) as (_, way):
        before = time.monotonic()
        assert ask(way, f"GET http://127.0.0.1:{port}/a HTTP/1.1\n\n") == b""
        assert time.monotonic() - before < 3
    over.set()


def test_closing_cuts_everything_and_nothing_is_made_afterwards(site: Site) -> None:
    """Also a connection whose name was still being looked up."""
    looking, known = threading.Event(), threading.Event()

    def slow(host: str, port: int) -> list[str]:
        looking.set()
        known.wait(10)
        return ["127.0.0.1"]

    port = site.server.server_port
    site.answers["/a"] = body(b"hello")
    with proxied(port, resolve=slow) as (proxy, way):
        waiting = connection(way)
        waiting.sendall(f"GET http://slow.example.com:{port}/a HTTP/1.1\r\n\r\n".encode())
        assert looking.wait(5)
        proxy.close()
        before = time.monotonic()
        assert waiting.recv(100) == b"" and time.monotonic() - before < 1
        known.set()
        with pytest.raises(OSError):
            way.connect()
        time.sleep(0.2)
    assert site.asked == []


def test_what_a_site_answers_comes_as_it_is(site: Site) -> None:
    site.answers["/a"] = status(302, Location="http://169.254.169.254/")
    port = site.server.server_port
    with proxied(port, 80) as (proxy, way):
        answer = ask(way, f"GET http://127.0.0.1:{port}/a HTTP/1.1\n\n")
        assert b" 302 " in answer.split(b"\r\n")[0] and proxy.failure is None
