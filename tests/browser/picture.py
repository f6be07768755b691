"""The picture of the wizard in README: `python -m tests.browser.picture`. Everything in it is drawn.

A server of its own looks at a picture of two drawn people and draws its thumbnails; nothing else is computed.
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
    """Walk to the wizard's third step and take a picture of it.

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
    page.wait_for_url(re.compile("/reference$"))
    page.goto(page.url.replace("/reference", "/scene"))  # the moves may be watched meanwhile
    page.get_by_label("Beach at sunset").check()
    expect(page.locator("#rail")).to_contain_text("Beach at sunset")
    page.evaluate("document.activeElement.blur()")
    time.sleep(1)
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
