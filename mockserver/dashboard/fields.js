// How a record's fields are edited: which control each gets, and what the control's text means.
// Owns: controls for fields. A field that the contract gains later is edited as JSON until it is named here.

import { Field, html, Select, Text } from "./parts.js";
import { words } from "./format.js";

const KINDS = {
  cancellation_type: "type",
  order_item: "number",
  reason: "number",
  quantity: "number",
  description: "long",
  iban: "text",
  holder_name: "text",
  fully_refund_as_loyalty_money: "flag",
  created_date: "text",
  modified_date: "text",
  uuid: "text",
};
const ELSEWHERE = new Set(["id", "status", "easy_return"]);
const FIRST = ["cancellation_type", "quantity", "reason", "order_item", "description", "iban", "holder_name", "fully_refund_as_loyalty_money"];
const LABELS = { iban: "IBAN", uuid: "UUID" };
const WIDE = new Set(["description", "fully_refund_as_loyalty_money", "uuid"]);

/** The fields of a record in the order in which they are shown. */
export function shownFields(base) {
  const names = Object.keys(base).filter((name) => !ELSEWHERE.has(name));
  return [...FIRST.filter((name) => names.includes(name)), ...names.filter((name) => !FIRST.includes(name))];
}

export const kindOf = (name) => KINDS[name] ?? "json";

/** A value as its control shows it. */
export function written(name, value) {
  const kind = kindOf(name);
  if (kind === "flag") return Boolean(value);
  if (kind === "json") return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
  return value === null || value === undefined ? "" : String(value);
}

/** What a control's content means. Throws Error for JSON or a number that can't be read; empty is null. */
export function meant(name, shown) {
  const kind = kindOf(name);
  if (kind === "flag" || kind === "type") return shown;
  if (shown.trim() === "") return null;
  if (kind === "number") {
    if (!/^-?\d+$/.test(shown.trim())) throw new Error("This must be a whole number");
    return Number(shown);
  }
  if (kind === "json") return readJson(shown);
  return shown;
}

export function readJson(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error.message}`);
  }
}

export function Control({ name, value, error, status, note, onInput }) {
  const kind = kindOf(name);
  const common = { name, value, onInput, "aria-invalid": Boolean(error) };
  if (kind === "flag") {
    return html`
      <label class="check wide"><input type="checkbox" name=${name} checked=${value} onChange=${(event) => onInput(event.currentTarget.checked)} />
        <span>${words(name)}</span></label>`;
  }
  const control =
    kind === "type"
      ? html`<${Select} name=${name} value=${value} onChange=${onInput} options=${status.cancellation_types.map((type) => [type, words(type)])} />`
      : kind === "long" || kind === "json"
        ? html`<textarea class=${`input ${kind}`} name=${name} rows=${kind === "json" ? Math.min(8, value.split("\n").length) : 3} value=${value}
            placeholder="null" spellcheck=${kind === "long"} onInput=${(event) => onInput(event.currentTarget.value)}></textarea>`
        : html`<${Text} ...${common} placeholder="null" inputmode=${kind === "number" ? "numeric" : undefined} autocomplete="off" spellcheck=${false} />`;
  return html`<${Field} label=${LABELS[name] ?? words(name)} hint=${note} error=${error} wide=${WIDE.has(name) || kind === "json"}>${control}<//>`;
}
