// PostGraphile over the product's tables, as the application's own role with its row-level security.
//
// It asks nobody who is there: every request is answered for the one workspace that it was started
// for. Nothing is logged, and documents are cached, as they are by default.
import { createServer } from "node:http";
import { postgraphile } from "postgraphile";

const { BENCH_PORT, BENCH_DATABASE, BENCH_WORKSPACE } = process.env;

createServer(
  postgraphile(BENCH_DATABASE, "public", {
    graphqlRoute: "/graphql",
    disableQueryLog: true,
    dynamicJson: true,
    pgSettings: { "app.workspace_id": BENCH_WORKSPACE, "app.user_id": "" },
  }),
).listen(Number(BENCH_PORT), "127.0.0.1");
