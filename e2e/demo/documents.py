"""The GraphQL documents of the demo, as a client keeps them."""

ME = "{ me { email workspace { id version allowedHosts } } }"

UPDATE_WORKSPACE = """
mutation($input: UpdateWorkspaceInput!) {
  updateWorkspace(input: $input) { workspace { id } userErrors { message field } }
}"""

CREATE_TEST = """
mutation($input: CreateTestTemplateInput!) {
  createTestTemplate(input: $input) { testTemplate { id } userErrors { message field } }
}"""

CREATE_SCENARIO = """
mutation($input: CreateScenarioTemplateInput!) {
  createScenarioTemplate(input: $input) { scenarioTemplate { id } userErrors { message field } }
}"""

CREATE_MISSION = """
mutation($input: CreateMissionInput!) {
  createMission(input: $input) { mission { id } userErrors { message field } }
}"""

START_MISSION = """
mutation($input: StartMissionInput!) {
  startMission(input: $input) { run { id } userErrors { message field } }
}"""

PROGRESS = """
subscription($id: ID!, $after: Int!) {
  missionProgress(id: $id, after: $after) {
    seq kind title status stepIndex stepsTotal counts { total done failed }
  }
}"""

RUN = """
query($id: ID!) {
  node(id: $id) {
    ... on Execution {
      status reportUrl milliseconds
      children(first: 100) {
        edges {
          node {
            title status milliseconds
            error { message }
            evidence { id }
            elementCounts { hits healed learned abstained notFound }
            decisions { stepIndex decision method reason score }
          }
        }
      }
    }
  }
}"""
