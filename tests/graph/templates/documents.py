"""The documents that the tests of templates send."""

CREATE_TEST = """
mutation ($input: CreateTestTemplateInput!) {
  createTestTemplate(input: $input) {
    testTemplate {
      id name description kind steps tags timeoutSeconds version createdAt updatedAt
      parameters { name default isSecret description }
    }
    userErrors { code message field }
  }
}"""

UPDATE_TEST = """
mutation ($input: UpdateTestTemplateInput!) {
  updateTestTemplate(input: $input) {
    testTemplate { id name tags version }
    userErrors { code message field }
  }
}"""

DELETE_TEST = """
mutation ($input: DeleteTestTemplateInput!) {
  deleteTestTemplate(input: $input) {
    testTemplate { id version }
    userErrors { code message field }
  }
}"""

CREATE_SCENARIO = """
mutation ($input: CreateScenarioTemplateInput!) {
  createScenarioTemplate(input: $input) {
    scenarioTemplate {
      id name runMode version
      tests { position parameters { name value } test { id name } }
    }
    userErrors { code message field }
  }
}"""

UPDATE_SCENARIO = """
mutation ($input: UpdateScenarioTemplateInput!) {
  updateScenarioTemplate(input: $input) {
    scenarioTemplate { id name runMode version tests { position test { id } } }
    userErrors { code message field }
  }
}"""

DELETE_SCENARIO = """
mutation ($input: DeleteScenarioTemplateInput!) {
  deleteScenarioTemplate(input: $input) {
    scenarioTemplate { id version }
    userErrors { code message field }
  }
}"""

TEST = "query ($id: ID!) { testTemplate(id: $id) { id name } }"
SCENARIO = "query ($id: ID!) { scenarioTemplate(id: $id) { id name } }"

TESTS = """
query ($first: Int, $after: String, $filter: TestTemplateFilter, $orderBy: TemplateOrder) {
  testTemplates(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    edges { cursor node { name } }
    pageInfo { hasNextPage hasPreviousPage endCursor }
    totalCount
  }
}"""

SCENARIOS = """
query ($filter: ScenarioTemplateFilter) {
  scenarioTemplates(first: 10, filter: $filter, orderBy: {field: NAME, direction: ASC}) {
    edges { node { name tests { position parameters { name value } test { name } } } }
  }
}"""
