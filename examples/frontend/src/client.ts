/**
 * The typed client: every path, parameter, body and answer comes from the contract.
 *
 * Owns: the key in the header, and how a list is written in a query (ids separated by commas).
 * Knows nothing of: what the answers are used for. Its types are generated: `npm run types -- URL/openapi.json`.
 */

import createClient, { type Client } from "openapi-fetch";

import type { components, paths } from "./api.js";

export type Schemas = components["schemas"];
export type CancellationRequest = Schemas["CancellationRequest"];
export type Api = Client<paths>;

export const LIST = "/api/channel/{channel_id}/cancellation_requests/";
export const LIST_DETAILED = "/api/channel/{channel_id}/cancellation_requests/detailed";
export const ITEM = "/api/channel/{channel_id}/cancellation_requests/{id}/";
export const ITEM_DETAILED = "/api/channel/{channel_id}/cancellation_requests/{id}/detailed/";
export const ITEM_REJECT = "/api/channel/{channel_id}/cancellation_requests/{id}/reject/";

export function connect(baseUrl: string, key: string): Api {
  return createClient<paths>({
    baseUrl,
    headers: { Authorization: `Token ${key}` },
    querySerializer: { array: { style: "form", explode: false } },
  });
}
