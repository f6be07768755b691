"""What goes wrong, and what is stopped, as a person sees it."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import Open, People, check_page, ready_project


def test_cancel_and_go_on(opened: Open, site: str, people: People, width: int) -> None:
    project = ready_project(site, people, title=f"Long {width}", duration=20.0)
    page = opened(width)
    page.goto(f"/projects/{project}/generate")
    page.get_by_role("button", name="Make the dance").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Stopped", level=1)).to_be_visible(timeout=30_000)
    check_page(page)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Stopped", level=1)).to_be_visible(timeout=30_000)


def test_a_run_that_fails_says_why_and_can_be_changed(opened: Open, site: str, people: People, width: int) -> None:
    project = ready_project(site, people, title=f"Too late {width}", start=5000.0)
    page = opened(width)
    page.goto(f"/projects/{project}/generate")
    page.get_by_role("button", name="Make the dance").click()
    expect(page.get_by_role("heading", name="That did not work", level=1)).to_be_visible(timeout=90_000)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(re.compile(r"\w+ .*\.", re.S))
    expect(alert.locator(".code")).not_to_be_empty()
    check_page(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="That did not work", level=1)).to_be_visible(timeout=90_000)
    page.goto(f"/projects/{project}/reference")
    page.get_by_label("From second").fill("0")
    page.get_by_label("To second").fill("0.6")
    page.get_by_role("button", name=re.compile("^Continue")).click()
    page.goto(f"/projects/{project}/generate")
    page.get_by_role("button", name="Make it again").click()
    expect(page.get_by_role("heading", name=f"Too late {width}", level=1)).to_be_visible(timeout=120_000)


def test_a_file_that_is_no_picture_is_refused_where_it_was_dropped(opened: Open, tmp_path: Path, width: int) -> None:
    text = tmp_path / "holiday.jpg"
    text.write_text("not a picture at all")
    page = opened(width)
    page.goto("/")
    page.locator("input[type=file]").set_input_files(text)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("holiday.jpg")
    expect(alert).to_be_focused()
    assert page.url.endswith("/")
    check_page(page)


def test_an_address_inside_the_network_is_refused(opened: Open, site: str, people: People) -> None:
    project = ready_project(site, people)
    page = opened()
    page.goto(f"/projects/{project}/reference")
    page.get_by_text("Take other moves").click()
    page.get_by_label("Or its address").fill("ftp://127.0.0.1/clip.mp4")
    page.get_by_role("button", name="Fetch it").click()
    expect(page.get_by_role("alert")).to_contain_text("url_refused")
    check_page(page)


def test_what_is_not_there_is_a_page(opened: Open, width: int) -> None:
    page = opened(width)
    for address, heading in (
        ("/projects/01aaaaaaaaaaaaaaaaaaaaaaaa/photo", "There is nothing here"),
        ("/nowhere", "There is nothing here"),
        ("/share/forged", "This link has had its time"),
    ):
        answer = page.goto(address)
        assert answer is not None and answer.status in (404, 410)
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        check_page(page)
