"""Which elements of two pages are taken for the same, and which for removed."""

import pytest

from benchmarks.elements.labels import Facts, choose, destination, find_removed, pair_elements

pytestmark = pytest.mark.unit


def link(path: str, text: str, href: str, region: str = "main") -> Facts:
    return Facts(path, "press", region, text=text, href=href)


def same(old: list[Facts], new: list[Facts]) -> list[tuple[str, str]]:
    pairs = pair_elements(old, new, "pages/forms/a.html", "forms/a.html")
    return [(before.path, after.path) for before, after in pairs]


@pytest.mark.parametrize(
    ("href", "page", "leads"),
    [
        ("../tables/data.html", "pages/forms/general.html", "tables/data"),
        ("./tables/data.html", "index.html", "tables/data"),
        ("read.html", "mailbox/inbox.html", "mailbox/read-mail"),
        ("https://Example.org/Docs/", "index.html", "//example.org/docs"),
        ("/admin/users/edit/2/", "user.html", "/admin/users/2/"),
        ("#", "index.html", ""),
        ("javascript:;", "index.html", ""),
    ],
)
def test_a_link_leads_to_a_page_wherever_its_version_keeps_it(
    href: str, page: str, leads: str
) -> None:
    assert destination(href, page) == leads


def test_links_are_the_same_that_lead_to_the_same_page_from_the_same_region() -> None:
    old = [link("/o1", "Data", "../tables/data.html"), link("/o2", "Sign out", "../out.html")]
    new = [link("/n1", "Leave", "../out.html"), link("/n2", "All data", "../tables/data.html")]
    assert same(old, new) == [("/o1", "/n2"), ("/o2", "/n1")]


def test_what_two_elements_share_tells_nothing() -> None:
    old = [link("/o1", "More", "#"), link("/o2", "More", "#")]
    assert same(old, [link("/n1", "More", "#")]) == []


def test_evidence_that_contradicts_itself_is_no_evidence() -> None:
    old = [Facts("/o1", "type", label="Mail", id="first")]
    new = [Facts("/n1", "type", label="Mail"), Facts("/n2", "type", label="Name", id="first")]
    assert same(old, new) == []


def test_a_widget_is_known_by_what_it_does_to_which_part() -> None:
    old = [Facts("/o", "press", heading="Sales", widget="collapse")]
    new = [Facts("/n", "press", heading="Sales", widget="card-collapse")]
    assert same(old, new) == [("/o", "/n")]


def test_hidden_elements_and_other_kinds_are_no_pair() -> None:
    old = [Facts("/o1", "press", text="Save", id="save"), Facts("/o2", "type", name="q")]
    new = [
        Facts("/n1", "press", text="Save", id="save", visible=False),
        Facts("/n2", "choose", name="q"),
    ]
    assert same(old, new) == []


def test_removed_is_only_what_nothing_resembles() -> None:
    old = [link("/o1", "Buy now", "#"), link("/o2", "Forums", "#"), link("/o3", "", "#")]
    new = [link("/n1", "Our forums", "#")]
    gone = find_removed(old, new, "a.html", "a.html")
    assert [one.path for one in gone] == ["/o1"]


def test_what_all_pages_have_is_tried_on_some_pages_only() -> None:
    old = [link("/o1", "Users", "users.html", "sidebar"), link("/o2", "Save all", "save.html")]
    new = [link("/n1", "Users", "users.html", "sidebar"), link("/n2", "Save all", "save.html")]
    pages = ("a.html", "a.html")
    assert [one.old_xpath for one in choose(old, new, pages, frame=False, most=9)] == ["/o2"]
    assert len(choose(old, new, pages, frame=True, most=9)) == 2
    assert len(choose(old, new, pages, frame=True, most=1)) == 1
