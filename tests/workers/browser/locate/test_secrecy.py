"""What must never be learned, logged or put into a decision."""

import json

import pytest

from tests.workers.browser.locate.conftest import Show, find

pytestmark = pytest.mark.integration

PAGE = (
    "<h1>Hello anna@example.org</h1><p>IBAN 1234 5678 9012 3456, key hunter2-is-secret</p>"
    "<form><input type='hidden' name='csrfmiddlewaretoken' value='abcDEF1234567890abcDEF1234567890'>"
    "<label>Password <input type='password' value='typed-pass'></label>"
    "<label>Mail <input value='typed-mail'></label>"
    "<textarea aria-label='Notes'>typed-note</textarea>"
    "<button data-token='abcDEF1234567890abcDEF1234567890'>Send to anna@example.org</button></form>"
)
PRIVATE = (
    "anna@",
    "example.org",
    "1234 5678",
    "hunter2",
    "typed-pass",
    "typed-mail",
    "typed-note",
    "abcDEF1234567890",
)


@pytest.mark.parametrize(
    "instruction",
    [
        "fill Password with new-pass",
        "fill Mail with x",
        "fill Notes with x",
        "click Send to anna@example.org",
    ],
)
async def test_nothing_private_is_learned_or_logged(show: Show, instruction: str) -> None:
    page = await show(PAGE)
    await page.fill("[type=password]", "typed-pass-later")

    resolution = await find(page, instruction, secrets=("hunter2-is-secret", "new-pass"))

    assert resolution.learned is not None
    kept = json.dumps([resolution.learned.to_json(), dict(resolution.decision)], ensure_ascii=False)
    leaked = [text for text in (*PRIVATE, "new-pass", "typed-pass-later") if text in kept]
    assert [text for text in leaked if text not in str(resolution.decision["reason"])] == []
    assert "anna@" not in json.dumps(resolution.learned.to_json())


async def test_the_reason_of_a_decision_is_masked_too(show: Show) -> None:
    resolution = await find(await show(PAGE), "click Send to anna@example.org")

    assert "anna@" not in json.dumps(dict(resolution.decision), ensure_ascii=False)
