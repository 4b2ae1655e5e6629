"""Enumerations of templates, described to the schema before any type or input uses them."""

import strawberry

from domain.templates.models import RunMode, TestKind
from domain.templates.repository import TemplateOrder

__all__ = ["RunMode", "TemplateOrder", "TestKind"]

strawberry.enum(TestKind, name="TestKind", description="Who carries a test out.")
strawberry.enum(
    RunMode, name="RunMode", description="Whether the tests of a scenario wait for each other."
)
strawberry.enum(
    TemplateOrder, name="TemplateOrderField", description="What templates are sorted by."
)
