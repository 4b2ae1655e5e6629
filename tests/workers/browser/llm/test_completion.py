"""Reading what the API answers: documented shapes, and what else comes along."""

import pytest

from tests.workers.browser.llm.chat import completion
from workers.browser.llm.completion import read_completion, shorten_reason
from workers.browser.llm.errors import UnusableError

pytestmark = pytest.mark.unit

GOOD = {"a": 1}


@pytest.mark.parametrize(
    "content",
    [
        '{"a": 1}',
        ' \n{"a": 1}\n',
        '```json\n{"a": 1}\n```',
        'Here it is:\n```\n{"a": 1}\n```\nDone.',
        'I think {"a": 1} is right.',
    ],
)
def test_json_is_found_in_what_stands_around_it(content: str) -> None:
    assert read_completion(completion(content), 10).read_object() == GOOD


def test_content_may_be_a_list_of_parts() -> None:
    body = completion("")
    parts = [{"type": "text", "text": '{"a":'}, {"type": "text", "text": " 1}"}]
    body["choices"][0]["message"]["content"] = parts
    assert read_completion(body, 10).read_object() == GOOD


@pytest.mark.parametrize("content", ["", "[1]", "no", '{"a": ', '{"a": NaN}', "{" * 50_000])
def test_what_holds_no_object_is_refused(content: str) -> None:
    with pytest.raises(UnusableError, match="did not answer with JSON"):
        read_completion(completion(content), 10).read_object()


@pytest.mark.parametrize(
    "body", [None, [], {}, {"choices": []}, {"choices": [{}]}, {"choices": [{"message": 7}]}]
)
def test_another_shape_is_refused(body: object) -> None:
    with pytest.raises(UnusableError, match="cannot be read"):
        read_completion(body, 10)


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({"refusal": "I cannot do that."}, "declined"),
        ({"finish_reason": "content_filter"}, "declined"),
        ({"finish_reason": "length"}, "cut off"),
    ],
)
def test_an_answer_that_is_none_says_why(changes: dict[str, object], trouble: str) -> None:
    with pytest.raises(UnusableError, match=trouble):
        read_completion(completion("{}", **changes), 10).require_text()


@pytest.mark.parametrize(
    "usage",
    [None, {}, {"prompt_tokens": -1}, {"prompt_tokens": True}, {"prompt_tokens": 10**20}, [1]],
)
def test_tokens_that_nobody_counted_are_estimated(usage: object) -> None:
    body = {**completion("x" * 30), "usage": usage}
    read = read_completion(body, 77)
    assert (read.input_tokens, read.output_tokens) == (77, 10)


def test_a_reason_is_one_short_line() -> None:
    assert shorten_reason("a\n b\u202e\x07") == "a b"
    assert len(shorten_reason("x" * 900)) == 200
    assert shorten_reason(7) == ""
