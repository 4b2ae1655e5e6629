// Queries and mutations with urql, typed by the schema.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import {
  CreateTestDocument,
  MeDocument,
  TestDocument,
  UpdateTestDocument,
} from "../../build/generated/graphql.js";
import { check } from "../check.js";
import { given } from "../manual.js";

check("a query says who asks, where and what he may do", async ({ admin, administrator }) => {
  const { viewer } = await admin.get(MeDocument, {});
  assert.equal(viewer.account.email, administrator.email);
  assert.ok(viewer.workspace?.name);
  assert.ok(viewer.permissions.some((one) => one.name === "template.edit"));
  assert.equal(viewer.account.sessions?.filter((one) => one.isCurrent).length, 1);
});

check("a mutation makes what a query finds", async ({ admin }) => {
  const name = `Made ${randomUUID()}`;
  const made = await admin.get(CreateTestDocument, {
    input: { name, kind: "BROWSER", steps: [{ kind: "goto", url: "/" }] },
  });
  const { id } = given(made.createTestTemplate.testTemplate);
  const found = await admin.get(TestDocument, { id });
  assert.deepEqual(found.testTemplate, { id, name });
  assert.deepEqual(found.node, { __typename: "TestTemplate", id });
});

check("a mistake comes with its code and its place in the input", async ({ admin }) => {
  const { createTestTemplate } = await admin.get(CreateTestDocument, {
    input: { name: "Fly", kind: "BROWSER", steps: [{ kind: "goto", url: "/" }, { kind: "fly" }] },
  });
  assert.equal(createTestTemplate.testTemplate, null);
  assert.deepEqual(
    createTestTemplate.userErrors.map((one) => [one.code, one.field]),
    [["BAD_USER_INPUT", ["steps", "1", "kind"]]],
  );
});

check("a change of something that somebody else changed meanwhile is a conflict", async ({ admin }) => {
  const made = await admin.get(CreateTestDocument, {
    input: { name: `Shared ${randomUUID()}`, kind: "MANUAL", steps: ["Look."] },
  });
  const { id, version } = given(made.createTestTemplate.testTemplate);
  const input = { id, expectedVersion: version, name: `First ${randomUUID()}` };
  const first = await admin.get(UpdateTestDocument, { input });
  assert.equal(first.updateTestTemplate.testTemplate?.version, version + 1);
  const second = await admin.get(UpdateTestDocument, { input: { ...input, name: "Second" } });
  assert.deepEqual(second.updateTestTemplate.userErrors.map((one) => one.code), ["CONFLICT"]);
});
