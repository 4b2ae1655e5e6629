// Subscriptions to what runs.

import assert from "node:assert/strict";

import { EventsDocument, ProbeDocument, ProgressDocument } from "../../build/generated/graphql.js";
import { check, type World } from "../check.js";
import { collect, follow, type Transport } from "../live.js";
import { given, recordSuccess, startManualRun, waitsForPerson } from "../manual.js";

async function followProbe({ admin }: World, transport: Transport): Promise<void> {
  const { requestProbe } = await admin.get(ProbeDocument, {});
  const { id } = given(requestProbe.execution);
  const events = await collect(follow(admin, transport, EventsDocument, { id }));
  const kinds = events.map((one) => one.executionEvents.kind);
  assert.equal(kinds.at(-1), "execution.finished");
  assert.deepEqual(
    events.map((one) => one.executionEvents.seq),
    events.map((_, index) => index + 1),
  );
}

check("graphql-ws follows a probe to its end", (world) => followProbe(world, "graphql-ws"));
check("graphql-sse follows a probe to its end", (world) => followProbe(world, "graphql-sse"));

async function followRun({ admin }: World, transport: Transport): Promise<void> {
  const { run, test } = await startManualRun(admin);
  const seen = [];
  let recorded = false;
  for await (const { missionProgress } of follow(admin, transport, ProgressDocument, { id: run })) {
    seen.push(missionProgress);
    if (waitsForPerson(missionProgress)) {
      await recordSuccess(admin, test); // while this very stream is open
      recorded = true;
    }
  }
  assert.ok(recorded);
  assert.equal(seen.at(-1)?.kind, "RUN_FINISHED");
  assert.equal(seen.at(-1)?.status, "SUCCEEDED");
  assert.deepEqual(
    seen.map((one) => one.seq),
    [...new Set(seen.map((one) => one.seq))].sort((a, b) => a - b),
  );
}

check("graphql-ws follows a mission while it runs", (world) => followRun(world, "graphql-ws"));
check("graphql-sse follows a mission while it runs", (world) => followRun(world, "graphql-sse"));

check("a client that comes back gets what it missed, and nothing twice", async ({ admin }) => {
  const { run, test } = await startManualRun(admin);
  let last = 0;
  for await (const { missionProgress } of follow(admin, "graphql-ws", ProgressDocument, { id: run })) {
    last = missionProgress.seq;
    if (waitsForPerson(missionProgress)) break; // the connection is lost
  }
  await recordSuccess(admin, test);
  const variables = { id: run, after: last };
  const rest = await collect(follow(admin, "graphql-sse", ProgressDocument, variables));
  assert.ok(rest.every((one) => one.missionProgress.seq > last));
  assert.equal(rest.at(-1)?.missionProgress.kind, "RUN_FINISHED");
});
