"""What one may choose on the way, and do with the result: each as somebody does it, by pointer or by keyboard."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import Open, People, analysed, check_page, ready_project
from tests.figure_samples import dancing_clip


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


def test_the_part_is_chosen_by_keyboard(opened: Open, site: str, people: People) -> None:
    project = ready_project(site, people)
    analysed(site, project)
    page = opened()
    page.goto(f"/projects/{project}/reference")
    start, end = page.get_by_label("Start, seconds"), page.get_by_label("End, seconds")
    length = float(page.locator("form[data-trim]").get_attribute("data-trim") or 0)
    start.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(page.get_by_label("From second")).to_have_value("0.5")
    page.keyboard.press("Tab")
    expect(end).to_be_focused()
    expect(page.get_by_label("To second")).to_have_value(re.compile(f"^{length:.2f}".rstrip("0").rstrip(".")))
    page.keyboard.press("Home")  # not beyond the other handle
    expect(page.get_by_label("To second")).to_have_value("1")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-trim-length]")).to_have_text("0:00.6")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/scene$"))
    kept = _kept(site, project)
    assert (kept["start"], kept["duration"]) == (0.5, 0.6)


def test_moves_like_these_are_offered(opened: Open, site: str, people: People, tmp_path: Path) -> None:
    project = ready_project(site, people)
    page = opened()
    for clip in (people.clip, dancing_clip(tmp_path, 1.8, looks=("ada",)).rename(tmp_path / "again_groove.mp4")):
        page.goto(f"/projects/{project}/reference")
        page.get_by_text("Take other moves").click()
        page.locator("input[type=file]").set_input_files(clip)
        expect(page.get_by_role("heading", name=clip.stem.replace("_", " "))).to_be_visible()
        expect(page.locator("dl.facts")).to_be_visible()
    page.reload()
    page.get_by_text("Take other moves").click()
    alike = page.locator("form", has=page.get_by_role("heading", name="Similar to these"))
    check_page(page)
    alike.get_by_role("button", name=people.clip.stem).click()
    expect(page.get_by_role("heading", name=people.clip.stem)).to_be_visible()


def test_a_dance_is_shared_made_again_and_varied(opened: Open, site: str, people: People) -> None:
    project = ready_project(site, people, title="First", duration=0.6, size="256x320")
    page = opened()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"/projects/{project}/generate")
    page.get_by_role("button", name="Make the dance").click()
    expect(page.get_by_role("heading", name="First", level=1)).to_be_visible()
    page.get_by_role("button", name="Share link").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    address = page.get_by_label("Whoever has this link can watch").input_value()
    assert page.evaluate("navigator.clipboard.readText()") == address and address.startswith(f"{site}/share/")

    page.get_by_role("link", name="Again with changes").click()
    page.get_by_label("Name").fill("Second")
    page.get_by_label("Show a small").check()
    check_page(page)
    before = page.locator("video.result-screen").get_attribute("src")
    page.get_by_role("button", name="Make it again").click()
    expect(page.get_by_role("heading", name="Second", level=1)).to_be_visible()
    expect(page.locator("video.result-screen")).not_to_have_attribute("src", before or "")

    page.get_by_role("link", name="Again with changes").click()
    page.get_by_role("button", name="Make a variant").click()
    page.wait_for_url(re.compile("/scene$"))
    assert project not in page.url
    page.goto("/gallery")
    expect(page.get_by_role("heading", name="Second (variant)")).to_be_visible()
    expect(page.get_by_role("heading", name="Second", exact=True)).to_be_visible()
