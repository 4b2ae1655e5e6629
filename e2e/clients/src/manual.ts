// A run that waits for a person: it stays open until a result is recorded.

import { randomUUID } from "node:crypto";

import {
  CreateMissionDocument,
  CreateScenarioDocument,
  CreateTestDocument,
  ProgressDocument,
  type ProgressSubscription,
  RecordResultDocument,
  StartMissionDocument,
} from "../build/generated/graphql.js";
import { follow } from "./live.js";
import type { Tab } from "./tab.js";

export interface ManualRun {
  run: string;
  test: string;
}

/** Build a mission of one manual test and start it; returns once the test has begun. */
export async function startManualRun(tab: Tab): Promise<ManualRun> {
  const name = `By hand ${randomUUID().slice(0, 8)}`;
  const test = (
    await tab.get(CreateTestDocument, {
      input: { name, kind: "MANUAL", steps: ["Look at the alarm list."] },
    })
  ).createTestTemplate;
  const scenario = (
    await tab.get(CreateScenarioDocument, {
      input: { name, tests: [{ testId: given(test.testTemplate).id }] },
    })
  ).createScenarioTemplate;
  const mission = (
    await tab.get(CreateMissionDocument, {
      input: { name, scenarioTemplateIds: [given(scenario.scenarioTemplate).id] },
    })
  ).createMission;
  const started = await tab.get(StartMissionDocument, {
    input: { id: given(mission.mission).id, idempotencyKey: randomUUID() },
  });
  const run = given(started.startMission.run).id;
  for await (const { missionProgress } of follow(tab, "graphql-ws", ProgressDocument, { id: run })) {
    if (waitsForPerson(missionProgress)) return { run, test: given(missionProgress.execution).id };
  }
  throw new Error("The run ended before its test began.");
}

/** Whether an event tells of a manual test whose turn has come: no worker has to start it. */
export function waitsForPerson(event: ProgressSubscription["missionProgress"]): boolean {
  return event.kind === "TEST_SCHEDULED" && event.status === "RUNNING";
}

export async function recordSuccess(tab: Tab, test: string): Promise<void> {
  const { recordTestResult } = await tab.get(RecordResultDocument, {
    input: { executionId: test, succeeded: true, note: "Seen." },
  });
  if (recordTestResult.userErrors.length) throw new Error(JSON.stringify(recordTestResult.userErrors));
}

export function given<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error("The payload is empty.");
  return value;
}
