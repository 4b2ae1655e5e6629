// Signing in the way a page does.

import assert from "node:assert/strict";

import { print } from "graphql";

import { LoginDocument, MeDocument, RefreshDocument } from "../../build/generated/graphql.js";
import { check } from "../check.js";
import { COOKIE, DEVICE, Tab } from "../tab.js";

check("the refresh token is in a cookie that no script can read", async ({ url, administrator }) => {
  const tab = new Tab(url);
  const { login } = await tab.get(LoginDocument, {
    input: { ...administrator, refreshTokenIn: "COOKIE" },
  });
  assert.equal(login.refreshToken, null);
  assert.ok(login.accessToken);
  const cookies = await tab.cookies();
  assert.deepEqual(cookies.map((one) => one.key).sort(), [DEVICE, COOKIE]);
  for (const cookie of cookies) {
    assert.deepEqual(
      [cookie.httpOnly, cookie.secure, cookie.sameSite, cookie.path, cookie.hostOnly],
      [true, true, "strict", "/", true],
    );
  }
});

check("the cookie alone goes on with a session, and is another one afterwards", async (world) => {
  const tab = new Tab(world.url);
  await tab.logIn(world.administrator);
  const before = (await tab.cookie())?.value;
  tab.accessToken = undefined; // as after a reload
  assert.deepEqual((await tab.refresh()).codes, []);
  const after = (await tab.cookie())?.value;
  assert.ok(before && after);
  assert.notEqual(before, after);
  const { viewer } = await tab.get(MeDocument, {});
  assert.equal(viewer.account.email, world.administrator.email);
});

interface Answer {
  data?: { refreshSession?: { accessToken?: string | null } } | null;
}

check("a page of another site cannot use the cookie", async (world) => {
  const tab = new Tab(world.url);
  await tab.logIn(world.administrator);
  const cookie = (await tab.cookie())?.cookieString() ?? "";
  const body = JSON.stringify({ query: print(RefreshDocument) });
  const ours = { "Content-Type": "application/json", Cookie: cookie };
  const answers: Answer[] = [];
  for (const headers of [
    { ...ours, Origin: tab.origin },
    { ...ours, Origin: "https://elsewhere.example.com", "X-Metamorph-CSRF": "1" },
  ]) {
    const response = await fetch(tab.graphql, { method: "POST", headers, body });
    answers.push((await response.json()) as Answer);
    assert.equal(response.headers.get("access-control-allow-origin"), null);
    assert.deepEqual(response.headers.getSetCookie(), []);
  }
  assert.deepEqual(answers.map((one) => one.data?.refreshSession?.accessToken ?? null), [null, null]);
  assert.deepEqual((await tab.refresh()).codes, []);
  assert.ok(tab.accessToken);
});

check("after signing out only the browser is known, and the token is worth nothing", async (world) => {
  const tab = new Tab(world.url);
  await tab.logIn(world.administrator);
  await tab.logOut();
  assert.deepEqual((await tab.cookies()).map((one) => one.key), [DEVICE]);
  const asked = await tab.ask(MeDocument, {});
  assert.deepEqual([asked.codes, asked.status], [["UNAUTHENTICATED"], 401]);
});
