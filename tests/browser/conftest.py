"""A server of its own, a real browser, and drawn people to upload."""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from serving.orchestrator.pages.vendor import packages
from tests.browser.server import Server
from tests.conftest import lacking
from tests.figure_samples import LOOKS, dancing_clip, small_photo

CHROMIUM = os.environ.get("TROUPE_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
PHONE, DESKTOP = 390, 1440
PATIENCE = 240_000
"""ms: work is waited for on machines that do other things too."""
_AXE = packages() / "node_modules" / "axe-core" / "axe.min.js"


@dataclass(frozen=True)
class People:
    """Drawn media: two people, one person, a clip of a dance."""

    friends: Path
    alone: Path
    clip: Path


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """Drawn once a session, small and short."""
    folder = tmp_path_factory.mktemp("people")
    friends = small_photo(folder, LOOKS).rename(folder / "friends.png")
    return People(friends, small_photo(folder).rename(folder / "ada.png"), dancing_clip(folder, 1.6))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """`troupe serve` as a person starts it, on a free port; yields its address."""
    server = Server(tmp_path_factory.mktemp("site"), TROUPE_THUMBNAILS="false")
    server.start()
    yield server.address
    server.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; of one file, because Playwright's event loop would be met by the tests of others."""
    if not CHROMIUM:
        lacking("chromium", "no Chromium on this machine; set TROUPE_CHROMIUM")
    with sync_playwright() as play:
        expect.set_options(timeout=PATIENCE)
        found = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def width(request: pytest.FixtureRequest) -> int:
    """px of the window."""
    return int(request.param)


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, site: str) -> Iterator[Open]:
    """Opens a window; whatever a page complains of on its console fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def window(width: int = DESKTOP, *, script: bool = True, dark: bool = False) -> Page:
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 844 if width < 600 else 900},
            java_script_enabled=script,
            color_scheme="dark" if dark else "light",
            accept_downloads=True,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        return page

    yield window
    for context in contexts:
        context.close()
    # an answer that is no 200, and a server that is away, are told on the console too: tests that ask for one look at
    # the page
    told = ("Failed to load resource", "htmx:sse:error: Failed to fetch", "htmx:error: Failed to fetch")
    assert [c for c in complaints if not any(t in c for t in told)] == []


def ready_project(site: str, people: People, **fields: object) -> str:
    """A project that is ready to run, made over the API."""
    with httpx.Client(base_url=f"{site}/api/v1", timeout=60) as api:
        with people.alone.open("rb") as file:
            photo = api.post("/photos", files={"file": file}).raise_for_status().json()
        moves = api.post("/references/built-in", json={"name": "salsa"}).raise_for_status().json()
        wanted = {
            "photo_id": photo["id"],
            "reference_id": moves["id"],
            "consent": True,
            "quality": "draft",
            "size": "256x320",
            **fields,
        }
        return str(api.post("/projects", json=wanted).raise_for_status().json()["id"])


def analysed(site: str, project: str) -> None:
    """Wait until the moves of a project were looked at."""
    with httpx.Client(base_url=f"{site}/api/v1", timeout=60) as api:
        name = api.get(f"/projects/{project}").raise_for_status().json()["reference_id"]
        until = time.monotonic() + PATIENCE / 1000
        while (moves := api.get(f"/references/{name}").raise_for_status().json())["status"] != "ready":
            assert moves["status"] != "failed" and time.monotonic() < until, moves
            time.sleep(0.5)


def _violations(page: Page) -> dict[str, Any]:
    """What axe-core finds; a page that shows itself anew meanwhile, as it does when a run has ended, is asked again."""
    for _ in range(3):
        try:
            page.evaluate(_AXE.read_text())
            found: dict[str, Any] = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            return found
        except PlaywrightError as error:
            if "context was destroyed" not in str(error):
                raise
            page.wait_for_load_state()
    raise AssertionError(f"{page.url} does not come to rest")


def check_page(page: Page) -> None:
    """Nothing serious by axe-core, and nothing wider than the window."""
    if not _AXE.is_file():
        lacking("axe", "axe-core is not set up: python -m serving.orchestrator.pages.vendor")
    found = _violations(page)
    serious = [
        {"rule": v["id"], "nodes": [n["html"][:200] for n in v["nodes"]][:3]}
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
    ]
    assert serious == [], f"{page.url}: {json.dumps(serious, indent=1)}"
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 1, f"{page.url} is {wide} px wider than the window"
