"""The documents that the tests of missions send."""

CREATE = """
mutation ($input: CreateMissionInput!) {
  createMission(input: $input) {
    mission {
      id name description baseUrl version
      parameters { name isSecret isSet isRequired value }
      scenarios {
        name runMode position template { id }
        tests {
          id name kind steps tags timeoutSeconds position template { id }
          parameters { name default isSecret }
        }
      }
    }
    userErrors { code message field }
  }
}"""

UPDATE = """
mutation ($input: UpdateMissionInput!) {
  updateMission(input: $input) {
    mission { id name baseUrl version parameters { name isSecret isSet isRequired value } }
    userErrors { code message field }
  }
}"""

DELETE = """
mutation ($input: DeleteMissionInput!) {
  deleteMission(input: $input) { mission { id version } userErrors { code message field } }
}"""

RUN = """
    run {
      id kind status subjectId replayOf { id }
      children(first: 50) { edges { node { id title kind status subjectId replayOf { id } } } }
    }
    userErrors { code message field }
"""

START = f"mutation ($input: StartMissionInput!) {{ startMission(input: $input) {{ {RUN} }} }}"
RETRY = (
    f"mutation ($input: RetryFailedTestsInput!) {{ retryFailedTests(input: $input) {{ {RUN} }} }}"
)
CANCEL = f"mutation ($input: CancelRunInput!) {{ cancelRun(input: $input) {{ {RUN} }} }}"

MISSION = """
query ($id: ID!, $first: Int, $after: String) {
  mission(id: $id) {
    id name version
    latestRun { id status }
    latestCounts { total done failed }
    runs(first: $first, after: $after) {
      edges { node { id status } } pageInfo { hasNextPage endCursor } totalCount
    }
    tests { id name outcome latestExecution { id status } scenario { name } }
  }
}"""

NESTED = """
query {
  missions(first: 20, orderBy: {field: NAME, direction: ASC}) {
    edges { node {
      name
      latestRun { status }
      scenarios { name tests { name outcome latestExecution { status } } }
    } }
  }
}"""

EVERYTHING = """
query ($id: ID!) {
  mission(id: $id) {
    id name description baseUrl version createdAt updatedAt
    parameters { name isSecret isSet isRequired value }
    latestCounts { total done failed }
    latestRun { ...execution children { edges { node { ...execution } } } }
    runs { edges { node { ...execution } } totalCount }
    scenarios { id name runMode position mission { name } template { name }
      tests { ...test } }
    tests { ...test scenario { name } template { name parameters { name default } } }
  }
}
fragment test on MissionTest {
  id name description kind steps tags timeoutSeconds position outcome
  parameters { name default isSecret description }
  latestExecution { ...execution }
}
fragment execution on Execution {
  id kind title status queue error { code message } output subjectId lastSeq
  events { edges { node { seq kind data } } } attempts { worker errorMessage }
}"""

MISSIONS = """
query ($first: Int, $after: String, $filter: MissionFilter, $orderBy: MissionOrder) {
  missions(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { id name } } pageInfo { hasNextPage endCursor } totalCount
  }
}"""

PROGRESS = """
subscription ($id: ID!, $after: Int! = 0) {
  missionProgress(id: $id, after: $after) {
    seq at kind title status stepIndex stepsTotal milliseconds
    counts { total done failed }
    run { id status }
    execution { id status }
    test { id name }
  }
}"""
