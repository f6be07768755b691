"""Images of the working tree, built once a session where that is possible."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import lacking
from tests.images.buildah import build, store_in_use
from tests.images.container import Container
from tests.images.debian_base import base_image, no_base


@pytest.fixture(scope="session")
def images_can_be_built() -> Iterator[None]:
    """Skips where they cannot."""
    with store_in_use() as reason:
        if reason:
            lacking("buildah", reason)
        yield


@pytest.fixture(scope="session")
def base(images_can_be_built: None) -> str:
    """The base of all images by digest; skips where none can be made."""
    reason = no_base()
    if reason:
        lacking("buildah", reason)
    return base_image()


@pytest.fixture(scope="session")
def stage_cpu(base: str) -> Iterator[Container]:
    """A container of stage-cpu."""
    with Container(build("stage-cpu", base)) as container:
        yield container


@pytest.fixture(scope="session")
def stage_gpu(base: str) -> Iterator[Container]:
    """A container of stage-gpu."""
    with Container(build("stage-gpu", base)) as container:
        yield container


@pytest.fixture(scope="session")
def serving(base: str) -> Iterator[Container]:
    """A container of serving."""
    with Container(build("serving", base)) as container:
        yield container
