"""What all tests share: the real media where it is present, and what a missing part does to a test."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


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
