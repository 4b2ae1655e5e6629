// Streams end with the sign-in they were opened with.

import assert from "node:assert/strict";

import { print } from "graphql";

import { ProgressDocument } from "../../build/generated/graphql.js";
import { check, seconds, within } from "../check.js";
import { collect, follow, openSocket, Refused } from "../live.js";
import { recordSuccess, startManualRun } from "../manual.js";
import { Tab } from "../tab.js";

const GRACE_SECONDS = 5;

check("a socket is closed with 4401 within 5 s of signing out", async ({ url, administrator, admin }) => {
  const { run, test } = await startManualRun(admin);
  const tab = new Tab(url);
  await tab.logIn(administrator);
  const { client, closed } = openSocket(tab);
  const events = client.iterate({ query: print(ProgressDocument), variables: { id: run } });
  assert.equal((await events.next()).done, false); // it is open, and tells of a run that goes on
  const rest = collect(events).catch(() => []);

  await tab.logOut();
  const left = performance.now();
  const { code } = await within(GRACE_SECONDS, closed);
  assert.equal(code, 4401);
  assert.ok(seconds(left) < GRACE_SECONDS);
  await rest;
  await recordSuccess(admin, test);
});

check("an event stream ends within 5 s of signing out", async ({ url, administrator, admin }) => {
  const { run, test } = await startManualRun(admin);
  const tab = new Tab(url);
  await tab.logIn(administrator);
  const events = follow(tab, "graphql-sse", ProgressDocument, { id: run });
  assert.equal((await events.next()).done, false);
  const rest = collect(events);
  rest.catch(() => []);

  await tab.logOut();
  await assert.rejects(
    within(GRACE_SECONDS, rest),
    (error) => error instanceof Refused && error.codes.join() === "UNAUTHENTICATED",
  );
  await recordSuccess(admin, test);
});

check("a socket without a valid token is closed with 4401", async ({ url }) => {
  const tab = new Tab(url);
  tab.accessToken = "nobody.issued.this";
  const { client, closed } = openSocket(tab);
  const events = client.iterate({ query: "{ viewer { account { id } } }" });
  await assert.rejects(events.next());
  assert.equal((await within(GRACE_SECONDS, closed)).code, 4401);
});
