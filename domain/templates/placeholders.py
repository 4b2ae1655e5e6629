"""Where the value of a parameter stands in the texts of a step: `{{name}}`."""

import re
from collections.abc import Mapping
from typing import Final

PLACEHOLDER: Final = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_]{0,63})\s*\}\}")


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """The text with every ``{{name}}`` replaced once; what a value contains is not expanded again.

    Raises:
        KeyError: A placeholder has no value.
    """
    return PLACEHOLDER.sub(lambda match: values[match[1]], text)
