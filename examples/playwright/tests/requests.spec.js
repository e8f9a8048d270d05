import { expect, test } from "../fixtures.js";

const status = (page) => page.getByRole("status");

test("a request that is created stands in the list", async ({ mock, open, page }) => {
  await mock.scenario([]);
  await open();
  await expect(status(page)).toHaveText("0 waiting");

  await page.getByLabel("Order item").fill("1");
  await page.getByLabel("Reason").fill("1");
  await page.getByLabel("Description").fill("<b>Too late</b>");
  await page.getByRole("button", { name: "Request" }).click();

  await expect(page.getByRole("cell", { name: "<b>Too late</b>" })).toBeVisible();
  await mock.verify([{ operation: "createCancellationRequest", status: 201, body: { order_item: 1 }, count: 1 }]);
});

// The same request is rejected by four tests, two at a time: were they not apart, all but one would fail.
for (const number of [1, 2, 3, 4]) {
  test(`a rejected request leaves the list, ${number}`, async ({ mock, open, page }) => {
    const { created } = await mock.scenario([{ count: 3 }]);
    await open();
    await expect(status(page)).toHaveText("3 waiting");

    await page.getByRole("button", { name: `Reject ${created[0]}` }).click();

    await expect(status(page)).toHaveText("2 waiting");
    await mock.verify([{ operation: "rejectCancellationRequest", id: created[0], status: 200, count: 1 }]);
  });
}

test("a busy server is asked again", async ({ mock, open, page }) => {
  await mock.scenario([{ count: 2 }]);
  await mock.fault({ kind: "status", status: 503, retry_after: 1, count: 1, operation: "listCancellationRequests" });
  await open();

  await expect(status(page)).toHaveText("The shop is busy, trying again…");
  await expect(status(page)).toHaveText("2 waiting");
  await mock.verify(
    [
      { operation: "listCancellationRequests", status: 503, count: 1 },
      { operation: "listCancellationRequests", status: 200, count: 1 },
    ],
    { ordered: true },
  );
});

test("a server that stays busy is given up", async ({ mock, open, page }) => {
  await mock.fault({ kind: "status", status: 503, retry_after: 0 });
  await open();

  await expect(status(page)).toHaveText("The requests can't be shown (503).");
  await mock.verify([{ operation: "listCancellationRequests", status: 503, count: 3 }]);
});

test("what the server refuses is shown by field", async ({ mock, open, page }) => {
  await mock.scenario([]);
  await open();

  await page.getByLabel("Order item").fill("999999");
  await page.getByLabel("Reason").fill("1");
  await page.getByRole("button", { name: "Request" }).click();

  await expect(status(page)).toContainText("order_item:");
});

test("a client that can send headers needs no path", async ({ mock, request }) => {
  await mock.scenario([{ count: 2 }]);
  const answer = await request.get(`${mock.root}/api/channel/5/cancellation_requests/`, { headers: mock.headers });

  expect((await answer.json()).count).toBe(2);
  expect((await (await mock.api("GET", "/api/channel/5/cancellation_requests/")).json()).count).toBe(2);
});
