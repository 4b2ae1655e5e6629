"""What a person may do: the names of all permissions, and the groups a new workspace starts with.

The table `permissions` holds the same names and meanings; migrations fill it, a test compares.
"""

PERMISSIONS: dict[str, str] = {
    "account.self": "See the own account and sign out; everybody who is signed in holds it.",
    "workspace.read": "See the workspace, its people and what its tests may reach.",
    "workspace.edit": "Change the workspace and the hosts its tests may reach.",
    "template.read": "See test and scenario templates.",
    "template.edit": "Create, change and delete test and scenario templates.",
    "mission.read": "See missions, their scenarios and tests.",
    "mission.edit": "Create, change and delete missions.",
    "mission.run": "Start missions and run their failed tests again.",
    "execution.read": "See executions, their steps and their events.",
    "execution.cancel": "Cancel executions.",
    "execution.replay": "Run an execution again that was given up.",
    "execution.record": "Record the result of a test that a person carried out.",
    "evidence.read": "See and download evidence.",
    "evidence.add": "Add evidence.",
    "element.read": "See remembered elements and why they were chosen.",
    "element.edit": "Correct and forget remembered elements.",
}

EVERYBODY = frozenset({"account.self"})
"""Held by whoever is signed in, in a group or not."""

ADMIN = frozenset(PERMISSIONS)
EDITOR = ADMIN - {"workspace.edit"}
VIEWER = frozenset(name for name in PERMISSIONS if name.endswith(".read")) | EVERYBODY
EXECUTOR = VIEWER | {
    "mission.run",
    "execution.cancel",
    "execution.replay",
    "execution.record",
    "evidence.add",
}

PRESET_GROUPS: dict[str, frozenset[str]] = {
    "admin": ADMIN,
    "editor": EDITOR,
    "viewer": VIEWER,
    "executor": EXECUTOR,
}
