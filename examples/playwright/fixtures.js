/**
 * What every test gets: `mock`, a session of its own; `open`, which opens the page on that session.
 */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { test as base } from "@playwright/test";
import { Mock } from "./mock.js";

export { expect } from "@playwright/test";

const MOCK_URL = process.env.MOCK_URL ?? "http://127.0.0.1:8080";
const PAGE = new URL("page/", import.meta.url);
const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript" };

export const test = base.extend({
  mock: async ({}, use, testInfo) => {
    const mock = new Mock(MOCK_URL, `e2e-${testInfo.testId}-${testInfo.repeatEachIndex}-${testInfo.retry}`);
    await mock.control("POST", "sessions", { name: mock.session });
    await use(mock);
    if (testInfo.status !== testInfo.expectedStatus) {
      const { calls } = await mock.control("GET", "journal");
      await testInfo.attach("calls to the mock", { body: JSON.stringify(calls, null, 2), contentType: "application/json" });
    }
    await mock.close();
  },

  /** The page's own server, one for each worker: the mock is another origin, as in production. */
  site: [
    async ({}, use) => {
      const server = createServer(async (request, answer) => {
        const name = new URL(request.url, PAGE).pathname.replace(/^.*\//, "") || "index.html";
        try {
          const body = await readFile(new URL(name, PAGE));
          answer.writeHead(200, { "Content-Type": TYPES[extname(name)] ?? "application/octet-stream" }).end(body);
        } catch {
          answer.writeHead(404).end();
        }
      });
      await new Promise((ready) => server.listen(0, "127.0.0.1", ready));
      await use(`http://127.0.0.1:${server.address().port}`);
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
    { scope: "worker" },
  ],

  open: async ({ page, mock, site }, use) => {
    await use(() => page.goto(`${site}/?api=${encodeURIComponent(mock.base)}&key=${mock.key}`));
  },
});
