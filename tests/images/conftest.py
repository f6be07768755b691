"""Images of the working tree, built once a session where that is possible."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import lacking
from tests.images.buildah import build, unusable
from tests.images.container import Container


@pytest.fixture(scope="session")
def images_can_be_built() -> None:
    """Skips where they cannot."""
    reason = unusable()
    if reason:
        lacking("buildah", reason)


@pytest.fixture(scope="session")
def stage_cpu(images_can_be_built: None) -> Iterator[Container]:
    """A container of stage-cpu."""
    with Container(build("stage-cpu")) as container:
        yield container


@pytest.fixture(scope="session")
def stage_gpu(images_can_be_built: None) -> Iterator[Container]:
    """A container of stage-gpu."""
    with Container(build("stage-gpu")) as container:
        yield container


@pytest.fixture(scope="session")
def serving(images_can_be_built: None) -> Iterator[Container]:
    """A container of serving."""
    with Container(build("serving")) as container:
        yield container
