// What the clients try: named checks that fail by throwing, told as one line of JSON each.

import type { Person, Tab } from "./tab.js";

/** Who takes part. All of them sign in with cookies; `viewer` may only read. */
export interface World {
  url: string;
  administrator: Person;
  viewer: Person;
  admin: Tab;
  reader: Tab;
}

type Run = (world: World) => Promise<void>;
const checks: { name: string; run: Run }[] = [];

export function check(name: string, run: Run): void {
  checks.push({ name, run });
}

/** Run all in the order they were written down; the number of those that failed. */
export async function runChecks(world: World): Promise<number> {
  let failed = 0;
  for (const { name, run } of checks) {
    const begun = performance.now();
    let problem: string | null = null;
    try {
      await within(CHECK_SECONDS, run(world));
    } catch (error) {
      problem = error instanceof Error ? (error.stack ?? error.message) : String(error);
      failed += 1;
    }
    tell({ check: name, ok: problem === null, problem, seconds: seconds(begun) });
  }
  return failed;
}

const CHECK_SECONDS = 20;

/** What was promised, or an error once it is too late. */
export async function within<Value>(limit: number, promised: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`Nothing came within ${limit} s.`)), limit * 1000);
  });
  try {
    return await Promise.race([promised, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Seconds since a moment of `performance.now()`. */
export function seconds(begun: number): number {
  return (performance.now() - begun) / 1000;
}

export function tell(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
