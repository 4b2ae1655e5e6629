// What a client may not do, and how it is told.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import {
  CreateTestDocument,
  CreateWorkspaceDocument,
  EventsDocument,
  MeDocument,
  ProbeDocument,
  SwitchWorkspaceDocument,
  TestDocument,
  UpdateTestDocument,
} from "../../build/generated/graphql.js";
import { check, type World } from "../check.js";
import { collect, follow, Refused, type Transport } from "../live.js";
import { given } from "../manual.js";
import { Tab } from "../tab.js";

const DRAFT = { name: "Not mine to make", kind: "MANUAL" as const, steps: ["Look."] };

check("a viewer reads, and is forbidden to change anything", async ({ reader }) => {
  const { viewer } = await reader.get(MeDocument, {});
  assert.ok(viewer.permissions.some((one) => one.name === "template.read"));
  const asked = await reader.ask(CreateTestDocument, { input: DRAFT });
  assert.deepEqual([asked.codes, asked.data], [["FORBIDDEN"], undefined]);
});

check("nobody is asked to sign in", async ({ url }) => {
  const asked = await new Tab(url).ask(CreateTestDocument, { input: DRAFT });
  assert.deepEqual([asked.codes, asked.status], [["UNAUTHENTICATED"], 401]);
});

/** Somebody's tab, signed in to a workspace that the others do not belong to. */
async function openElsewhere({ url, viewer }: World): Promise<Tab> {
  const tab = new Tab(url);
  await tab.logIn(viewer);
  const { createWorkspace } = await tab.get(CreateWorkspaceDocument, {
    input: { name: `Elsewhere ${randomUUID().slice(0, 8)}` },
  });
  const { switchWorkspace } = await tab.get(SwitchWorkspaceDocument, {
    input: { id: given(createWorkspace.workspace).id, refreshTokenIn: "COOKIE" },
  });
  tab.accessToken = given(switchWorkspace.accessToken);
  return tab;
}

check("what belongs to another workspace is answered as what there is not", async (world) => {
  const elsewhere = await openElsewhere(world);
  const made = await elsewhere.get(CreateTestDocument, { input: DRAFT });
  const { id, version } = given(made.createTestTemplate.testTemplate);
  assert.equal((await elsewhere.get(TestDocument, { id })).testTemplate?.id, id);

  assert.deepEqual(await world.admin.get(TestDocument, { id }), { testTemplate: null, node: null });
  const { updateTestTemplate } = await world.admin.get(UpdateTestDocument, {
    input: { id, expectedVersion: version, name: "Taken over" },
  });
  assert.deepEqual(
    [updateTestTemplate.testTemplate, updateTestTemplate.userErrors.map((one) => one.code)],
    [null, ["NOT_FOUND"]],
  );
  assert.equal((await elsewhere.get(TestDocument, { id })).testTemplate?.name, DRAFT.name);
});

async function followForeign(world: World, transport: Transport): Promise<void> {
  const elsewhere = await openElsewhere(world);
  const { requestProbe } = await elsewhere.get(ProbeDocument, {});
  const { id } = given(requestProbe.execution);
  await assert.rejects(
    collect(follow(world.admin, transport, EventsDocument, { id })),
    (error) => error instanceof Refused && error.codes.join() === "NOT_FOUND",
  );
}

check("graphql-ws gets nothing of another workspace", (world) => followForeign(world, "graphql-ws"));
check("graphql-sse gets nothing of another workspace", (world) => followForeign(world, "graphql-sse"));
