"""What an author chose is kept apart from what a framework made up."""

import pytest

from domain.elements.stability import (
    is_generated,
    is_transient_attribute,
    stable_classes,
    url_pattern,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "identifier",
    [
        ":r1:",
        "ember342",
        "radix-:r3:",
        "headlessui-menu-button-12",
        "mui-4051",
        "ext-gen12",
        "0190a2b4-7c1e-7d3a",
        "a1b2c3d4e5f6",
        "field-171234567",
    ],
)
def test_ids_of_frameworks_are_recognised(identifier: str) -> None:
    assert is_generated(identifier)


@pytest.mark.parametrize(
    "identifier", ["save", "id_username", "id_form-0-name", "result_list", "step2", "facebook"]
)
def test_ids_of_authors_are_kept(identifier: str) -> None:
    assert not is_generated(identifier)


def test_hashed_and_state_classes_are_dropped_and_module_hashes_cut_off() -> None:
    classes = ["btn", "css-1x2y3z", "is-open", "active", "Button_root__3fK2x", "sc-bdVaJa", "card"]

    assert stable_classes(classes) == ("Button_root", "btn", "card")


def test_tokens_and_states_are_no_stable_attributes() -> None:
    transient = ["data-csrf-token", "onclick", "aria-expanded", "style", "data-v-7ba5bd90"]
    stable = ["name", "href", "data-testid", "aria-label", "type"]

    assert all(map(is_transient_attribute, transient))
    assert not any(map(is_transient_attribute, stable))


@pytest.mark.parametrize(
    ("url", "pattern"),
    [
        ("http://127.0.0.1:8000/admin/auth/user/42/change/", "/admin/auth/user/*/change/"),
        ("https://x.test/", "/"),
        ("https://x.test", "/"),
        ("https://x.test/orders?page=2&sort=name", "/orders?page&sort"),
        ("https://x.test/app#/users/7/edit", "/app#/users/*/edit"),
        ("https://x.test/help#top", "/help"),
        ("https://x.test/d/0190a2b4-7c1e-7d3a-9f00-1234567890ab/x", "/d/*/x"),
        ("data:text/html,<p>", "data:"),
        ("about:blank", "about:"),
        ("https://x.test//orders", "/orders"),
        ("https://x.test/?a%3Db=1&c%26d=2", "/?a%3Db&c%26d"),
        ("https://x.test/app#/users?page=2&sort=name", "/app#/users?page&sort"),
        ("https://x.test/users/ada@example.com/edit", "/users/*/edit"),
        ("https://x.test/users/ada%40example.com", "/users/*"),
        ("https://x.test/call/+49 170 1234567", "/call/*"),
        ("https://x.test/verify/eyJhbGciOiJI.eyJzdWIiOi.abcDEF", "/verify/*"),
        ("https://x.test/unsubscribe?ada@example.com", "/unsubscribe?*"),
        ("http://[digits]:8100/shop/orders?_next=100", "/shop/orders?_next"),
        ("http://[email]/users/7", "/users/*"),
        ("http://[oops/users/7", "/users/*"),
    ],
)
def test_pages_are_named_without_origin_and_record(url: str, pattern: str) -> None:
    assert url_pattern(url) == pattern
    assert url_pattern(pattern) == pattern
