"""The page at /_mock/, as its users see it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clients.running import mock
from tests.mockserver.browser.conftest import HEADERS, Open, sync_api

expect = sync_api.expect
NEW = {"order_item": 1, "reason": 1, "cancellation_type": "cancel"}
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
VIEWS = ["records", "journal", "coverage", "faults", "clock", "snapshots", "sessions"]


def rows(page: Any) -> Any:
    return page.locator("#rows [data-row]")


def test_a_record_made_through_the_api_appears_by_itself(opened: Open, api: httpx.Client) -> None:
    """Nobody reloads; the newest is on top, and gone again when it is deleted."""
    page = opened()
    expect(rows(page)).to_have_count(50)
    id = api.post("", json=NEW).json()["id"]

    expect(page.locator(f"#row-{id}")).to_be_visible()
    expect(rows(page).first).to_have_attribute("data-row", str(id))
    expect(page.get_by_text("121 cancellation requests")).to_be_visible()
    api.delete(f"{id}/")
    expect(page.locator(f"#row-{id}")).to_have_count(0)


def test_what_is_rejected_on_the_page_is_rejected_in_the_api(opened: Open, api: httpx.Client) -> None:
    """By the button of the open record; what the API does meanwhile shows there, too."""
    id = api.post("", json=NEW).json()["id"]
    page = opened(f"records?open={id}")
    panel = page.locator("#panel")
    expect(panel.get_by_role("heading", name=f"Record {id}")).to_be_visible()
    panel.get_by_role("button", name="Reject", exact=True).click()
    expect(panel.locator("header .status")).to_have_text("rejected")

    assert api.get(f"{id}/").json()["status"] == "rejected"
    assert api.post(f"{id}/reject/").status_code == 400


def test_a_status_may_be_set_beyond_what_the_api_allows(opened: Open, api: httpx.Client) -> None:
    """The page says which changes these are."""
    id = api.post("", json=NEW).json()["id"]
    page = opened(f"records?open={id}")
    step = page.locator("#panel .steps").get_by_role("button", name="completed")
    expect(step).to_have_class("beyond")
    step.click()
    expect(page.locator("#panel header .status")).to_have_text("completed")

    assert api.get(f"{id}/").json()["status"] == "completed"


def test_fields_are_edited_and_a_bad_value_is_told_beside_its_field(opened: Open, api: httpx.Client) -> None:
    """Nothing is saved until all is right."""
    id = api.post("", json=NEW).json()["id"]
    page = opened(f"records?open={id}")
    panel = page.locator("#panel")
    panel.get_by_label("Quantity").fill("0")
    panel.get_by_label("Holder name").fill("Şükrü Çağlayan")
    panel.get_by_role("button", name="Save").click()
    expect(panel.locator(".error").first).to_be_visible()
    assert api.get(f"{id}/").json()["holder_name"] is None
    panel.get_by_label("Quantity").fill("3")
    panel.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("button", name="Save")).to_have_count(0)

    found = api.get(f"{id}/").json()
    assert (found["quantity"], found["holder_name"]) == (3, "Şükrü Çağlayan")


def test_unsaved_edits_outlive_a_look_at_another_row_and_view(opened: Open, api: httpx.Client) -> None:
    """The row is marked until they are saved or discarded, and no other record gets them."""
    first, second = (api.post("", json=NEW).json()["id"] for _ in range(2))
    page = opened(f"records?open={first}")
    panel = page.locator("#panel")
    name = panel.get_by_label("Holder name")
    mark = page.locator(f"#row-{first}").get_by_label("Unsaved changes")
    name.fill("Şükrü")
    page.locator(f"#row-{second}").click()
    expect(panel.get_by_role("heading", name=f"Record {second}")).to_be_visible()
    expect(name).to_have_value("")
    expect(mark).to_be_visible()
    expect(page.get_by_label("Unsaved changes")).to_have_count(1)
    page.evaluate("location.hash = '#journal'")
    expect(panel).to_have_count(0)
    page.evaluate(f"location.hash = '#records?open={first}'")
    expect(name).to_have_value("Şükrü")
    panel.get_by_role("button", name="Save").click()
    expect(mark).to_have_count(0)
    assert api.get(f"{first}/").json()["holder_name"] == "Şükrü"
    name.fill("Another")
    expect(mark).to_be_visible()
    panel.get_by_role("button", name="Discard").click()
    expect(mark).to_have_count(0)
    page.locator(f"#row-{second}").click()
    expect(name).to_have_value("")
    page.locator(f"#row-{first}").click()

    expect(name).to_have_value("Şükrü")


def test_a_record_that_was_begun_is_there_when_one_comes_back(opened: Open, api: httpx.Client) -> None:
    """Fields and status, marked beside the button until it is made or discarded; no other record gets them."""
    page = opened()
    panel, mark, new = page.locator("#panel"), page.get_by_label("Unsaved changes"), page.get_by_text("New record")
    name = panel.get_by_label("Holder name")
    approved = panel.locator(".steps").get_by_role("button", name="approved", exact=True)
    new.click()
    name.fill("Şükrü")
    approved.click()
    rows(page).first.click()
    expect(panel.get_by_role("heading", name="Record 120")).to_be_visible()
    expect(name).not_to_have_value("Şükrü")
    expect(mark).to_have_count(1)
    new.click()
    expect(name).to_have_value("Şükrü")
    expect(approved).to_have_attribute("aria-pressed", "true")
    panel.get_by_role("button", name="Create").click()
    expect(panel.get_by_role("heading", name="Record 121")).to_be_visible()
    expect(mark).to_have_count(0)
    made = api.get("121/").json()
    assert (made["holder_name"], made["status"]) == ("Şükrü", "approved")
    new.click()
    expect(name).to_have_value("")
    name.fill("Another")
    expect(mark).to_have_count(1)
    panel.get_by_role("button", name="Discard").click()

    expect(name).to_have_value("")
    expect(mark).to_have_count(0)


@pytest.mark.parametrize("by", ["button", "key", "api"])
def test_unsaved_edits_end_with_their_record(opened: Open, api: httpx.Client, control: httpx.Client, by: str) -> None:
    """Deleted on the page or by a client: a record that later has the id shows its own values."""
    before = api.get("120/").json()["holder_name"] or ""
    page = opened("records?open=120")
    panel, mark = page.locator("#panel"), page.get_by_label("Unsaved changes")
    name = panel.get_by_label("Holder name")
    name.fill("Nobody any more")
    expect(mark).to_have_count(1)
    if by == "api":
        api.delete("120/")
        expect(panel.get_by_text("It is gone")).to_be_visible()
        expect(panel.get_by_role("button", name="Save")).to_have_count(0)
    else:
        if by == "button":
            panel.get_by_role("button", name="Delete").click()
        else:
            page.keyboard.press("Escape")
            page.locator("#row-120").press("Delete")
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(panel).to_have_count(0)
    expect(page.locator("#row-120")).to_have_count(0)
    control.post("reset", json={})
    page.locator("#row-120").click()

    expect(name).to_have_value(before)
    expect(mark).to_have_count(0)


def test_a_record_is_deleted_after_a_question(opened: Open, api: httpx.Client) -> None:
    """And only when it is answered."""
    id = api.post("", json=NEW).json()["id"]
    page = opened(f"records?open={id}")
    page.locator("#panel").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    assert api.get(f"{id}/").status_code == 200
    page.locator("#panel").get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(page.locator(f"#row-{id}")).to_have_count(0)

    assert api.get(f"{id}/").status_code == 404


def test_two_sessions_side_by_side_do_not_see_each_other(opened: Open, url: str, session: str) -> None:
    """A record made in one appears on its page, and never on the other's."""
    other = f"{session}-b"
    left, right = opened(session=session), opened(session=other)
    expect(rows(left)).to_have_count(50)
    expect(rows(right)).to_have_count(50)
    headers = {**HEADERS, "X-Mock-Session": session}
    path = f"{url}/api/channel/5/cancellation_requests/"
    id = httpx.post(path, json=NEW, headers=headers).json()["id"]
    expect(left.locator(f"#row-{id}")).to_be_visible()
    second = httpx.post(path, json=NEW, headers={**headers, "X-Mock-Session": other}).json()["id"]

    assert second == id
    expect(right.locator(f"#row-{id}")).to_be_visible()
    expect(right.get_by_text("121 cancellation requests")).to_be_visible()
    expect(left.get_by_text("121 cancellation requests")).to_be_visible()


def test_whatever_clients_send_shows_as_text(opened: Open, api: httpx.Client, control: httpx.Client) -> None:
    """A description, a query, a body and a header; a complaint or a dialog would fail the test."""
    id = api.post("", json={**NEW, "description": SCRIPT, "holder_name": SCRIPT}).json()["id"]
    api.get("", params={"customer_last_name": SCRIPT, SCRIPT: SCRIPT})
    api.request("PATCH", f"{id}/", content=SCRIPT.encode(), headers={"Content-Type": SCRIPT.replace("\n", "")})
    page = opened(f"records?open={id}")
    expect(page.locator("#panel textarea[name=description]")).to_have_value(SCRIPT)
    page.locator("#panel summary", has_text="As the API answers it").click()
    expect(page.locator("#panel pre")).to_contain_text("<script>")
    page.locator("[data-search]").fill("<script>")
    expect(rows(page)).to_have_count(1)
    page.goto(page.url.split("#")[0] + "#journal")
    expect(page.get_by_text("undocumented-parameter").first).to_be_visible()

    assert page.locator("script").count() == 2
    assert [image.get_attribute("src") for image in page.locator("img").all()] == ["assets/icon.svg"]


def test_names_of_people_show_as_text(opened: Open, tmp_path: Path) -> None:
    """They come from a file that somebody made."""
    with mock("--size", "3") as url:
        world = httpx.get(f"{url}/_mock/export").json()
    for customer in world["customers"]:
        customer["first_name"] = SCRIPT
    file = tmp_path / "world.json"
    file.write_text(json.dumps(world), encoding="utf-8")
    with mock("--data", str(file)) as url:
        page = opened(f"records?open={world['cancellation_requests'][0]['id']}", base=url, session="default")
        expect(page.locator("#panel dd", has_text=SCRIPT).first).to_be_visible()


def test_the_journal_is_live_and_marks_what_the_client_did_wrong(opened: Open, api: httpx.Client) -> None:
    """The call appears, with what was wrong and what was sent."""
    page = opened("journal")
    expect(page.get_by_role("heading", name="Journal")).to_be_visible()
    api.get("", params={"status": "wating"})
    violation = page.get_by_text("unknown-enum").first
    expect(violation).to_be_visible()
    violation.click()

    expect(page.get_by_text("wating").first).to_be_visible()
    expect(page.locator("a[href='#journal'] .mark")).to_have_text("1")


def test_coverage_grows_with_the_calls(opened: Open, api: httpx.Client) -> None:
    """Operations, statuses, parameters."""
    api.get("", params={"limit": 3})
    page = opened("coverage")
    expect(page.get_by_text("of 9")).to_be_visible()
    expect(page.locator("main")).to_contain_text("1 of 9")
    api.post("1/reject/")

    expect(page.locator("main")).to_contain_text("2 of 9")


def test_a_fault_that_is_added_on_the_page_strikes(opened: Open, api: httpx.Client) -> None:
    """And no longer when it is removed there."""
    page = opened("faults")
    page.get_by_label("Kind").select_option("status")
    page.get_by_role("button", name="Add fault").click()
    expect(page.get_by_text("every operation · all calls")).to_be_visible()
    assert api.get("1/").status_code >= 429
    page.get_by_role("button", name="Remove fault").click()
    expect(page.get_by_text("every operation · all calls")).to_have_count(0)

    assert api.get("1/").status_code == 200


def test_the_clock_stands_still_when_it_is_frozen_on_the_page(opened: Open, api: httpx.Client) -> None:
    """Two records get one date."""
    page = opened("clock")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("button", name="Release")).to_be_visible()
    made = [api.post("", json=NEW).json()["created_date"] for _ in range(2)]

    assert made[0] == made[1]


def test_a_snapshot_brings_the_records_back(opened: Open, api: httpx.Client) -> None:
    """Saved and restored on the page, its name as it was written."""
    page = opened("snapshots")
    page.get_by_placeholder("before-the-sale").fill("before-delete")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="before-delete", exact=True)).to_be_visible()
    assert page.get_by_role("heading", name="before-delete").inner_text() == "before-delete"
    api.delete("1/")
    page.get_by_role("button", name="Restore").click()
    confirm = page.get_by_role("dialog").get_by_role("button", name="Restore")
    if confirm.count():
        confirm.click()
    page.goto(page.url.split("#")[0] + "#records")
    expect(page.get_by_text("120 cancellation requests")).to_be_visible()

    assert api.get("1/").status_code == 200


def test_the_page_is_usable_by_keyboard_alone(opened: Open, api: httpx.Client) -> None:
    """Search, move, open, reject, close, and on to another view."""
    page = opened()
    expect(rows(page)).to_have_count(50)
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.press("Tab")
    rows(page).first.focus()
    page.keyboard.press("ArrowDown")
    second = rows(page).nth(1)
    expect(second).to_be_focused()
    id = int(second.get_attribute("data-row"))
    page.keyboard.press("Enter")
    expect(page.locator("#panel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_have_count(0)
    expect(second).to_be_focused()
    page.keyboard.press("r")
    expect(second.locator(".status")).to_have_text("rejected")
    page.keyboard.press("2")
    expect(page.get_by_role("heading", name="Journal")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)

    assert id > 0


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_on_a_narrow_screen(opened: Open, api: httpx.Client, view: str, scheme: str) -> None:
    """No view is wider than a phone, and the colours are those that the system asks for."""
    api.get("", params={"status": "wating"})
    page = opened(view, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    expect(page.get_by_role("heading", level=1).or_(page.get_by_role("heading", level=2)).first).to_be_visible()

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    light = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3).every(n => n > 128)"
    )
    assert light is (scheme == "light")


@pytest.mark.parametrize("width", [380, 1280])
def test_a_long_status_and_a_long_name_push_nothing_away(
    opened: Open, control: httpx.Client, session: str, width: int
) -> None:
    """The title of the open record stays readable, sessions keep their buttons in sight, the map shows every status."""
    screen = {"width": width, "height": 800}
    id = control.post("records", json={"status": "waiting_approval"}).json()["base"]["id"]
    control.post("sessions", json={"name": f"{session}-".ljust(64, "b")})
    panel = opened(f"records?open={id}", viewport=screen).locator("#panel > header")
    expect(panel.get_by_role("heading")).to_be_visible()
    title, mark = panel.locator("h2").bounding_box(), panel.locator(".status").bounding_box()
    page = opened("sessions", viewport=screen)
    name = page.get_by_role("rowheader", name="bbb").first
    expect(name).to_be_visible()
    listed = opened("coverage", viewport=screen).locator(".map .parameters ul").first
    expect(listed).to_be_visible()
    parameters = listed.bounding_box()

    assert mark is None or title["x"] + title["width"] <= mark["x"]
    assert name.bounding_box()["width"] <= width / 2
    assert parameters["x"] + parameters["width"] <= width
    if width == 1280:
        for view in ("sessions", "coverage"):
            table = opened(view, viewport=screen).locator(".scroll").first
            expect(table).to_be_visible()
            assert table.evaluate("each => each.scrollWidth - each.clientWidth") == 0


def test_a_control_token_is_asked_for(opened: Open) -> None:
    """The page opens without it, and shows nothing until it is right."""
    with mock("--size", "5", "--host", "0.0.0.0", "--control-token", "open-sesame") as url:
        page = opened(base=url, session="default")
        field = page.locator("input[type=password]")
        expect(field).to_be_visible()
        assert rows(page).count() == 0
        field.fill("open-sesame")
        page.keyboard.press("Enter")
        expect(rows(page)).to_have_count(5)


def test_the_page_stays_under_the_sub_path_of_a_proxy(opened: Open) -> None:
    """Nothing is asked for beside it, and the address that it shows is the proxy's; so is that of the docs page."""
    with mock("--size", "5", "--root-path", "/team/mock", "--control-token", "open-sesame") as url:
        page = opened(base=f"{url}/team/mock", session="default")
        page.locator("input[type=password]").fill("open-sesame")
        page.keyboard.press("Enter")
        expect(rows(page)).to_have_count(5)
        expect(page.get_by_text(f"{url}/team/mock", exact=True)).to_be_visible()
        page.goto(f"{url}/team/mock")
        expect(page.locator(".servers option")).to_have_text(f"{url}/team/mock")


def test_a_page_number_being_typed_outlives_news(opened: Open, api: httpx.Client) -> None:
    """A call that comes in meanwhile draws the list again, and leaves the field alone."""
    page = opened()
    expect(rows(page)).to_have_count(50)
    page.get_by_label("Page", exact=True).fill("2")
    api.post("", json=NEW)
    expect(page.get_by_text("121 cancellation requests")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page.get_by_text("51–100 of 121")).to_be_visible()


def test_a_hundred_thousand_records_are_searched_on_the_server(opened: Open) -> None:
    """The page holds one page of them."""
    with mock("--size", "100000", "--no-cache") as url:
        page = opened(base=url, session="default")
        expect(page.get_by_text("100,000 cancellation requests")).to_be_visible()
        expect(rows(page)).to_have_count(50)
        page.get_by_label("Page", exact=True).fill("2000")
        page.keyboard.press("Enter")
        expect(rows(page).last).to_have_attribute("data-row", "1")
        page.locator("[data-search]").fill("99999")
        expect(page.locator("#row-99999")).to_be_visible()


def test_an_empty_journal_names_the_address_that_leads_into_its_session(
    opened: Open, url: str, session: str, api: httpx.Client
) -> None:
    """Whoever follows what it says sees the call appear, with the query as it was meant."""
    page = opened("journal")
    root = page.locator(".empty code")
    expect(root).to_have_text(f"{url}/s/{session}")
    httpx.get(f"{root.text_content()}/api/channel/5/cancellation_requests/?sku=a%26b&number=c+d", headers=HEADERS)
    line = page.locator(".call [data-row]")
    expect(line).to_have_count(1)
    line.click()

    assert page.locator(".query span").all_text_contents() == ["sku=a&b", "number=c d"]
