"""Remembered elements and the decisions taken about them."""

from domain.elements.models import Element, ElementDecision, ElementVersion
from domain.executions.models import Execution
from domain.shared.database import Session
from domain.shared.ids import new_id
from tests.factories.workspaces import Tenant

LIKE = {"structural": 96.0, "visual": 91.5, "behavioural": 100.0, "context": 88.0}


async def add_element(session: Session, tenant: Tenant, **changes: object) -> Element:
    """A remembered element; a Save button unless told otherwise."""
    element_id = new_id()
    values: dict[str, object] = {
        "id": element_id,
        "workspace_id": tenant.workspace_id,
        "scope_id": new_id(),
        "key": element_id.hex,
        "step_key": "step",
        "description": "click the Save button",
        "url_pattern": "/admin/auth/user/*/change/",
        "remembered": {"selectors": [{"kind": "css", "value": "input[name=_save]", "hosts": []}]},
        **changes,
    }
    element = Element(**values)
    session.add(element)
    await session.flush()
    return element


async def add_version(
    session: Session, element: Element, version: int = 1, **changes: object
) -> ElementVersion:
    """A row of an element's history, with what the element looks like now unless told otherwise."""
    values: dict[str, object] = {
        "id": new_id(),
        "workspace_id": element.workspace_id,
        "element_id": element.id,
        "version": version,
        "parent": version - 1 or None,
        "reason": element.reason or "learned",
        "status": element.status or "active",
        "remembered": element.remembered,
        "changes": {},
        **changes,
    }
    row = ElementVersion(**values)
    session.add(row)
    await session.flush()
    return row


async def add_decision(
    session: Session, execution: Execution, decision: str = "hit", **changes: object
) -> ElementDecision:
    """A decision of an execution's current attempt."""
    values: dict[str, object] = {
        "workspace_id": execution.workspace_id,
        "execution_id": execution.id,
        "attempt": execution.attempt,
        "step_index": 0,
        "decision": decision,
        "method": "cache" if decision.startswith("hit") else "heuristic",
        "score": 96.4,
        "runner_up": None,
        "layers": dict(LIKE),
        "candidates": [],
        "reason": "the stored selector leads to it",
        "milliseconds": 4.2,
        **changes,
    }
    row = ElementDecision(**values)
    session.add(row)
    await session.flush()
    return row
