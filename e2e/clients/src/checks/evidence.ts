// A file as evidence: announced, sent to a link that needs no sign-in, and completed.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";

import {
  CompleteUploadDocument,
  CreateUploadDocument,
  EvidenceDocument,
} from "../../build/generated/graphql.js";
import { check } from "../check.js";
import { given, recordSuccess, startManualRun } from "../manual.js";

check("a file is uploaded as evidence and comes back byte by byte", async ({ admin }) => {
  const { test } = await startManualRun(admin);
  const data = randomBytes(100_000);
  const sha256 = createHash("sha256").update(data).digest("hex");
  const file = { executionId: test, name: "capture.bin", contentType: "application/octet-stream" };

  const { createEvidenceUpload } = await admin.get(CreateUploadDocument, {
    input: { ...file, sizeBytes: data.length },
  });
  const address = given(createEvidenceUpload.uploadUrl);
  const sent = await fetch(address, { method: "PUT", body: data });
  assert.ok(sent.ok, await sent.text());
  const { id } = given(createEvidenceUpload.evidence);
  const { completeEvidenceUpload } = await admin.get(CompleteUploadDocument, { input: { id, sha256 } });
  const stored = given(completeEvidenceUpload.evidence);
  assert.equal(stored.sha256, sha256);
  assert.ok(stored.storedAt);

  const answer = await fetch(given(stored.downloadUrl));
  assert.deepEqual(Buffer.from(await answer.arrayBuffer()), data);
  assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  const { execution } = await admin.get(EvidenceDocument, { id: test });
  assert.ok(execution?.evidence?.some((one) => one.name === file.name && one.sha256 === sha256));
  await recordSuccess(admin, test);
});

check("more bytes than were announced are refused", async ({ admin }) => {
  const { test } = await startManualRun(admin);
  const { createEvidenceUpload } = await admin.get(CreateUploadDocument, {
    input: { executionId: test, name: "small.txt", contentType: "text/plain", sizeBytes: 3 },
  });
  const address = given(createEvidenceUpload.uploadUrl);
  const sent = await fetch(address, { method: "PUT", body: "much more" });
  assert.ok(sent.status >= 400 && sent.status < 500, `status ${sent.status}`);
  const { id } = given(createEvidenceUpload.evidence);
  const { completeEvidenceUpload } = await admin.get(CompleteUploadDocument, { input: { id } });
  assert.notDeepEqual(completeEvidenceUpload.userErrors, []);
  await recordSuccess(admin, test);
});
