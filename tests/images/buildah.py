"""Images without a daemon: buildah with chroot isolation, and a store in this clone for all that it makes."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.conftest import REPOSITORY

TARGETS = ("stage-cpu", "serving", "stage-gpu")
STORE = REPOSITORY / ".tools" / "images"
"""Images, layers, containers and what is written while they are made. `make clean` deletes it."""
_SCRATCH = STORE / "scratch"
BUILDAH = ("env", f"TMPDIR={_SCRATCH}", "buildah", "--root", f"{STORE}/storage", "--runroot", f"{STORE}/run")
"""How each command line of buildah begins."""
SHARED_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BUILD_LIMIT = 1800.0
"""Seconds of one build: some mirrors answer, but never come to an end."""


def buildah(*arguments: str, check: bool = True) -> str:
    """Standard output of `buildah ARGUMENTS`; what it says meanwhile goes to standard error."""
    done = subprocess.run([*BUILDAH, *arguments], stdout=subprocess.PIPE, text=True, check=check)
    return done.stdout.strip()


def run_within(seconds: float, *command: str) -> None:
    """Run a command, which ends with all that it started after so many seconds, or where the wait for it ends.

    It also ends where this process is killed; a program that an image's build had started may then run to its own end.

    Raises:
        subprocess.CalledProcessError: it failed; what it said went to standard error.
        subprocess.TimeoutExpired: it took longer.
    """
    bound = ("setpriv", "--pdeathsig", "KILL", *command)
    child = subprocess.Popen(bound, stdout=2, start_new_session=True)
    try:
        code = child.wait(seconds)
    except BaseException:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        raise
    if code:
        raise subprocess.CalledProcessError(code, command)


@contextlib.contextmanager
def store_in_use() -> Iterator[str]:
    """Use the store; who comes first and who leaves last deletes all that no later build needs.

    So what a killed run left is gone after the next one, and of each target only the newest image is kept.

    Yields:
        Why images cannot be built here; empty: they can.
    """
    missing = _missing()
    if missing:
        yield missing
        return
    STORE.mkdir(parents=True, exist_ok=True)
    with Path(STORE, "in-use").open("w") as users:
        _tidy_when_alone(users.fileno())
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield _refusal()
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            _tidy_when_alone(users.fileno())


def _tidy_when_alone(users: int) -> None:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    buildah("rm", "--all", check=False)
    buildah("rmi", "--prune", check=False)
    shutil.rmtree(_SCRATCH, ignore_errors=True)
    _SCRATCH.mkdir()
    fcntl.flock(users, fcntl.LOCK_UN)


def _missing() -> str:
    if shutil.which("buildah") is None:
        return "buildah is not installed (apt-get install buildah debootstrap)"
    return "images are built without a daemon by root only" if os.geteuid() != 0 else ""


def _refusal() -> str:
    try:
        container = buildah("from", "scratch")
    except subprocess.CalledProcessError as error:
        return f"buildah does not work here: {error}"
    try:
        # The empty image has no such program; what is said before that is found out is a refusal of this machine
        tried = subprocess.run(
            [*BUILDAH, "run", "--isolation", "chroot", container, "--", "/nothing"], capture_output=True, text=True
        )
    finally:
        buildah("rm", container, check=False)
    refused = [line for line in tried.stderr.splitlines() if "not permitted" in line or "denied" in line]
    return f"this machine permits no chroot isolation: {refused[0]}" if refused else ""


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """A folder of the store while the block runs."""
    with tempfile.TemporaryDirectory(dir=_SCRATCH) as name:
        yield Path(name)


def commit(container: str, name: str) -> str:
    """Make an image of a container, which is deleted; its name by digest."""
    buildah("config", "--env", f"PATH={SHARED_PATH}", container)
    buildah("commit", "--quiet", "--rm", "--format", "docker", container, name)
    return by_digest(name)


def by_digest(name: str) -> str:
    """The name of an image with its digest instead of its tag."""
    digest = buildah("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", name)
    return f"{name.partition(':')[0]}@{digest}"


def shell_image(name: str) -> str:
    """An image of this machine's shell and what that loads, nothing else; made in a second, named by its digest too.

    Returns:
        `name` by digest.
    """
    shell = Path("/bin/sh").resolve()
    loads = subprocess.run(["ldd", shell], capture_output=True, text=True, check=True).stdout
    needed = [str(shell), *(word for word in loads.split() if word.startswith("/"))]
    container = buildah("from", "scratch")
    for file in needed:
        buildah("copy", "--quiet", container, str(Path(file).resolve()), "/bin/sh" if file == str(shell) else file)
    return commit(container, name)


def build(target: str, base: str) -> str:
    """Build a target of Dockerfile.gpu from the working tree, one at a time, and return the name of its image.

    The packages come from the index that this machine is set to, through uv's cache of this machine: both are told
    to the build by a secret, so neither is in the image.

    Args:
        target: a stage.
        base: of all stages.

    Raises:
        subprocess.CalledProcessError: the build failed; what it said went to standard error.
        subprocess.TimeoutExpired: it took longer than half an hour.
    """
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache" / "uv").absolute()
    cache.mkdir(parents=True, exist_ok=True)
    with Path(STORE, "building").open("w") as lock, scratch_folder() as folder:
        fcntl.flock(lock, fcntl.LOCK_EX)
        secret = folder / "environment"
        volumes = [f"{cache}:/var/cache/uv", *_certificates(secret)]
        options = ["--isolation", "chroot", "--format", "docker", "--layers", "--force-rm", "--file", "Dockerfile.gpu"]
        options += ["--build-arg", f"BASE={base}", "--build-arg", f"GPU_BASE={base}"]
        options += [a for volume in volumes for a in ("--volume", volume)]
        options += ["--secret", f"id=environment,src={secret}"]
        # What installs belongs to no target; without a name of its own it would not be kept for the next build
        for stage in dict.fromkeys(("tools", target)):
            named = ["--target", stage, "--tag", f"localhost/troupe-test-{stage}"]
            run_within(_BUILD_LIMIT, *BUILDAH, "build", *options, *named, str(REPOSITORY))
    return f"localhost/troupe-test-{target}"


def _certificates(secret: Path) -> Sequence[str]:
    """Write the variables that a build needs here; volumes with the files that they name."""
    lines = ["UV_CACHE_DIR=/var/cache/uv"]
    volumes = []
    authorities = os.environ.get("SSL_CERT_FILE", "")
    if authorities:
        lines += [f"{name}=/var/cache/authorities.pem" for name in ("SSL_CERT_FILE", "PIP_CERT", "NODE_EXTRA_CA_CERTS")]
        volumes.append(f"{Path(authorities).resolve()}:/var/cache/authorities.pem:ro")
    passed = ("UV_", "PIP_INDEX", "PIP_EXTRA_INDEX", "PIP_TRUSTED", "NPM_CONFIG_", "npm_config_")
    proxies = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
    for name, value in os.environ.items():
        if (name.startswith(passed) or name.upper() in proxies) and name != "UV_CACHE_DIR":
            lines.append(f"{name}='{value}'")
    secret.write_text("".join(f"export {line}\n" for line in lines))
    return volumes
