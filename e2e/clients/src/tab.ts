// A browser tab in Node: cookies that scripts cannot read, an access token in memory, urql.
//
// Node's fetch keeps no cookies, so a jar does it by a browser's rules: prefixes are enforced
// (`__Host-` needs Secure, the path / and no Domain), cookies go back to their own origin only, and
// Secure ones over TLS or to this machine. The last is what browsers do, too: loopback addresses are
// "potentially trustworthy" (W3C Secure Contexts, 3.1), and Chromium keeps and sends a Secure
// `__Host-` cookie on http://127.0.0.1. Against any other http address the jar refuses it.

import { type AnyVariables, Client, fetchExchange, type TypedDocumentNode } from "@urql/core";
import { type Cookie, CookieJar } from "tough-cookie";

import { LoginDocument, LogoutDocument, RefreshDocument } from "../build/generated/graphql.js";

export const COOKIE = "__Host-metamorph-refresh";
export const DEVICE = "__Host-metamorph-device";
const CSRF_HEADER = "X-Metamorph-CSRF";

export interface Person {
  email: string;
  password: string;
}

export interface Outcome<Data> {
  data: Data | undefined;
  codes: string[];
  status: number;
}

export class Tab {
  readonly origin: string;
  accessToken: string | undefined;
  private jar = new CookieJar(undefined, { prefixSecurity: "strict", allowSecureOnLocal: true });
  private lastStatus = 0;
  private client: Client;

  constructor(origin: string) {
    this.origin = origin;
    this.client = new Client({
      url: this.graphql,
      exchanges: [fetchExchange],
      fetch: this.fetch,
      fetchOptions: () => ({ headers: this.authorization() }),
      preferGetMethod: false, // urql's default is GET, which is for trusted documents here
      requestPolicy: "network-only",
    });
  }

  get graphql(): string {
    return `${this.origin}/graphql`;
  }

  /** What a page's fetch does: it names its origin, and keeps and sends cookies of it. */
  fetch = async (input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(input instanceof Request ? input.url : input, this.origin);
    const headers = new Headers(init.headers);
    const isOwn = url.origin === this.origin;
    headers.set("Origin", this.origin);
    if (isOwn) {
      headers.set(CSRF_HEADER, headers.get(CSRF_HEADER) ?? "1");
      const cookies = await this.jar.getCookieString(url.href, { sameSiteContext: "strict" });
      if (cookies) headers.set("Cookie", cookies);
    }
    const response = await fetch(url, { ...init, headers });
    this.lastStatus = response.status;
    for (const line of isOwn ? response.headers.getSetCookie() : []) {
      await this.jar.setCookie(line, url.href, { sameSiteContext: "strict" });
    }
    return response;
  };

  authorization(): Record<string, string> {
    return this.accessToken ? { Authorization: `Bearer ${this.accessToken}` } : {};
  }

  /** Query or mutate with urql; refusals come as codes. */
  async ask<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Outcome<Data>> {
    const isMutation = document.definitions.some(
      (one) => one.kind === "OperationDefinition" && one.operation === "mutation",
    );
    const asked = isMutation
      ? this.client.mutation(document, variables)
      : this.client.query(document, variables);
    const { data, error } = await asked.toPromise();
    if (error?.networkError) throw error.networkError;
    const codes = error?.graphQLErrors.map((one) => String(one.extensions["code"])) ?? [];
    return { data: data ?? undefined, codes, status: this.lastStatus };
  }

  /** The same where nothing may be refused. */
  async get<Data, Variables extends AnyVariables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const { data, codes } = await this.ask(document, variables);
    if (!data || codes.length) throw new Error(`The API refused: ${codes.join(", ")}`);
    return data;
  }

  async logIn(person: Person): Promise<void> {
    const { login } = await this.get(LoginDocument, {
      input: { ...person, refreshTokenIn: "COOKIE" },
    });
    if (!login.accessToken) throw new Error(JSON.stringify(login.userErrors));
    this.accessToken = login.accessToken;
  }

  async refresh(): Promise<Outcome<{ refreshSession: { accessToken: string | null } }>> {
    const outcome = await this.ask(RefreshDocument, {});
    this.accessToken = outcome.data?.refreshSession.accessToken ?? this.accessToken;
    return outcome;
  }

  async logOut(): Promise<void> {
    await this.get(LogoutDocument, {});
  }

  /** What the developer tools would show; scripts of the page see none of it. */
  async cookies(): Promise<Cookie[]> {
    return this.jar.getCookies(this.origin, { sameSiteContext: "strict" });
  }

  /** The cookie that holds the refresh token. */
  async cookie(): Promise<Cookie | undefined> {
    return (await this.cookies()).find((one) => one.key === COOKIE);
  }
}
