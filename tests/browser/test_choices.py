"""What one may choose on the way, and do with the result: each as somebody does it, by pointer or by keyboard."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Open, People, check_page, ready_project


def _kept(site: str, project: str) -> dict[str, object]:
    found: dict[str, object] = httpx.get(f"{site}/api/v1/projects/{project}", timeout=60).raise_for_status().json()
    return found


def test_a_picture_of_ones_own_or_a_colour_is_behind_the_dance(opened: Open, site: str, people: People) -> None:
    project = ready_project(site, people)
    page = opened()
    page.goto(f"/projects/{project}/scene")
    expect(page.locator("#own")).to_be_hidden()
    with page.expect_file_chooser() as chooser, page.expect_navigation():
        page.get_by_label("Own picture").click()
        chooser.value.set_files(people.friends)
    expect(page.get_by_label("Own picture")).to_be_checked()
    expect(page.locator("#own")).to_be_visible()
    expect(page.locator("#rail")).to_contain_text("Your picture")
    assert _kept(site, project)["background_mode"] == "picture"
    check_page(page)
    page.get_by_label("One colour").check()
    page.get_by_label("The colour").fill("#123456")
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("#rail .swatch rect")).to_have_attribute("fill", "#123456")
    page.reload()
    expect(page.get_by_label("The colour")).to_have_value("#123456")
    kept = _kept(site, project)
    assert (kept["background_mode"], kept["background"]) == ("colour", "#123456")
