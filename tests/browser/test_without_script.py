"""The same story where the browser runs no script: forms, redirects, and pages that load themselves again."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Open, People


def test_the_story_without_script(opened: Open, people: People) -> None:
    page = opened(PHONE, script=False)
    page.goto("/")
    page.locator("input[type=file]").set_input_files(people.alone)
    page.get_by_role("button", name="Send the file").click()
    page.wait_for_url(re.compile("/photo$"))
    expect(page.locator("svg .frame")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Continue")).click()
    assert page.url.endswith("/photo")  # the confirmation is missing
    page.get_by_role("checkbox", name=re.compile("agreed")).check()
    page.get_by_role("button", name=re.compile("^Continue")).click()
    page.wait_for_url(re.compile("/reference$"))
    page.get_by_role("button", name=re.compile("Salsa")).click()
    expect(page.locator("dl.facts")).to_contain_text("180 bpm")
    page.get_by_label("To second").fill("0.6")
    page.get_by_role("button", name=re.compile("^Continue")).click()
    page.wait_for_url(re.compile("/scene$"))
    page.get_by_label("Green screen").check()
    page.get_by_role("button", name=re.compile("^Continue")).click()
    page.wait_for_url(re.compile("/expression$"))
    page.get_by_role("switch").uncheck()
    page.get_by_role("button", name=re.compile("^Continue")).click()
    page.wait_for_url(re.compile("/generate$"))
    page.get_by_label("Name").fill("Plain")
    page.get_by_label("Draft").check()
    page.get_by_role("button", name="Make the dance").click()
    expect(page.get_by_role("heading", name="Plain", level=1)).to_be_visible(timeout=120_000)
    expect(page.locator("video.result-screen")).to_have_attribute("src", re.compile("/api/v1/artifacts/"))
    page.get_by_role("button", name="Share link").click()
    expect(page.get_by_label("Whoever has this link can watch")).to_have_value(re.compile("/share/"))
