"""Images without a daemon: buildah with chroot isolation, and a Debian base made by debootstrap."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import REPOSITORY, lacking

MIRROR = "http://deb.debian.org/debian"
BASE = "localhost/troupe-test-base:bookworm"
TARGETS = ("stage-cpu", "serving", "stage-gpu")
_LEFT_OUT = (
    "usr/share/doc",
    "usr/share/man",
    "usr/share/info",
    "usr/share/locale",
    "usr/share/lintian",
    "var/cache/apt",
)
"""What Debian's own slim images leave out."""
_DPKG = "force-unsafe-io\n" + "".join(f"path-exclude=/{folder}/*\n" for folder in _LEFT_OUT)
"""As in those: packages of a later layer leave it out too, and dpkg does not wait for the disk after every file."""
_SHARED_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def buildah(*arguments: str, check: bool = True) -> str:
    """Standard output of `buildah ARGUMENTS`; what it says meanwhile goes to standard error."""
    done = subprocess.run(["buildah", *arguments], stdout=subprocess.PIPE, text=True, check=check)
    return done.stdout.strip()


def unusable() -> str:
    """Why images cannot be built here; empty: they can."""
    if shutil.which("buildah") is None:
        return "buildah is not installed (apt-get install buildah debootstrap)"
    if os.geteuid() != 0:
        return "images are built without a daemon by root only"
    try:
        container = buildah("from", "scratch")
    except subprocess.CalledProcessError as error:
        return f"buildah does not work here: {error}"
    try:
        # The empty image has no such program; what is said before that is found out is a refusal of this machine
        tried = subprocess.run(
            ["buildah", "run", "--isolation", "chroot", container, "--", "/nothing"], capture_output=True, text=True
        )
    finally:
        buildah("rm", container, check=False)
    refused = [line for line in tried.stderr.splitlines() if "not permitted" in line or "denied" in line]
    return f"this machine permits no chroot isolation: {refused[0]}" if refused else ""


def base_image() -> str:
    """A Debian 12 like the public slim one, named by its digest; made once by debootstrap, which takes a minute."""
    if not buildah("images", "--quiet", "--filter", f"reference={BASE}"):
        if shutil.which("debootstrap") is None:
            lacking("debootstrap", "debootstrap is not installed (apt-get install debootstrap)")
        with tempfile.TemporaryDirectory(prefix="troupe-base-") as name:
            root = Path(name, "root")
            subprocess.run(
                ["debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root, MIRROR],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            for left_out in _LEFT_OUT:
                shutil.rmtree(root / left_out, ignore_errors=True)
            for fetched in (*(root / "var/lib/apt/lists").glob("*_*"), *(root / "var/cache/apt").rglob("*.*")):
                fetched.unlink()
            (root / "etc/dpkg/dpkg.cfg.d/troupe").write_text(_DPKG)
            container = buildah("from", "scratch")
            buildah("add", "--quiet", container, str(root), "/")
            buildah("config", "--env", f"PATH={_SHARED_PATH}", "--cmd", "/bin/bash", container)
            buildah("commit", "--quiet", "--rm", "--format", "docker", container, BASE)
    digest = buildah("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", BASE)
    return f"{BASE.partition(':')[0]}@{digest}"


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
    buildah("config", "--env", f"PATH={_SHARED_PATH}", container)
    buildah("commit", "--quiet", "--rm", "--format", "docker", container, name)
    digest = buildah("inspect", "--type", "image", "--format", "{{.FromImageDigest}}", name)
    return f"{name.partition(':')[0]}@{digest}"


def build(target: str, base: str = "") -> str:
    """Build a target of Dockerfile.gpu from the working tree and return the name of its image.

    The packages come from the index that this machine is set to, through uv's cache of this machine: both are told
    to the build by a secret, so neither is in the image.

    Args:
        target: a stage.
        base: of all stages; empty: `base_image()`.

    Raises:
        subprocess.CalledProcessError: the build failed; what it said went to standard error.
    """
    base = base or base_image()
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache" / "uv").absolute()
    cache.mkdir(parents=True, exist_ok=True)
    name = f"localhost/troupe-test-{target}"
    with tempfile.TemporaryDirectory(prefix="troupe-build-") as folder:
        secret = Path(folder, "environment")
        volumes = [f"{cache}:/var/cache/uv", *_certificates(secret)]
        options = ["--isolation", "chroot", "--format", "docker", "--layers", "--file", "Dockerfile.gpu"]
        options += ["--build-arg", f"BASE={base}", "--build-arg", f"GPU_BASE={base}"]
        options += [a for volume in volumes for a in ("--volume", volume)]
        options += ["--secret", f"id=environment,src={secret}", "--target", target, "--tag", name]
        subprocess.run(["buildah", "build", *options, str(REPOSITORY)], stdout=2, check=True)
    return name


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
