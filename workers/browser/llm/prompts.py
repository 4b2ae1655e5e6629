"""The prompts: files with a version in their name, so that a decision can say which it followed."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

PromptName = Literal["act", "observe", "extract"]

# The version in use; older files stay for the decisions that name them.
_VERSIONS: Final[dict[PromptName, int]] = {"act": 1, "observe": 1, "extract": 1}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the model is told before it sees the page."""

    name: PromptName
    version: int
    text: str

    @property
    def label(self) -> str:
        """Name and version, as they are recorded."""
        return f"{self.name}.v{self.version}"


@cache
def read_prompt(name: PromptName) -> Prompt:
    """The prompt in use for one purpose."""
    version = _VERSIONS[name]
    file = files(__package__).joinpath("prompts", f"{name}.v{version}.md")
    return Prompt(name, version, file.read_text(encoding="utf-8").strip())
