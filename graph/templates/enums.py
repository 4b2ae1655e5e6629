"""Enumerations of templates, described to the schema before any type or input uses them."""

import strawberry

from domain.templates.models import Healing, RunMode, TestKind
from domain.templates.repository import TemplateOrder

__all__ = ["Healing", "RunMode", "TemplateOrder", "TestKind"]

strawberry.enum(TestKind, name="TestKind", description="Who carries a test out.")
strawberry.enum(
    Healing,
    name="Healing",
    description="What a browser test does when an element has changed. HEAL: it uses the one that it "
    "recognises, and remembers it so. SUGGEST: it proposes that to a person, and does not use it. "
    "OFF: neither.",
)
strawberry.enum(
    RunMode, name="RunMode", description="Whether the tests of a scenario wait for each other."
)
strawberry.enum(
    TemplateOrder, name="TemplateOrderField", description="What templates are sorted by."
)
