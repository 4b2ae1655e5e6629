"""Titles of steps and sentences of failures, from what Playwright says."""

import pytest

from workers.browser.job import Json
from workers.browser.sentences import (
    describe_failure,
    explain_element_error,
    explain_expectation,
    explain_navigation_error,
    explain_start_error,
    name_step,
    shorten_quotes,
)

pytestmark = pytest.mark.unit

POINTED = 'the selector "#a"'


def log(*lines: str) -> str:
    """A time-out of a click, with what Playwright adds to it."""
    return "\n".join(("Locator.click: Timeout 500ms exceeded.", "Call log:", *lines))


@pytest.mark.parametrize(
    ("step", "title"),
    [
        ({"kind": "goto", "url": "/{{user}}"}, 'goto "/anna"'),
        ({"kind": "fill", "selector": "#a", "value": "{{word}}"}, 'fill "#a" with "{{word}}"'),
        ({"kind": "check", "target": "Staff", "checked": False}, 'uncheck "Staff"'),
        ({"kind": "select", "selector": "#a", "label": ["x", "y"]}, 'select "#a" with "x", "y"'),
        ({"kind": "expect_count", "selector": "tr", "count": 3}, 'expect count "tr" is "3"'),
        ({"kind": "wait_for", "selector": "#a", "state": "hidden"}, 'wait for "#a" to be "hidden"'),
        ({"kind": "click", "selector": "#a", "title": "Save {{user}}"}, "Save anna"),
        ({"kind": "act", "instruction": "x" * 200}, f'act "{"x" * 119}…"'),
        ({"kind": "click", "selector": '[name="q"]'}, 'click “[name="q"]”'),
        ({"kind": "click", "selector": '"' + "x" * 200}, f'click “"{"x" * 118}…”'),
        ({"kind": "goto", "url": "/gone", "status": 404}, 'goto "/gone" answered with "404"'),
    ],
)
def test_a_title_says_what_the_step_does(step: Json, title: str) -> None:
    assert shorten_quotes(name_step(step, {"user": "anna"})) == title


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (log('  - waiting for locator("#a")'), f"nothing on the page matches {POINTED} (waited"),
        (
            log("  - locator resolved to <b>", "  - element is not enabled"),
            f"what {POINTED} matches is disabled",
        ),
        (
            log("  - element is not enabled", "  - element is not stable"),
            f"what {POINTED} matches does not stop moving",
        ),
        (
            log("  - resolved to <b>", '  - <div class="veil"></div> intercepts pointer events'),
            f'what {POINTED} matches is covered by <div class="veil"></div>',
        ),
        (
            "ElementHandle.click: Element is not attached to the DOM\nCall log:\n"
            "  - <html>…</html> intercepts pointer events",
            f"what {POINTED} matches vanished when it was about to be used",
        ),
        (
            "ElementHandle.click: Frame has been detached.\n  - element is not enabled",
            f"what {POINTED} matches vanished when it was about to be used",
        ),
        (
            log("  - locator resolved to <b>", "  - performing click action"),
            f"the page did not answer after the step reached {POINTED}",
        ),
        (
            'Error: strict mode violation: locator(".b") resolved to 2 elements:\n 1) <b>',
            f"{POINTED} matches 2 elements, and this step needs exactly one",
        ),
        (
            'Locator.click: Unexpected token "#" while parsing css selector "##x".',
            f"{POINTED} cannot be read",
        ),
        (
            "Locator.fill: Error: Element is not an <input>, <textarea>",
            f"what {POINTED} matches is not an <input>, <textarea>",
        ),
        ('Keyboard.press: Unknown key: "Nokey"', 'Unknown key: "Nokey" (waited'),
        ("", "the browser gave no reason"),
    ],
)
def test_an_element_error_becomes_a_reason(message: str, reason: str) -> None:
    assert reason in explain_element_error(message, POINTED, 0.5)


def test_what_was_found_is_not_said_to_be_missing() -> None:
    message = "ElementHandle.select_option: Timeout 500ms exceeded."
    reason = explain_element_error(message, POINTED, 0.5, was_found=True)
    assert reason == f"the page did not answer when {POINTED} was used (waited 0.5 s)"


def test_an_expectation_says_what_was_and_what_should_have_been() -> None:
    message = "Locator expected to have count '3'\nActual value: 2 \nCall log:\n"
    assert explain_expectation(message, "counting", "3", 1.0) == (
        'counting gives "2", expected 3 (waited 1.0 s)'
    )


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        ("Page.goto: net::ERR_EMPTY_RESPONSE at http://a/", "closed the connection without"),
        ("Page.goto: net::ERR_STRANGE at http://a/", "the browser says ERR_STRANGE"),
        ("Page.goto: Timeout 500ms exceeded.", "did not finish loading (waited 0.5 s)"),
        ("Page.goto: Download is starting", "is a download, not a page"),
    ],
)
def test_a_navigation_error_becomes_a_reason(message: str, reason: str) -> None:
    assert reason in explain_navigation_error(message, "http://a/", 0.5)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("... No usable sandbox! Update your kernel", "could not start its sandbox"),
        ("--no-sandbox\nTarget page has been closed", "could not start: --no-sandbox"),
        ("[1:FATAL:chrome/x.cc:315] Socket path too long: /x.", "Socket path too long: /x."),
    ],
)
def test_a_start_error_says_what_to_do(message: str, sentence: str) -> None:
    assert sentence in explain_start_error(message)


def test_a_failure_is_one_short_sentence() -> None:
    assert describe_failure(3, 'click "#a"', "it is gone.") == 'Step 3 (click "#a"): it is gone.'
    assert len(describe_failure(1, "x", "y" * 10_000)) < 600
