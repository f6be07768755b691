"""What all tests share: the real media where it is present, and what a missing part does to a test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class DrawnMedia:
    """Media that the tests draw: a photo and a reference of 40 frames at 25 a second with sound."""

    photo: Path
    clip: Path


def lacking(part: str, reason: str) -> NoReturn:
    """Skip the test because this machine lacks a part, or fail where TROUPE_REQUIRE names that part."""
    required = {p.strip() for p in os.environ.get("TROUPE_REQUIRE", "").split(",")}
    if part in required:
        pytest.fail(f"TROUPE_REQUIRE names {part!r}: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real media (TROUPE_TEST_DATA, or shared/data beside the repository)."""
    folder = Path(os.environ.get("TROUPE_TEST_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (folder / "dance").is_dir():
        lacking("data", f"no real media in {folder}; set TROUPE_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> DrawnMedia:
    """A small picture of one drawn person and a clip of another who dances for 1.6 s, drawn once a session."""
    from tests.figure_samples import dancing_clip, small_photo

    folder = tmp_path_factory.mktemp("drawn")
    return DrawnMedia(small_photo(folder), dancing_clip(folder, 1.6))


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """Makes empty folders on disks of so many bytes; needs the right to mount."""
    from tests.small_disk import mounted

    with ExitStack() as stack:
        numbers = iter(range(100))
        yield lambda size: stack.enter_context(mounted(tmp_path / f"disk{next(numbers)}", size))
