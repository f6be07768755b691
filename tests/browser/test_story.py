"""The whole story in a real browser, at the width of a phone and of a desk, from a photo to a video that is shared."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, People, check_page


def _next(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Continue")).click()


def test_the_whole_story(opened: Open, people: People, width: int) -> None:
    page = opened(width, dark=width < 600)
    page.goto("/")
    check_page(page)
    page.locator("input[type=file]").set_input_files(people.friends)

    page.wait_for_url(re.compile("/photo$"))
    expect(page.get_by_role("heading", name="Who dances?", level=1)).to_be_visible()
    expect(page.locator("svg .frame")).to_have_count(2)
    expect(page.locator("svg .landmarks").first).to_be_attached()
    page.get_by_label("I choose").check()
    page.get_by_role("checkbox", name="Person 2").check()
    page.get_by_role("checkbox", name=re.compile("agreed")).check()
    check_page(page)
    _next(page)

    page.wait_for_url(re.compile("/reference$"))
    check_page(page)
    page.locator("input[type=file]").set_input_files(people.clip)
    facts = page.locator("dl.facts")
    expect(facts).to_contain_text("Dancers")
    expect(facts).to_contain_text("0:01.6")
    expect(facts).to_contain_text("25")
    shown = page.locator("video[data-trim-video]").evaluate(
        "v => v.readyState ? v.duration : new Promise(r => v.onloadedmetadata = () => r(v.duration))"
    )
    assert abs(shown - 1.6) < 0.15
    page.get_by_label("To second").fill("0.8")
    expect(page.locator("[data-trim-length]")).to_have_text("0:00.8")
    assert float(page.locator("[data-trim-end]").input_value()) == 0.8
    check_page(page)
    _next(page)

    page.wait_for_url(re.compile("/scene$"))
    page.get_by_label("Beach at sunset").check()
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("#rail")).to_contain_text("Beach at sunset")
    page.reload()
    expect(page.get_by_label("Beach at sunset")).to_be_checked()
    page.get_by_text("Describe it in words").click()
    page.get_by_label("Style").fill("watercolour")
    page.get_by_label("Style").blur()
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator("#prompts-note")).to_contain_text("None of them is installed")
    check_page(page)
    _next(page)

    page.wait_for_url(re.compile("/expression$"))
    slider = page.get_by_role("slider")
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator("[data-output]")).to_have_text("2.00")
    page.get_by_label("Nothing").check()
    expect(page.locator("#saved")).to_contain_text("Saved")
    check_page(page)
    _next(page)

    page.wait_for_url(re.compile("/generate$"))
    page.get_by_label("Name").fill(f"Two friends at {width}")
    page.get_by_label("Draft").check()
    check_page(page)
    page.get_by_role("button", name="Make the dance").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Waiting|Learning"))
    expect(page.get_by_role("list", name="Stages")).to_contain_text("Cutting out who dances")
    page.reload()  # in the middle of it
    check_page(page)
    expect(page.get_by_role("heading", name=f"Two friends at {width}", level=1)).to_be_visible(timeout=120_000)

    video = page.locator("video.result-screen")
    seen = video.evaluate(
        "async v => { v.muted = true; await v.play(); await new Promise(r => setTimeout(r, 400));"
        " return [v.currentTime, v.videoWidth, v.videoHeight, v.duration] }"
    )
    assert seen[0] > 0 and seen[1] > 0 and abs(seen[3] - 0.8) < 0.15, seen
    check_page(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert download.value.suggested_filename == f"Two friends at {width}.mp4"
    assert download.value.path().read_bytes()[4:8] == b"ftyp"

    page.get_by_role("button", name="Share link").click()
    address = page.get_by_label("Whoever has this link can watch").input_value()
    check_page(page)
    friend = opened(width)
    friend.goto(address)
    assert friend.locator("video").evaluate(
        "v => v.readyState > 0 || new Promise(r => v.onloadedmetadata = () => r(true))"
    )
    assert friend.get_by_role("link", name="Gallery").count() == 0
    check_page(friend)

    page.goto("/gallery")
    card = page.locator("article", has_text=f"Two friends at {width}")
    card.get_by_role("link").focus()
    expect(card.locator("video")).to_have_count(1)
    check_page(page)
    card.get_by_role("link").click()
    page.wait_for_url(re.compile("/generate$"))
    page.go_back()
    page.wait_for_url(re.compile("/gallery$"))
    card.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_visible()
    expect(page.locator("article", has_text=f"Two friends at {width}")).to_have_count(0)
