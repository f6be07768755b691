"""A page that follows work goes on doing so: in two tabs, after a reload, and when the server was started anew."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import Route, expect

from tests.browser.conftest import Open, People, ready_project
from tests.browser.server import Server


def test_two_tabs_tell_the_same(opened: Open, site: str, people: People) -> None:
    project = ready_project(site, people, title="Twice", duration=20.0, size="720x1280")
    page = opened()
    page.goto(f"/projects/{project}/generate")
    page.get_by_role("button", name="Make the dance").click()
    other = page.context.new_page()
    other.goto(f"/projects/{project}/generate")
    for tab in (page, other):
        expect(tab.get_by_role("heading", name="Learning to dance", level=1)).to_be_visible()
        expect(tab.locator(".stage-done, .stage-reused").first).to_be_visible()
    page.reload()
    expect(page.locator(".stage-done, .stage-reused").first).to_be_visible()
    other.get_by_role("button", name="Cancel").click()
    for tab in (page, other):
        expect(tab.get_by_role("heading", name="Stopped", level=1)).to_be_visible()


def test_a_page_lives_though_its_script_comes_late(opened: Open, site: str, people: People) -> None:
    project = ready_project(site, people, title="Late", duration=4.0)
    page = opened()

    def late(route: Route) -> None:
        time.sleep(1.0)
        route.continue_()

    page.route("**/hx-sse.min.js*", late)
    page.goto(f"/projects/{project}/generate")
    page.get_by_role("button", name="Make the dance").click()
    expect(page.locator("video.result-screen")).to_have_count(1)


def test_a_stream_that_is_not_answered_is_asked_for_again(opened: Open, site: str, people: People) -> None:
    project = ready_project(site, people, title="Refused", duration=4.0, size="240x300")
    page = opened()
    refused: list[int] = []

    def refuse(route: Route) -> None:
        refused.append(len(refused))
        if len(refused) == 1:
            route.abort()
        elif len(refused) == 2:
            route.fulfill(status=503, body="not now")
        else:
            route.continue_()

    page.route("**/live/run*", refuse)
    page.goto(f"/projects/{project}/generate")
    page.get_by_role("button", name="Make the dance").click()
    expect(page.locator("video.result-screen")).to_have_count(1)
    assert len(refused) >= 3


def test_a_page_outlives_its_server(opened: Open, people: People, tmp_path: Path) -> None:
    server = Server(tmp_path, TROUPE_THUMBNAILS="false")
    server.start()
    try:
        project = ready_project(server.address, people, title="Patient", duration=4.0, size="256x320")
        page = opened()
        page.goto(f"{server.address}/projects/{project}/generate")
        page.get_by_role("button", name="Make the dance").click()
        expect(page.locator(".stage-done, .stage-reused").first).to_be_visible()
        page.evaluate("document.body.dataset.old = 'yes'")
        server.stop()
        server.start()
        assert page.locator("body[data-old]").count() == 1  # nothing was loaded anew meanwhile
        expect(page.get_by_role("heading", name="Patient", level=1)).to_be_visible()
        expect(page.locator("video.result-screen")).to_have_count(1)
    finally:
        server.stop()
