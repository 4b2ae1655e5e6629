"""What every field of the schema needs. A field that is not decided here fails a test.

Beside the permission a field may be open to everybody, or need nothing that the object it belongs
to did not need already.
"""

from collections.abc import Mapping

OPEN = None
"""Everybody may, signed in or not."""
LIKE_ITS_OBJECT = "like its object"
SELF, SECURE = "account.self", "account.secure"

QUERIES: Mapping[str, str | None] = {
    "me": SELF,
    "viewer": SELF,
    "registration": OPEN,
    "rateLimit": OPEN,
    "members": "member.read",
    "groups": "member.read",
    "invitations": "member.invite",
    "node": "mission.read",  # the sample id is a mission's; what the others need is in NODES
    "testTemplate": "template.read",
    "testTemplates": "template.read",
    "scenarioTemplate": "template.read",
    "scenarioTemplates": "template.read",
    "mission": "mission.read",
    "missions": "mission.read",
    "execution": "execution.read",
    "executions": "execution.read",
    "element": "element.read",
    "elements": "element.read",
    "elementDecisions": "element.read",
    "elementStatistics": "element.read",
    "auditEntries": "audit.read",
}
SUBSCRIPTIONS: Mapping[str, str | None] = {
    "executionEvents": "execution.read",
    "elementDecisions": "element.read",
    "missionProgress": "execution.read",
}
MUTATIONS: Mapping[str, str | None] = {
    **dict.fromkeys(
        (
            "login",
            "refreshSession",
            "register",
            "verifyMail",
            "requestPasswordReset",
            "resetPassword",
            "confirmMail",
        ),
        OPEN,
    ),
    "logout": SELF,
    **dict.fromkeys(
        (
            "endSession",
            "endAllSessions",
            "changePassword",
            "changeMail",
            "deleteAccount",
            "updateAccount",
            "acceptTerms",
            "setUpSecondFactor",
            "confirmSecondFactor",
            "turnOffSecondFactor",
            "renewRecoveryCodes",
            "createAccessToken",
            "revokeAccessToken",
            "createWorkspace",
            "switchWorkspace",
            "leaveWorkspace",
            "restoreWorkspace",
            "acceptInvitation",
        ),
        SECURE,
    ),
    "updateWorkspace": "workspace.edit",
    "transferWorkspace": "workspace.own",
    "deleteWorkspace": "workspace.own",
    "setMemberGroups": "member.edit",
    "removeMember": "member.edit",
    "createGroup": "group.edit",
    "updateGroup": "group.edit",
    "deleteGroup": "group.edit",
    "inviteMember": "member.invite",
    "resendInvitation": "member.invite",
    "revokeInvitation": "member.invite",
    "createTestTemplate": "template.edit",
    "updateTestTemplate": "template.edit",
    "deleteTestTemplate": "template.edit",
    "createScenarioTemplate": "template.edit",
    "updateScenarioTemplate": "template.edit",
    "deleteScenarioTemplate": "template.edit",
    "createEvidenceUpload": "evidence.add",
    "completeEvidenceUpload": "evidence.add",
    "deleteEvidence": "evidence.read",
    "cancelExecution": "execution.cancel",
    "replayExecution": "execution.replay",
    "recordTestResult": "execution.record",
    "requestProbe": "execution.replay",
    "setElementAside": "element.edit",
    "useElementAgain": "element.edit",
    "invalidateElement": "element.edit",
    "restoreElementVersion": "element.edit",
    "createMission": "mission.edit",
    "updateMission": "mission.edit",
    "deleteMission": "mission.edit",
    "startMission": "mission.run",
    "retryFailedTests": "mission.run",
    "cancelRun": "execution.cancel",
}

NODES: Mapping[str, str] = {
    "Account": SELF,
    "Session": SECURE,
    "AccessToken": SECURE,
    "Workspace": "workspace.read",
    "Member": "member.read",
    "Group": "member.read",
    "Invitation": "member.invite",
    "TestTemplate": "template.read",
    "ScenarioTemplate": "template.read",
    "EvidenceFile": "evidence.read",
    "Execution": "execution.read",
    "Element": "element.read",
    "Mission": "mission.read",
    "MissionScenario": "mission.read",
    "MissionTest": "mission.read",
}
"""What it takes to fetch an entity by its id."""

REACHED: Mapping[str, tuple[str, str, str]] = {
    "ElementVersion": (
        "Element",
        "query ($id: ID!) { node(id: $id) "
        "{ ... on Element { versions { edges { node { %s } } } } } }",
        "element.read",
    ),
    "ElementDecision": (
        "Element",
        "query ($id: ID!) { node(id: $id) "
        "{ ... on Element { decisions { edges { node { %s } } } } } }",
        "element.read",
    ),
    "Viewer": ("Workspace", "query { viewer { %s } }", SELF),
    "MissionProgress": (
        "Mission",
        "subscription ($id: ID!) { missionProgress(id: $id) { %s } }",
        "execution.read",
    ),
}
"""Objects without an id: whose id leads to them, by which document, and what that needs."""

FIELDS: Mapping[str, str] = {
    "Account.sessions": SECURE,
    "Account.accessTokens": SECURE,
    "Account.workspace": "workspace.read",
    "Account.workspaces": SELF,
    "Viewer.account": SELF,
    "Viewer.workspace": "workspace.read",
    "Viewer.permissions": SELF,
    "Invitation.groups": "member.read",
    "Invitation.invitedBy": "member.read",
    "Execution.evidence": "evidence.read",
    "Execution.decisions": "element.read",
    "Execution.reportUrl": "evidence.read",
    "ElementVersion.madeBy": "member.read",
    "ElementVersion.execution": "execution.read",
    "ElementDecision.execution": "execution.read",
    "Mission.latestRun": "execution.read",
    "Mission.latestCounts": "execution.read",
    "Mission.runs": "execution.read",
    "MissionScenario.template": "template.read",
    "MissionTest.template": "template.read",
    "MissionTest.latestExecution": "execution.read",
    "MissionTest.outcome": "execution.read",
    "MissionProgress.test": "mission.read",
    **dict.fromkeys(
        (
            "Member.groups",
            "Group.permissions",
            "Group.memberCount",
            "ScenarioTemplate.tests",
            "ScenarioTemplateTest.test",
            "Execution.parent",
            "Execution.replayOf",
            "Execution.children",
            "Execution.attempts",
            "Execution.events",
            "Execution.elementCounts",
            "ExecutionEvent.execution",
            "EvidenceFile.downloadUrl",
            "Element.versions",
            "Element.decisions",
            "ElementDecision.element",
            "ElementDecision.pictures",
            "Mission.parameters",
            "Mission.scenarios",
            "Mission.tests",
            "MissionScenario.tests",
            "MissionScenario.mission",
            "MissionTest.scenario",
            "MissionProgress.run",
            "MissionProgress.execution",
        ),
        LIKE_ITS_OBJECT,
    ),
}
"""Fields of objects that are worked out when they are asked for; `totalCount` is like its list."""
