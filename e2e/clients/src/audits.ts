// The audits of the graphql-http package: what GraphQL over HTTP asks of a server.

import { serverAudits } from "graphql-http";

import { tell } from "./check.js";

const [url] = process.argv.slice(2);
if (!url) throw new Error("Name the endpoint: node dist/src/audits.js http://127.0.0.1:8000/graphql");

for (const { fn } of serverAudits({ url })) {
  const result = await fn();
  const isOk = result.status === "ok";
  tell({
    id: result.id,
    audit: result.name,
    status: result.status,
    reason: isOk ? null : result.reason,
    answered: isOk ? null : result.response.status,
  });
}
