"""The process that fetches: what it cannot do, and when it ends."""

from __future__ import annotations

import http.server
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components.core import Progress, StageContext, TroupeError
from components.ingest.fetching.child import Child, confinement_here
from components.ingest.fetching.order import Order
from components.ingest.fetching.proxy import Proxy
from components.ingest.fetching.seccomp import denied_calls
from components.ingest.limits import ClipSettings
from components.ingest.url import fetch
from tests.conftest import lacking
from tests.web_site import Site, body

ROOT = Path(__file__).resolve().parents[2]

ATTEMPTS = """
import ctypes, errno, json, os, socket, subprocess, sys, urllib.request

port, outside, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
libc = ctypes.CDLL(None, use_errno=True)

def connect():
    socket.create_connection(("127.0.0.1", port), 2).sendall(b"GET /direct HTTP/1.0\\r\\n\\r\\n")

def send_datagram():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port))

def native_socket():
    if libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0) < 0:
        raise OSError(ctypes.get_errno(), "socket")

def native_name():
    answer = ctypes.c_void_p()
    if libc.getaddrinfo(b"example.com", b"80", None, ctypes.byref(answer)) != 0:
        raise PermissionError(errno.EACCES, "getaddrinfo")

def native_program():
    libc.execv(b"/bin/true", (ctypes.c_char_p * 2)(b"true", None))
    raise OSError(ctypes.get_errno(), "execv")

attempts = {
    "connect": connect,
    "fetch": lambda: urllib.request.urlopen(f"http://127.0.0.1:{port}/direct", timeout=2),
    "send_datagram": send_datagram,
    "look_up": lambda: socket.getaddrinfo("example.com", 80),
    "local_socket": lambda: socket.socket(socket.AF_UNIX).connect("/run/docker.sock"),
    "abstract_socket": lambda: socket.socket(socket.AF_UNIX).connect("\\0x"),
    "pair": lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM),
    "program": lambda: subprocess.run(["/bin/true"]),
    "shell": lambda: os.system("true"),
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "stop_the_parent": lambda: os.kill(os.getppid(), 0),
    "native_socket": native_socket,
    "native_name": native_name,
    "native_program": native_program,
    "write_elsewhere": lambda: open(outside + "/new", "w"),
    "write_over": lambda: open(outside + "/secret", "r+"),
    "read_elsewhere": lambda: open(outside + "/secret").read(),
    "list_elsewhere": lambda: os.listdir(outside),
    "remove_elsewhere": lambda: os.unlink(outside + "/secret"),
    "link_to_elsewhere": lambda: os.symlink(outside + "/secret", folder + "/link"),
    "read_the_parent": lambda: open(f"/proc/{os.getppid()}/environ").read(),
}
done = {}
for name in sys.argv[4].split(",") if sys.argv[4] else attempts:
    attempt = attempts[name]
    try:
        attempt()
        done[name] = "possible"
    except PermissionError:
        done[name] = "refused"
    except OSError as error:
        done[name] = "refused" if "ermi" in str(error) else repr(error)
import ssl
ssl.create_default_context()
open(folder + "/video", "w").write("x")
os.rename(folder + "/video", folder + "/renamed")
print(json.dumps({"layers": layers, "done": done}))
"""

FULL = "from components.ingest.fetching.confinement import confine\nlayers = confine(Path(sys.argv[3]))\n"
ONLY_PYTHON = """
from components.ingest.fetching.confinement import refuse_by_audit
layers = []
sys.addaudithook(refuse_by_audit)
"""
HELD_BY_PYTHON = ("connect", "fetch", "send_datagram", "look_up", "local_socket", "program", "shell", "exec")


def attempted(start: str, port: int, tmp_path: Path, names: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a process that is confined in this way can do of ATTEMPTS, or of these."""
    outside, folder = tmp_path / "outside", tmp_path / "folder"
    outside.mkdir()
    folder.mkdir()
    (outside / "secret").write_text("secret")
    script = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom pathlib import Path\n{start}{ATTEMPTS}"
    ran = subprocess.run(
        [sys.executable, "-I", "-c", script, str(port), str(outside), str(folder), ",".join(names)],
        capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr.decode()
    assert (outside / "secret").read_text() == "secret"
    return dict(json.loads(ran.stdout))


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as made:
        made.answers["/direct"] = body(b"x")
        yield made


def has_kernel_layers() -> bool:
    return sys.platform == "linux" and platform.machine() in ("x86_64", "aarch64")


def test_a_confined_process_has_no_way_out(site: Site, tmp_path: Path) -> None:
    if not has_kernel_layers():
        lacking("linux", "the kernel is not one that confines processes here")
    found = attempted(FULL, site.server.server_port, tmp_path)
    assert "seccomp" in found["layers"]
    of_files = {n for n in found["done"] if "elsewhere" in n or n in ("write_over", "read_the_parent")}
    expected = set(found["done"]) - (set() if "landlock" in found["layers"] else of_files)
    assert {n for n in expected if found["done"][n] != "refused"} == set()
    assert len(found["done"]) == 21 and site.asked == []


def test_where_the_kernel_does_not_help_python_itself_refuses(site: Site, tmp_path: Path) -> None:
    found = attempted(ONLY_PYTHON, site.server.server_port, tmp_path, HELD_BY_PYTHON)["done"]
    assert {n for n in HELD_BY_PYTHON if found[n] != "refused"} == set() and site.asked == []


def test_without_confinement_the_attempts_succeed(site: Site, tmp_path: Path) -> None:
    """So that a refusal above is the confinement's doing."""
    names = ("connect", "fetch", "send_datagram", "pair", "program", "shell", "native_socket", "write_elsewhere",
             "read_elsewhere", "list_elsewhere", "link_to_elsewhere", "read_the_parent", "stop_the_parent")  # fmt: skip
    found = attempted("layers = []\n", site.server.server_port, tmp_path, names)["done"]
    assert {n for n in names if found[n] != "possible"} == set()
    assert eventually_asked(site, 2)


def eventually_asked(site: Site, times: int) -> bool:
    until = time.monotonic() + 5
    while len(site.asked) < times and time.monotonic() < until:
        time.sleep(0.02)
    return len(site.asked) == times


def test_the_kernel_refuses_every_listed_call() -> None:
    if not has_kernel_layers():
        lacking("linux", "the kernel is not one that filters calls here")
    script = f"""
import ctypes, errno, sys
sys.path.insert(0, {str(ROOT)!r})
from components.ingest.fetching.seccomp import denied_calls, forbid_sockets_and_programs
assert forbid_sockets_and_programs()
libc = ctypes.CDLL(None, use_errno=True)
for name, number in denied_calls().items():
    for call in (number, number | 0x40000000):
        ctypes.set_errno(0)
        assert libc.syscall(call, -1, 0, 0, 0, 0, 0) == -1, name
        error = ctypes.get_errno()
        assert error == errno.EACCES or (call != number and error == errno.ENOSYS), (name, errno.errorcode[error])
"""
    ran = subprocess.run([sys.executable, "-I", "-c", script], capture_output=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
    assert len(denied_calls()) > 20


def stalling(site: Site, path: str) -> threading.Event:
    """An answer that begins and never goes on."""
    asked = threading.Event()

    def answer(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "video/mp4")
        request.send_header("Content-Length", "1000000")
        request.end_headers()
        request.wfile.write(bytes(1000))
        asked.set()
        time.sleep(30)

    site.answers[path] = answer
    return asked


def test_the_process_holds_nothing_of_its_parent(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if sys.platform != "linux":
        lacking("linux", "/proc tells what a process holds")
    monkeypatch.setenv("TROUPE_SECRET", "a secret")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1/")
    asked = stalling(site, "/a.mp4")
    port = site.server.server_port
    settings = ClipSettings.model_validate({"private_networks": ("127.0.0.0/8",), "ports": (port,)})
    order = Order(f"{site.base}/a.mp4", str(tmp_path), False, 10**9, 10.0, (port,), ("127.0.0.0/8",))
    with (tmp_path / "open").open("w") as held, Proxy(order.url, settings) as proxy, Child(order, proxy) as child:
        os.set_inheritable(held.fileno(), True)
        assert asked.wait(20)
        place = Path(f"/proc/{child.pid}")
        environment = (place / "environ").read_bytes()
        assert b"secret" not in environment and b"another" not in environment and b"127.0.0.1" not in environment
        open_files = [str(f.readlink()) for f in (place / "fd").iterdir()]
        assert not [f for f in open_files if str(tmp_path / "open") in f]
        assert len([f for f in open_files if f.startswith("socket:")]) == 2  # its channel and its connection
        status = dict(line.split(":\t", 1) for line in (place / "status").read_text().splitlines() if ":\t" in line)
        assert status["Seccomp"] == "2" and status["NoNewPrivs"] == "1"
        layers = next(m["ready"] for m in child.messages(1) or [] if "ready" in m)
        assert layers[:1] == ["audit"] and "seccomp" in layers
        pid = child.pid
    assert ended(pid, 0)


def test_the_doctor_is_told_what_holds() -> None:
    layers = confinement_here()
    assert layers[0] == "audit" and ("seccomp" in layers) == has_kernel_layers()


def ended(pid: int, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while True:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        if time.monotonic() > until:
            return False
        time.sleep(0.02)


def children(pid: int) -> list[int]:
    return [int(p) for task in Path(f"/proc/{pid}/task").iterdir() for p in (task / "children").read_text().split()]


PAGE = b"<html><body><video src='/a.mp4'></video></body></html>"


@pytest.mark.parametrize("path", ["/a.mp4", "/watch"])
def test_cancelling_ends_the_process_within_a_second(path: str, site: Site, tmp_path: Path) -> None:
    site.answers["/watch"] = body(PAGE, "text/html")
    asked = stalling(site, "/a.mp4")
    stopped: list[float] = []

    def report(progress: Progress) -> None:
        if asked.is_set():
            stopped.append(time.monotonic())
            raise TroupeError("cancelled", "stopped")

    settings = {"private_networks": ("127.0.0.0/8",), "ports": (site.server.server_port,)}
    before = set(children(os.getpid()))
    with pytest.raises(TroupeError) as refusal:
        fetch(
            f"{site.base}{path}", tmp_path / "a", ClipSettings.model_validate(settings), StageContext(tmp_path, report),
            stage="clip",
        )  # fmt: skip
    assert refusal.value.code == "cancelled" and time.monotonic() - stopped[0] < 1
    assert set(children(os.getpid())) <= before and list(tmp_path.iterdir()) == []


def test_the_process_dies_with_its_parent(site: Site, tmp_path: Path) -> None:
    if sys.platform != "linux":
        lacking("linux", "the kernel has to tell")
    asked = stalling(site, "/a.mp4")
    port = site.server.server_port
    script = f"""
from pathlib import Path
from components.core import StageContext
from components.ingest.limits import ClipSettings
from components.ingest.url import fetch
settings = ClipSettings.model_validate({{"private_networks": ("127.0.0.0/8",), "ports": ({port},)}})
fetch("{site.base}/a.mp4", Path({str(tmp_path / "a")!r}), settings, StageContext(Path({str(tmp_path)!r})), stage="clip")
"""
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
    try:
        assert asked.wait(30)
        (child,) = children(parent.pid)
        os.kill(child, signal.SIGSTOP)  # so that it cannot end by itself for want of a connection
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    gone = ended(child, 2)
    if not gone:
        os.kill(child, signal.SIGKILL)
    assert gone


def test_a_process_that_is_killed_is_a_clear_refusal(site: Site, tmp_path: Path) -> None:
    """It is killed from outside in the middle: as where the system runs out of memory."""
    asked = stalling(site, "/a.mp4")

    def report(progress: Progress) -> None:
        if asked.is_set():
            for pid in set(children(os.getpid())) - before:
                os.kill(pid, signal.SIGKILL)

    settings = {"private_networks": ("127.0.0.0/8",), "ports": (site.server.server_port,)}
    before = set(children(os.getpid()))
    with pytest.raises(TroupeError) as refusal:
        fetch(
            f"{site.base}/a.mp4", tmp_path / "a", ClipSettings.model_validate(settings), StageContext(tmp_path, report),
            stage="clip",
        )  # fmt: skip
    assert (refusal.value.code, refusal.value.values["reason"]) == ("url_unreachable", "process")
    assert list(tmp_path.iterdir()) == []
