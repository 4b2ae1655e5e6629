"""What a person may do: the names of all permissions, and the groups a new workspace starts with.

The table `permissions` holds the same names and meanings; migrations fill it, a test compares.
"""

PERMISSIONS: dict[str, str] = {
    "account.self": "See the own account and sign out; everybody who is signed in holds it.",
    "account.secure": "Change the own password, address, second factor, sessions and tokens.",
    "workspace.read": "See the workspace and what its tests may reach.",
    "workspace.edit": "Change the workspace and the hosts its tests may reach.",
    "workspace.own": "Hand the workspace on, delete and restore it; its owner alone holds it.",
    "member.read": "See who belongs to the workspace, and the groups with what they may do.",
    "member.edit": "Change the groups of people and remove people from the workspace.",
    "member.invite": "Invite people by mail, and see and take back invitations.",
    "group.edit": "Create, change and delete custom groups.",
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
    "audit.read": "See the audit log and take it along.",
}

SECURE = "account.secure"

EVERYBODY = frozenset({"account.self", SECURE})
"""Held by whoever is signed in, in a group or not; `account.secure` not by access tokens."""

SCRIPTS = frozenset({"account.self"})
"""Held by whoever comes with an access token, whatever its scopes."""

OWNER = frozenset({"workspace.own"})
"""Held by the owner of a workspace, in whatever groups; no group can hold it."""

GRANTABLE = frozenset(PERMISSIONS) - EVERYBODY - OWNER
"""What custom groups can hold."""

ADMIN = frozenset(PERMISSIONS) - OWNER - {SECURE}
MANAGING = frozenset({"member.edit", "member.invite", "group.edit"})
EDITOR = ADMIN - MANAGING - {"workspace.edit", "audit.read"}
VIEWER = frozenset(name for name in EDITOR if name.endswith(".read")) | {"account.self"}
EXECUTOR = VIEWER | {
    "mission.run",
    "execution.cancel",
    "execution.replay",
    "execution.record",
    "evidence.add",
}
RED = EXECUTOR | {"mission.edit"}
"""Plans the attack from the templates there are, and carries it out."""
BLUE = VIEWER | {"execution.record", "evidence.add"}
"""Writes down what was detected, with the evidence for it."""

PRESET_GROUPS: dict[str, frozenset[str]] = {
    "admin": ADMIN,
    "editor": EDITOR,
    "viewer": VIEWER,
    "executor": EXECUTOR,
    "red": RED,
    "blue": BLUE,
}
"""Every workspace has these, and they hold the same everywhere."""
