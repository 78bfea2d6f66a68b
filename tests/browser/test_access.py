"""What holds for every kind of page: no serious fault of accessibility, small, readable without scripts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

# One page of each kind.
PAGES = [
    "/",
    "/search?q=saiga",
    "/id/taxon/saiga",
    "/id/activity/wp-2026-2032/12.6",
    "/id/region/altai",
    "/id/state/KAZ",
    "/sparql",
    "/programme",
    "/pictures",
    "/pictures/map",
    "/pictures/matrix",
    "/pictures/timeline",
    "/pictures/names",
    "/pictures/lineage",
    "/queries",
    "/queries/activities-by-target",
    "/reference",
    "/reference/dictionary",
    "/reference/shapes",
    "/reference/api",
    "/reference/cite",
    "/reference/licence",
    "/ontology",
    "/shapes",
    "/dumps/",
]
IN_EVERY_VIEW = ["/", "/id/taxon/saiga", "/programme", "/pictures/map", "/sparql"]
STANDARD = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WHOLE = {"runOnly": {"type": "tag", "values": STANDARD}, "resultTypes": ["violations"]}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
FIRST_VIEW = (
    150_000  # bytes sent for a page and all that it loads, as a client with Brotli gets them
)
VIEWS = [
    ((1600, 900), "light", WHOLE),
    ((360, 740), "light", WHOLE),
    ((360, 740), "dark", COLOURS),
    ((1600, 900), "dark", COLOURS),
]


# An element goes when one before it beside it is of its kind, and three were kept of each kind of element
# in it: a rule of axe-core that holds for three of a kind holds for the ninetieth, and axe's time grows
# faster than their number. Of a kind are those with the same path of tags, classes, colours and roles,
# and with text, children and attributes alike. Cells stay with their row, for the width of columns.
# What depends on all of a page (its ids, its width) is looked at before.
THIN = """() => {
    const told = ["class", "role", "type", "style", "fill", "stroke", "lang", "tabindex"];
    const kinds = new Map(), kept = new Map();
    const name = (one) => {
        const text = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
        const has = [...one.attributes].map(({name, value}) => told.includes(name) ? `${name}=${value}` : name);
        kinds.set(one, `${kinds.get(one.parentNode)}/${one.tagName} ${has.sort()} ${text} ${one.children.length > 0}`);
    };
    const known = (one) => kept.get(kinds.get(one)) >= 3;
    const thin = (parent) => {
        const beside = new Set();
        for (const one of [...parent.children]) {
            const kind = kinds.get(one);
            if (parent.tagName !== "TR" && beside.has(kind) && [one, ...one.querySelectorAll("*")].every(known)) {
                one.remove();
                continue;
            }
            beside.add(kind);
            kept.set(kind, (kept.get(kind) ?? 0) + 1);
            thin(one);
        }
    };
    const main = document.querySelector("main");
    main.querySelectorAll("*").forEach(name);
    thin(main);
}"""
SPILT = """() => [...document.querySelectorAll("main table, main pre, main dd, main svg")]
    .filter((one) => !one.closest("svg svg, .cm-editor, .help"))
    .filter((one) => {
        const frame = one.parentElement.getBoundingClientRect();
        const moves = ["auto", "scroll", "hidden"].includes(getComputedStyle(one.parentElement).overflowX);
        return frame.width > 1 && !moves && one.getBoundingClientRect().right > frame.right + 1;
    })
    .map((one) => one.outerHTML.slice(0, 200))"""
IDS = """() => {
    const ids = [...document.querySelectorAll("[id]")].map((one) => one.id);
    const led = ["for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "headers"].flatMap((name) =>
        [...document.querySelectorAll(`[${name}]`)].flatMap((one) => one.getAttribute(name).split(/\\s+/)));
    const linked = [...document.querySelectorAll('a[href^="#"]')].map((one) => decodeURIComponent(one.getAttribute("href").slice(1)));
    const twice = ids.filter((one, at) => ids.indexOf(one) < at);
    return [twice, [...led, ...linked].filter((one) => one && !ids.includes(one))];
}"""


def faults(page: Any, options: dict[str, Any]) -> list[str]:
    """What axe-core finds that is serious or critical, each with its first place."""
    found = Axe().run(page, options=options).response
    assert found["testEngine"]["name"] == "axe-core"
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:200]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_small_and_axe_finds_nothing_serious_in_it(visit: Any, path: str) -> None:
    """Bytes on the wire, heads included, as the browser's own network stack counts them."""
    sent: list[float] = []
    session = visit.page.context.new_cdp_session(visit.page)
    session.send("Network.enable")
    session.on("Network.loadingFinished", lambda one: sent.append(one["encodedDataLength"]))
    page = visit.open(path)
    page.wait_for_load_state("networkidle")
    assert 0 < sum(sent) < FIRST_VIEW * (2 if path == "/sparql" else 1)
    assert page.evaluate(IDS) == [[], []], "ids that are there twice, and ids that are not there"
    for width in (1600, 1024, 768, 360, 320):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{wide} px wide at {width}"
        assert page.evaluate(SPILT) == [], f"runs over what is beside it at {width}"
    page.evaluate(THIN)
    for (width, height), scheme, options in VIEWS if path in IN_EVERY_VIEW else VIEWS[1:3]:
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme=scheme)
        assert faults(page, options) == [], (width, scheme)


def test_axe_would_find_a_fault(visit: Any) -> None:
    page = visit.open("/")
    page.evaluate("document.querySelector('label[for=q]').remove()")
    page.evaluate("document.getElementById('q').removeAttribute('placeholder')")
    page.evaluate("document.querySelector('.lead').style.color = '#ccc'")
    page.emulate_media(color_scheme="light")
    named = {one.partition(" ")[0] for one in faults(page, WHOLE)}
    assert {"label", "color-contrast"} <= named


def test_a_fault_in_the_last_of_many_that_are_alike_is_found(visit: Any) -> None:
    page = visit.open("/reference/dictionary")
    before = page.evaluate("document.querySelectorAll('*').length")
    last = page.locator("main table").last.locator("tr").last
    last.evaluate("one => one.lastElementChild.append(document.createElement('img'))")
    page.evaluate(THIN)
    assert page.evaluate("document.querySelectorAll('*').length") < before / 5
    assert [one.partition(" ")[0] for one in faults(page, WHOLE)] == ["image-alt"]


def test_axe_finds_nothing_serious_in_an_answer_of_the_editor(visit: Any) -> None:
    page = visit.open("/sparql")
    page.get_by_role("button", name="Run").click()
    page.get_by_text("Chart: ").click()
    expect(page.locator(".chart svg")).to_be_visible()
    page.get_by_role("textbox", name="Query").click()
    page.keyboard.type(" cami:con")
    expect(page.get_by_role("option").first).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert faults(page, WHOLE) == []


def test_every_page_can_be_read_without_scripts(
    visitor: Callable[..., AbstractContextManager[Any]],
) -> None:
    with visitor(java_script_enabled=False, width=360) as visit:
        for path in PAGES:
            page = visit.open(path)
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            assert len(page.locator("main").inner_text()) > 100, path


def test_without_scripts_a_search_ends_with_a_file(
    visitor: Callable[..., AbstractContextManager[Any]],
) -> None:
    with visitor(java_script_enabled=False) as visit:
        page = visit.open("/")
        page.get_by_label("Search", exact=True).fill("saiga")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Saiga antelope").first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Saiga")
        text = visit.download(page.get_by_role("link", name="All as CSV").first)
        assert len(text.splitlines()) > 1


def test_by_keyboard_alone_from_landing_to_a_file(visit: Any) -> None:
    page = visit.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('href')") == "#main"
    page.keyboard.press("Enter")
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("snow leo")
    expect(page.get_by_role("option").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Snow leopard")
    link = page.get_by_role("link", name="All as CSV").first
    for _ in range(120):
        page.keyboard.press("Tab")
        if link.evaluate("one => one === document.activeElement"):
            break
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    assert waiting.value.path().read_text(encoding="utf-8").count("\n") > 1
