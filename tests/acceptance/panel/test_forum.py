"""The forum: the owner writes, the agent reads and answers, and text stays text."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Dialog, Page, Route, expect
from sqlmodel import Session

from heartbeat.store import forum
from tests.acceptance.panel.browsing import Panel
from tests.integration.http.site import Site
from tests.support.ollama import decision

EVIL = "<img src=https://elsewhere.example/x onerror=alert(1)><script>alert(2)</script>"


def write(page: Page, title: str, content: str) -> int:
    """Write a post on the page; return its number."""
    page.get_by_role("button", name="Write a post").click()
    form = page.get_by_role("dialog", name="Write a post")
    form.get_by_label("Title").fill(title)
    form.get_by_label("Text").fill(content)
    form.get_by_role("button", name="Post", exact=True).click()
    expect(page.get_by_role("heading", name=title, level=1)).to_be_visible()
    return int(page.url.rsplit("/", 1)[1])


def post(site: Site, **fields: Any) -> int:
    body = {"board": "general", "title": "Tea", "content": "Which?", "author": "ana", **fields}
    return int(site.post("/api/forum/posts", body, 201)["id"])


def test_a_post_is_seen_by_the_next_beat(panel: Panel, site: Site) -> None:
    page = panel.go("/forum")
    number = write(page, "Which figs?", "The <black> ones,\nor the green?")
    expect(page.get_by_text("The <black> ones,\nor the green?")).to_be_visible()
    expect(page.get_by_role("heading", name="0 comments")).to_be_visible()

    thread = site.thread(every="1d")
    site.world.ollama.says(decision(action="comment", post_id=str(number), content="The <b>black</b> ones."))
    beat = site.post(f"/api/threads/{thread}/heartbeat/run-now")
    assert beat["status"] == "acted"
    assert "Which figs?" in site.world.ollama.prompts[-1]
    # Without a reload, as it was written, and marked.
    comment = page.get_by_role("article").filter(has_text="The <b>black</b> ones.")
    expect(comment).to_contain_text("agent")
    expect(page.get_by_role("heading", name="1 comment")).to_be_visible()
    panel.check_access()


def test_what_others_write_appears_by_itself(panel: Panel, site: Site) -> None:
    page = panel.go("/forum")
    expect(page.get_by_label("Board", exact=True)).to_be_visible()
    number = post(site, title="From elsewhere")
    page.get_by_role("link", name="From elsewhere").click()
    expect(page.get_by_role("heading", name="0 comments")).to_be_visible()
    site.post(f"/api/forum/posts/{number}/comments", {"content": "Just now.", "author": "bo"}, 201)
    expect(page.get_by_role("article").filter(has_text="Just now.")).to_be_visible()
    vote = {"target_type": "post", "target_id": number, "voter": "bo", "value": 1}
    site.post("/api/forum/votes", vote)
    expect(page.get_by_title("Score").first).to_have_text("1")


def test_text_is_never_html(panel: Panel, site: Site) -> None:
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    panel.page.on("dialog", dismiss)
    number = post(site, title=f"T {EVIL}"[:200], content=f"C {EVIL}", author="<b>eve</b>")
    site.post(f"/api/forum/posts/{number}/comments", {"content": f"R {EVIL}", "author": "<i>eve</i>"}, 201)
    page = panel.go("/forum")
    expect(page.get_by_role("link", name=f"T {EVIL}")).to_be_visible()
    expect(page.get_by_text(f"C {EVIL}")).to_be_visible()
    expect(page.get_by_text("<b>eve</b>", exact=True)).to_be_visible()
    page.get_by_role("link", name=f"T {EVIL}").click()
    expect(page.get_by_role("heading", name=f"T {EVIL}", level=1)).to_be_visible()
    expect(page.get_by_text(f"R {EVIL}")).to_be_visible()
    assert page.title() == f"T {EVIL} · Heartbeat"
    assert page.locator("main img, main script, main b, main i").count() == 0
    assert dialogs == []


def test_the_owner_comments_replies_and_votes(panel: Panel, site: Site) -> None:
    number = post(site)
    page = panel.go(f"/forum/posts/{number}")
    form = page.get_by_role("form", name="Write a comment")
    form.get_by_label("Comment").fill("Green.")
    name = form.get_by_label("Your name")
    expect(name).to_have_value("owner")
    name.fill("Heartbeat")
    form.get_by_role("button", name="Comment").click()
    # The agent's own name is refused by the service, in its sentence.
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("is the agent's own name; allowed: any other")).to_be_visible()
    name.fill("zoe")
    form.get_by_role("button", name="Comment").click()
    first = page.get_by_role("article").filter(has_text="Green.")
    expect(first).to_contain_text("zoe")

    first.get_by_role("button", name="Reply").click()
    reply = page.get_by_role("form", name="Reply to comment")
    expect(reply.get_by_label("Your name")).to_have_value("zoe")
    reply.get_by_label("Reply").fill("Or black.")
    reply.get_by_role("button", name="Reply").click()
    replies = page.get_by_role("list", name="Replies to comment").get_by_role("article")
    expect(replies).to_contain_text("Or black.")
    found = site.get(f"/api/forum/posts/{number}/comments")["items"]
    assert [(each["author"], each["parent_comment_id"]) for each in found] == [
        ("zoe", None),
        ("zoe", found[0]["id"]),
    ]

    up = page.get_by_role("button", name=f"Vote up: post {number}", exact=True)
    up.click()
    expect(up).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(up).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name=f"Vote down: post {number}", exact=True).click()
    expect(up).to_have_attribute("aria-pressed", "false")
    assert site.get(f"/api/forum/posts/{number}", voter="zoe")["vote"] == -1


def test_what_is_typed_outlives_another_name(panel: Panel, site: Site) -> None:
    number = post(site)
    held: list[Route] = []
    may_come: list[bool] = []

    def hold(route: Route) -> None:
        if may_come:
            route.continue_()
        else:
            held.append(route)

    page = panel.go(f"/forum/posts/{number}")
    form = page.get_by_role("form", name="Write a comment")
    form.get_by_label("Your name").fill("ida")
    # The votes of another name are fetched anew, and the answers to that come late.
    page.route(re.compile(r"voter=ida"), hold)
    form.get_by_label("Comment").fill("Green.")
    form.get_by_role("button", name="Comment").click()
    first = page.get_by_role("article").filter(has_text="Green.")
    first.get_by_role("button", name="Reply").click()
    reply = page.get_by_role("form", name="Reply to comment").get_by_label("Reply")
    reply.fill("Or black.")
    form.get_by_label("Comment").fill("Or white.")
    while len(held) < 2:
        page.wait_for_timeout(20)
    site.post(f"/api/forum/posts/{number}/comments", {"content": "Just now.", "author": "bo"}, 201)
    may_come.append(True)
    for each in held:
        each.continue_()
    expect(page.get_by_role("article").filter(has_text="Just now.")).to_be_visible()
    expect(reply).to_have_value("Or black.")
    expect(form.get_by_label("Comment")).to_have_value("Or white.")


def test_boards_and_orders(panel: Panel, site: Site) -> None:
    page = panel.go("/forum")
    page.get_by_role("button", name="Create a board").click()
    form = page.get_by_role("dialog", name="Create a board")
    form.get_by_label("Name").fill("My Garden")
    form.get_by_role("button", name="Create").click()
    said = site.refused(422, "POST", "/api/forum/boards", json={"id": "My Garden"})["detail"]
    expect(form.get_by_text(said)).to_be_visible()
    form.get_by_label("Name").fill("garden")
    form.get_by_label("Title").fill("The garden")
    form.get_by_role("button", name="Create").click()
    expect(page).to_have_url(f"{site.url}/forum?board=garden")
    expect(page.get_by_text("Nothing is written here yet")).to_be_visible()

    old, new = post(site, board="garden", title="Older"), post(site, board="garden", title="Newer")
    site.post("/api/forum/votes", {"target_type": "post", "target_id": old, "voter": "bo", "value": 1})
    page.reload()
    titles = page.get_by_role("list", name="Posts").get_by_role("heading")
    expect(titles).to_have_text(["Newer", "Older"])
    page.get_by_text("top", exact=True).click()
    expect(titles).to_have_text(["Older", "Newer"])
    assert page.url.endswith("/forum?board=garden&sort=top")
    page.get_by_text("hot", exact=True).click()
    expect(titles).to_have_text(["Older", "Newer"])
    panel.check_access()
    assert new > old


def test_a_comment_is_found_by_its_number(panel: Panel, site: Site) -> None:
    number = post(site, title="Long talk")
    now = site.world.clock()

    def talk(session: Session) -> int:
        first, *_ = [
            forum.add_comment(session, number, content=f"Remark {each}", author="cy", now=now)
            for each in range(206)
        ]
        return first.id or 0

    first = site.world.store.write(talk)
    page = panel.go(f"/forum/comments/{first}")
    expect(page.get_by_role("heading", name="Long talk", level=1)).to_be_visible()
    expect(page.get_by_role("article", name=f"Comment {first}", exact=True)).to_be_in_viewport()
    expect(page).to_have_url(f"{site.url}/forum/posts/{number}?comment={first}")
