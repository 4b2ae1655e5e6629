"""Puts a prompt, what is asked for and the page into messages; nothing on the page can leave its place."""

import json
from collections.abc import Mapping

from workers.browser.llm.outline import Outline
from workers.browser.llm.prompts import Prompt

Message = Mapping[str, str]


def compose(prompt: Prompt, asked: Mapping[str, object], outline: Outline) -> list[Message]:
    """The messages of one request.

    Args:
        asked: What stands before the page, by the name of its mark.
    """
    parts = [f"<{mark}>{_write(value)}</{mark}>" for mark, value in asked.items()]
    parts.append(f"<page>\n{outline.text}\n</page>")
    if outline.cut:
        parts.append(f"Not all of the page is shown: {outline.cut}.")
    return [
        {"role": "system", "content": prompt.text},
        {"role": "user", "content": "\n".join(parts)},
    ]


def _write(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
