"use strict";
// Starts GraphiQL: queries and mutations by POST, subscriptions by graphql-transport-ws.
// The header editor serves both; over the socket its headers travel in connection_init.

const WELCOME = `# Ctrl-Enter runs this. To sign in, run
#
#   mutation {
#     login(input: {email: "…", password: "…"}) {
#       accessToken
#     }
#   }
#
# and put the token into the Headers tab below:
#
#   {"Authorization": "Bearer …"}
#
# Subscriptions use the same headers.

{
  __typename
}
`;

function isSubscription(documentNode, operationName) {
  const operations = (documentNode ? documentNode.definitions : []).filter(
    (node) => node.kind === "OperationDefinition",
  );
  const chosen = operationName
    ? operations.find((node) => node.name && node.name.value === operationName)
    : operations[0];
  return chosen !== undefined && chosen.operation === "subscription";
}

function readHeaders(options) {
  return (options && options.headers) || {};
}

function toConnectionParams(headers) {
  const params = {};
  for (const [name, value] of Object.entries(headers)) {
    params[name.toLowerCase()] = value;
  }
  return params;
}

async function post(request, headers) {
  const answer = await fetch("/graphql", {
    method: "POST",
    headers: {
      Accept: "application/graphql-response+json, application/json",
      "Content-Type": "application/json",
      ...headers,
    },
    body: JSON.stringify(request),
  });
  return answer.json();
}

function describeEnd(problem) {
  if (problem instanceof CloseEvent) {
    return new Error(`The socket was closed: ${problem.code} ${problem.reason}`.trim());
  }
  if (Array.isArray(problem)) {
    return new Error(problem.map((error) => error.message).join("\n"));
  }
  return problem instanceof Error ? problem : new Error("The socket could not be opened.");
}

// An observable, as GraphiQL understands it; each subscription has a socket of its own, so that
// changed headers count at once.
function follow(request, headers) {
  return {
    subscribe(observer) {
      const scheme = location.protocol === "https:" ? "wss:" : "ws:";
      const client = graphqlWs.createClient({
        url: `${scheme}//${location.host}/graphql`,
        connectionParams: toConnectionParams(headers),
        retryAttempts: 0,
      });
      const stop = client.subscribe(request, {
        next: (value) => observer.next(value),
        error: (problem) => observer.error(describeEnd(problem)),
        complete: () => observer.complete(),
      });
      return {
        unsubscribe() {
          stop();
          client.dispose();
        },
      };
    },
  };
}

function fetcher(request, options) {
  const headers = readHeaders(options);
  return isSubscription(options && options.documentAST, request.operationName)
    ? follow(request, headers)
    : post(request, headers);
}

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    defaultQuery: WELCOME,
    defaultEditorToolsVisibility: "headers",
    shouldPersistHeaders: false,
  }),
);
