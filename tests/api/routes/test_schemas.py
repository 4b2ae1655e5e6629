"""The schema of steps can be fetched by an editor, from where it says it is."""

import httpx
import pytest
from jsonschema import Draft202012Validator

pytestmark = pytest.mark.integration


async def test_the_schema_of_steps_is_published(client: httpx.AsyncClient):
    answer = await client.get("/api/v1/schemas/steps.json")
    assert answer.headers["content-type"] == "application/schema+json"
    schema = answer.json()
    assert schema["$id"].endswith("/api/v1/schemas/steps.json")
    accepts = Draft202012Validator(schema).is_valid
    assert accepts([{"kind": "goto", "url": "/"}])
    assert not accepts([{"kind": "goto"}])
