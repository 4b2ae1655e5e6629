// Types and documents for the clients, from the committed schema: build/generated/graphql.ts.
import { mkdir, readFile, writeFile } from "node:fs/promises";

import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as operations from "@graphql-codegen/typescript-operations";
import { parse } from "graphql";

const [schema = "../../graph/schema.graphql"] = process.argv.slice(2);
const FOLDER = "build/generated";
const DOCUMENTS = "src/documents.graphql";

const code = await codegen({
  filename: `${FOLDER}/graphql.ts`,
  schema: parse(await readFile(schema, "utf8")),
  documents: [{ location: DOCUMENTS, document: parse(await readFile(DOCUMENTS, "utf8")) }],
  plugins: [{ operations: {} }, { typedDocuments: {} }],
  pluginMap: { operations, typedDocuments },
  config: {
    defaultScalarType: "unknown",
    scalars: { ID: "string", DateTime: "string" },
    strictScalars: false,
    useTypeImports: true,
  },
});
await mkdir(FOLDER, { recursive: true });
await writeFile(`${FOLDER}/graphql.ts`, code);
