"""Which bases Dockerfile.gpu takes: the real file on an image that has nothing but a shell."""

from __future__ import annotations

import subprocess

import pytest

from tests.images.buildah import build, buildah, shell_image

NAME = "localhost/troupe-test-shell:latest"


def test_a_base_without_a_digest_is_refused_and_one_with_a_digest_is_not(
    images_can_be_built: None, capfd: pytest.CaptureFixture[str]
) -> None:
    pinned = shell_image(NAME)
    try:
        with pytest.raises(subprocess.CalledProcessError):
            build("tools", NAME)
        assert f"The base {NAME} has to be named by its digest" in capfd.readouterr().err
        with pytest.raises(subprocess.CalledProcessError):
            build("tools", pinned)
        said = capfd.readouterr().err
        assert "by its digest" not in said.split("COPY requirements/uv.txt")[-1]
        assert "apt-get: not found" in said  # so it came to the step after
    finally:
        buildah("rmi", "--force", NAME, check=False)
