"""What a test does when an element has changed is set with the test."""

import pytest

from tests.graph.asking import Asker

pytestmark = pytest.mark.integration

CREATE = """mutation ($input: CreateTestTemplateInput!) { createTestTemplate(input: $input) {
  testTemplate { id healing version } userErrors { code } } }"""
UPDATE = """mutation ($input: UpdateTestTemplateInput!) { updateTestTemplate(input: $input) {
  testTemplate { healing version } userErrors { code } } }"""
GIVEN = {"name": "Open", "kind": "BROWSER", "steps": [{"kind": "goto", "url": "/"}]}


async def test_a_test_heals_unless_told_otherwise(asker: Asker):
    for given, expected in (({}, "HEAL"), ({"healing": "OFF"}, "OFF")):
        payload = (await asker.ask(CREATE, input=GIVEN | given))["createTestTemplate"]
        assert payload["testTemplate"]["healing"] == expected


async def test_it_is_changed_alone_and_stays_when_something_else_changes(asker: Asker):
    made = (await asker.ask(CREATE, input=GIVEN))["createTestTemplate"]["testTemplate"]
    for version, change in enumerate(({"healing": "SUGGEST"}, {"name": "x"}, {"healing": None}), 1):
        given = {"id": made["id"], "expectedVersion": version, **change}
        payload = (await asker.ask(UPDATE, input=given))["updateTestTemplate"]
        shown = {"healing": "SUGGEST", "version": version + 1}
        assert payload == {"testTemplate": shown, "userErrors": []}
