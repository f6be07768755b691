"""The picture of the wizard in README: `python -m tests.browser.picture`. Everything in it is drawn.

A server of its own makes a dance of two drawn people; the picture is taken while the video is being drawn.
"""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.conftest import CHROMIUM, PATIENCE
from tests.browser.server import Server
from tests.figure_samples import LOOKS, small_photo

TARGET = Path(__file__).parents[2] / "docs" / "images" / "wizard.webp"
_WINDOW = (1200, 800)
_PHOTO = (960, 960)


def take(page: Page, photo: Path, target: Path) -> None:
    """Walk through the wizard and take a picture of its last step at work.

    Args:
        page: of a fresh window at a server's front page.
        photo: who dances.
        target: a WebP file.
    """

    def go_on() -> None:
        page.get_by_role("button", name=re.compile("^Continue")).click()

    page.goto("/")
    page.locator("input[type=file]").set_input_files(photo)
    page.get_by_role("checkbox", name=re.compile("agreed")).check()
    go_on()
    page.get_by_role("button", name=re.compile("disco")).click()
    expect(page.locator("dl.facts")).to_be_visible()
    page.get_by_label("From second").fill("4")
    page.get_by_label("To second").fill("12")
    go_on()
    page.get_by_label("Beach at sunset").check()
    go_on()
    page.wait_for_url(re.compile("/expression$"))
    go_on()
    page.get_by_label("Name").fill("Ada and Kofi at the sea")
    page.get_by_role("button", name="Make the dance").click()
    expect(page.locator(".preview img, .preview video").first).to_be_visible()
    expect(page.locator(".stage-running")).to_contain_text("Drawing")
    time.sleep(0.5)
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot.png"
        page.screenshot(path=shot)
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.open(shot).convert("RGB").save(target, quality=82, method=6)


def main() -> None:
    """Make the picture anew."""
    with tempfile.TemporaryDirectory() as place, sync_playwright() as play:
        folder = Path(place)
        server = Server(folder)
        server.start()
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--hide-scrollbars"])
        try:
            expect.set_options(timeout=PATIENCE)
            page = browser.new_page(
                base_url=server.address, viewport={"width": _WINDOW[0], "height": _WINDOW[1]}, color_scheme="light"
            )
            page.set_default_timeout(PATIENCE)
            photo = small_photo(folder, LOOKS, _PHOTO).rename(folder / "Ada and Kofi.png")
            wait_for_loops(page)
            take(page, photo, TARGET)
        finally:
            browser.close()
            server.stop()
    print(TARGET, f"{TARGET.stat().st_size / 1e3:.0f} kB")


def wait_for_loops(page: Page) -> None:
    """Until the moving thumbnails of a new server are drawn."""
    until = time.monotonic() + PATIENCE / 1e3
    while time.monotonic() < until:
        page.goto("/")
        if page.locator(".collage video").count() == page.locator(".collage .view").count():
            return
        time.sleep(2)


if __name__ == "__main__":
    main()
