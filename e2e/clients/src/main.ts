// The clients against a live stack; standard input names it and the people, as JSON.

import { text } from "node:stream/consumers";

import { runChecks, type World } from "./check.js";
import "./checks/session.js";
import "./checks/asking.js";
import "./checks/live.js";
import "./checks/evidence.js";
import "./checks/refusals.js";
import "./checks/endings.js";
import { Tab } from "./tab.js";

type Named = Pick<World, "url" | "administrator" | "viewer">;

const named = JSON.parse(await text(process.stdin)) as Named;
const admin = new Tab(named.url);
const reader = new Tab(named.url);
await admin.logIn(named.administrator);
await reader.logIn(named.viewer);
process.exit((await runChecks({ ...named, admin, reader })) ? 1 : 0); // nothing is waited for
