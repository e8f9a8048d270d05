/**
 * Calls that must not compile, each with the error that the compiler must give it. `tsc` fails when one of them compiles;
 * tests/clients/test_frontend.py also holds it to the error named. Nothing here is ever run.
 */

import { ITEM, LIST, LIST_DETAILED, type Api, type CancellationRequest, type Schemas } from "./client.js";

const channel_id = 5;
const path = { channel_id, id: 1 };

export async function wrongCalls(api: Api): Promise<void> {
  // @ts-expect-error TS2322 a status that the API does not know
  await api.PATCH(ITEM, { params: { path }, body: { status: "canceled" } });

  // @ts-expect-error TS2322 an unknown status in a filter
  await api.GET(LIST, { params: { path: { channel_id }, query: { status: "open" } } });

  // @ts-expect-error TS2322 a path parameter of the wrong type
  await api.GET(ITEM, { params: { path: { channel_id, id: "1" } } });

  // @ts-expect-error TS2741 a path parameter left out
  await api.GET(ITEM, { params: { path: { channel_id } } });

  // @ts-expect-error TS2741 a required field of the body left out (order_item)
  await api.POST(LIST, { params: { path: { channel_id } }, body: { reason: 1, cancellation_type: "cancel" } });

  // @ts-expect-error TS2345 no body at all
  await api.POST(LIST, { params: { path: { channel_id } } });

  // @ts-expect-error TS2322 null in a field that is not nullable
  await api.PATCH(ITEM, { params: { path }, body: { reason: null } });

  // @ts-expect-error TS2322 a number where the field is a text
  await api.PATCH(ITEM, { params: { path }, body: { iban: 5 } });

  // @ts-expect-error TS2561 a field that the body does not have
  await api.PATCH(ITEM, { params: { path }, body: { descripton: "a typing error" } });

  // @ts-expect-error TS2353 a filter that only the plain list has
  await api.GET(LIST_DETAILED, { params: { path: { channel_id }, query: { date_placed: "2025-01-01T00:00:00Z" } } });

  // @ts-expect-error TS2345 an operation that the path does not have
  await api.DELETE(LIST, { params: { path: { channel_id } } });
}

export function wrongReadings(request: CancellationRequest, page: Schemas["CancellationRequestPage"]): void {
  // @ts-expect-error TS18049 a nullable field read without a check
  request.description.trim();

  // @ts-expect-error TS18049 a nullable object read without a check
  request.easy_return.code;

  // @ts-expect-error TS18047 the next page's address read without a check
  page.next.length;

  // @ts-expect-error TS2367 compared with a status that can't be
  if (request.status === "cancelled") return;

  // @ts-expect-error TS2339 an id read as if it were the object
  request.order_item.sku;

  // @ts-expect-error TS2540 an identity is not the client's to set
  request.id = 2;
}
