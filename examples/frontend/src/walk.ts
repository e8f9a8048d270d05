/**
 * A walk through all nine operations, every answer checked: `node dist/walk.js [base URL] [key]`.
 *
 * Owns: the order of the calls and what each must answer. Exit code 0 when all is as it should be, else 1.
 * Knows nothing of: how a call is written on the wire (see client.ts).
 */

import assert from "node:assert/strict";

import { ITEM, ITEM_DETAILED, ITEM_REJECT, LIST, LIST_DETAILED, connect, type Api } from "./client.js";
import { buyer, line } from "./labels.js";

const channel_id = 5;

/** Returns the data of an answer that must have this status. */
function expect<T>(status: number, answer: { data?: T; error?: unknown; response: Response }): NonNullable<T> {
  assert.equal(answer.response.status, status, JSON.stringify(answer.error));
  assert.ok(answer.data !== undefined && answer.data !== null, "an answer without a body");
  return answer.data;
}

function done(operation: string, seen: string): void {
  console.log(`${operation}: ${seen}`);
}

/** An order item and a reason that exist, as the mock's own rows name them. */
async function references(api: Api): Promise<{ order_item: number; reason: number }> {
  const page = expect(200, await api.GET(LIST, { params: { path: { channel_id }, query: { limit: 1 } } }));
  const [first] = page.results;
  assert.ok(first, "the mock has no data");
  done("listCancellationRequests", `${page.count} requests, first ${line(first)}`);
  return { order_item: first.order_item, reason: first.reason };
}

async function walk(api: Api): Promise<void> {
  const known = await references(api);

  const created = expect(
    201,
    await api.POST(LIST, {
      params: { path: { channel_id } },
      body: { ...known, cancellation_type: "refund", description: "Yırtık geldi", iban: null, quantity: 1 },
    }),
  );
  assert.equal(created.status, "waiting");
  assert.equal(created.description, "Yırtık geldi");
  assert.equal(created.iban, null);
  done("createCancellationRequest", line(created));

  const path = { channel_id, id: created.id };
  const retrieved = expect(200, await api.GET(ITEM, { params: { path } }));
  assert.deepEqual(retrieved, created);
  done("retrieveCancellationRequest", line(retrieved));

  const detailed = expect(200, await api.GET(ITEM_DETAILED, { params: { path } }));
  assert.equal(detailed.order_item.id, known.order_item);
  assert.equal(detailed.reason.id, known.reason);
  done("retrieveCancellationRequestDetailed", buyer(detailed));

  const { customer } = detailed.order_item.order;
  const query = { status: created.status, customer_email: customer.email.toUpperCase(), pk__in: [created.id] };
  const found = expect(200, await api.GET(LIST_DETAILED, { params: { path: { channel_id }, query } }));
  assert.equal(found.next, null);
  assert.deepEqual(
    found.results.map((row) => row.id),
    [created.id],
  );
  done("listCancellationRequestsDetailed", `${found.count} found for ${query.customer_email}`);

  const patched = expect(200, await api.PATCH(ITEM, { params: { path }, body: { holder_name: "Şükrü Öz" } }));
  assert.equal(patched.holder_name, "Şükrü Öz");
  assert.equal(patched.description, created.description);
  assert.ok(Date.parse(patched.modified_date) > Date.parse(created.modified_date));
  done("partialUpdateCancellationRequest", `holder ${patched.holder_name}`);

  const replaced = expect(200, await api.PUT(ITEM, { params: { path }, body: { status: "confirmed", quantity: null } }));
  assert.equal(replaced.status, "confirmed");
  assert.equal(replaced.quantity, null);
  assert.equal(replaced.holder_name, "Şükrü Öz");
  done("updateCancellationRequest", line(replaced));

  const rejected = expect(200, await api.POST(ITEM_REJECT, { params: { path } }));
  assert.equal(rejected.status, "rejected");
  done("rejectCancellationRequest", line(rejected));

  const again = await api.POST(ITEM_REJECT, { params: { path } });
  assert.equal(again.response.status, 400);
  assert.equal(typeof again.error?.code, "string");

  const deleted = await api.DELETE(ITEM, { params: { path } });
  assert.equal(deleted.response.status, 204);
  const gone = await api.GET(ITEM, { params: { path } });
  assert.equal(gone.response.status, 404);
  assert.equal(typeof gone.error?.detail, "string");
  done("deleteCancellationRequest", `#${created.id} is gone`);
}

/** What a client meets when it does something wrong that no type can forbid. */
async function refusals(api: Api, baseUrl: string): Promise<void> {
  const stranger = await connect(baseUrl, "").GET(LIST, { params: { path: { channel_id } } });
  assert.equal(stranger.response.status, 401);
  assert.equal(typeof stranger.error?.code, "string");

  const dangling = await api.POST(LIST, {
    params: { path: { channel_id } },
    body: { order_item: 0, reason: 0, cancellation_type: "cancel" },
  });
  assert.equal(dangling.response.status, 400);
  assert.ok(Array.isArray(dangling.error && "order_item" in dangling.error && dangling.error["order_item"]));
  console.log("refusals: 401 without a key, 400 naming order_item");
}

const [baseUrl = process.env["MOCK_URL"] ?? "http://127.0.0.1:8080", key = "frontend"] = process.argv.slice(2);
const api = connect(baseUrl, key);
await walk(api);
await refusals(api, baseUrl);
