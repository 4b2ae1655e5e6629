// Subscriptions in the two ways there are, with the clients that most pages use.

import { print } from "graphql";
import type { TypedDocumentNode } from "@urql/core";
import { createClient as createStreamClient } from "graphql-sse";
import { type Client as SocketClient, createClient as createSocketClient } from "graphql-ws";
import WebSocket from "ws";

import type { Tab } from "./tab.js";

export type Transport = "graphql-ws" | "graphql-sse";

export class Refused extends Error {
  readonly codes: string[];
  constructor(errors: readonly { message: string; extensions?: object | undefined }[]) {
    super(errors.map((one) => one.message).join("; "));
    this.codes = errors.map((one) => String((one.extensions as { code?: string })?.code));
  }
}

/** How a socket ended. */
export interface Closing {
  code: number;
  reason: string;
}

export interface Socket {
  client: SocketClient;
  closed: Promise<Closing>;
}

/** A graphql-ws client that connects once, and says how its socket ended. */
export function openSocket(tab: Tab): Socket {
  class PageSocket extends WebSocket {
    constructor(address: string, protocols?: string | string[]) {
      super(address, protocols, { origin: tab.origin }); // a page cannot leave it out
    }
  }
  let close: (closing: Closing) => void;
  const closed = new Promise<Closing>((resolve) => (close = resolve));
  const client = createSocketClient({
    url: tab.graphql.replace(/^http/, "ws"),
    webSocketImpl: PageSocket,
    connectionParams: () => tab.authorization(),
    retryAttempts: 0,
    on: { closed: (event) => close(event as Closing) },
  });
  return { client, closed };
}

/** The events of a subscription, until the server completes it or the caller stops reading. */
export async function* follow<Data, Variables extends Record<string, unknown>>(
  tab: Tab,
  transport: Transport,
  document: TypedDocumentNode<Data, Variables>,
  variables: Variables,
): AsyncGenerator<Data> {
  const request = { query: print(document), variables };
  const client = transport === "graphql-ws" ? openSocket(tab).client : openStream(tab);
  try {
    for await (const { data, errors } of client.iterate<Data>(request)) {
      if (errors) throw new Refused(errors);
      if (data) yield data;
    }
  } catch (error) {
    throw Array.isArray(error) ? new Refused(error) : error;
  } finally {
    await client.dispose();
  }
}

function openStream(tab: Tab) {
  return createStreamClient({
    url: tab.graphql,
    fetchFn: tab.fetch,
    headers: () => tab.authorization(),
    retryAttempts: 0,
  });
}

/** All of them, once the server says that there are no more. */
export async function collect<Event>(events: AsyncIterable<Event>): Promise<Event[]> {
  const found: Event[] = [];
  for await (const event of events) found.push(event);
  return found;
}
