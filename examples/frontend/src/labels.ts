/**
 * What a page would show of a request. Nothing here runs against a server: that it compiles is the point, since it uses
 * an enum to its last value, nullable fields only after a check, and required fields without one.
 */

import type { CancellationRequest, Schemas } from "./client.js";

export function badge(status: Schemas["Status"]): string {
  switch (status) {
    case "waiting":
    case "waiting_approval":
      return "open";
    case "confirmed":
    case "approved":
      return "accepted";
    case "completed":
      return "done";
    case "rejected":
      return "refused";
    default:
      return status satisfies never;
  }
}

export function line(request: CancellationRequest): string {
  const refund = request.iban ? ` to ${request.iban.replace(/\s/g, "").slice(-4)}` : "";
  const parcel = request.easy_return?.code?.toUpperCase() ?? "no parcel";
  return `#${request.id.toFixed()} ${request.cancellation_type}${refund}, ${badge(request.status)}, ${parcel}`;
}

export function buyer(request: Schemas["DetailedCancellationRequest"]): string {
  const { customer } = request.order_item.order;
  const plan = request.cancellation_plan?.status ?? "no plan";
  return `${customer.first_name} ${customer.last_name} <${customer.email}>, ${plan}`;
}
