"""Enumerations of missions, described to the schema before any type or input uses them."""

import strawberry

from domain.missions.progress import ProgressKind
from domain.missions.repository import MissionOrder

__all__ = ["MissionOrder", "ProgressKind"]

strawberry.enum(MissionOrder, name="MissionOrderField", description="What missions are sorted by.")
strawberry.enum(
    ProgressKind,
    name="MissionProgressKind",
    description="What happened to the run, or to one of its tests.",
)
