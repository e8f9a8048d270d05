// How a record's fields are edited: which control each gets, and what the control's text means.
// Owns: controls for fields. What fields there are, and their types, comes with the status of the mock, from the contract.

import { Field, html, Select, Text } from "./parts.js";
import { words } from "./format.js";

const WIDTH = 48; // characters that a line of a control holds
const LINE = 300; // a text that may be longer gets several lines
const NUMBERS = new Set(["integer", "number"]);

const fieldOf = (name, { resource }) => resource.fields.find((field) => field.name === name);
const referenceOf = (name, { resource }) => resource.references.find(({ field, opened }) => field === name || opened === name);

/** The fields of a record that are edited below the state, in the contract's order. */
export function shownFields(status, data) {
  const { id, state, fields } = status.resource;
  const known = fields.map((field) => field.name).filter((name) => name in data.base || !fieldOf(name, status).plain);
  return known.filter((name) => name !== id && name !== state);
}

/** Which control a field gets: choice, flag, number, key (of a row referred to), text, prose (text of several lines) or json. */
export function kindOf(name, status) {
  const field = fieldOf(name, status);
  if (referenceOf(name, status)) return "key";
  if (!field) return "json";
  if (field.enum.length) return "choice";
  if (field.type === "boolean") return "flag";
  if (NUMBERS.has(field.type)) return "number";
  if (field.type !== "string") return "json";
  return field.format || (field.max_length && field.max_length <= LINE) ? "text" : "prose";
}

/** Whether a field stands among the first: what people write, not times, identifiers and objects. */
export function isSimple(name, status) {
  const field = fieldOf(name, status);
  return kindOf(name, status) !== "json" && !field?.set_on && field?.format !== "uuid";
}

/** A value as its control shows it. */
export function written(name, value, status) {
  const kind = kindOf(name, status);
  if (kind === "flag") return Boolean(value);
  if (value === null || value === undefined) return "";
  return kind === "json" ? JSON.stringify(value, null, 2) : String(value);
}

/** What a control's content means. Throws Error for JSON or a number that can't be read; empty is null. */
export function meant(name, shown, status) {
  const kind = kindOf(name, status);
  if (kind === "flag") return shown;
  if (shown.trim() === "") return null;
  if (kind === "choice") return fieldOf(name, status).enum.find((value) => String(value) === shown) ?? shown;
  if (kind === "number") {
    if (Number.isNaN(Number(shown.trim()))) throw new Error("This must be a number");
    return Number(shown);
  }
  if (kind === "key") return /^-?\d{1,15}$/.test(shown.trim()) ? Number(shown) : shown;
  return kind === "json" ? readJson(shown) : shown;
}

export function readJson(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`This is not JSON: ${error.message}`);
  }
}

/** How many lines a text takes, as far as its control grows. */
const lines = (text) => Math.min(8, text.split("\n").reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / WIDTH)), 0));

export function Control({ name, value, error, status, note, onInput }) {
  const kind = kindOf(name, status);
  const field = fieldOf(name, status);
  const common = { name, value, onInput, "aria-invalid": Boolean(error) };
  if (kind === "flag") {
    return html`
      <label class="check wide"><input type="checkbox" name=${name} checked=${value} onChange=${(event) => onInput(event.currentTarget.checked)} />
        <span>${words(name)}</span></label>`;
  }
  const control =
    kind === "choice"
      ? html`<${Select} name=${name} value=${value} onChange=${onInput} options=${[["", "–"], ...field.enum.map((one) => [String(one), words(String(one))])]} />`
      : kind === "json" || kind === "prose"
        ? html`<textarea class=${`input ${kind}`} name=${name} rows=${lines(value)} value=${value}
            placeholder="null" spellcheck=${false} aria-invalid=${Boolean(error)} onInput=${(event) => onInput(event.currentTarget.value)}></textarea>`
        : html`<${Text} ...${common} placeholder="null" inputmode=${kind === "number" ? "decimal" : undefined} autocomplete="off" spellcheck=${false} />`;
  return html`<${Field} label=${words(name)} hint=${note} error=${error} wide=${kind === "json" || (kind === "prose" && lines(value) > 1)}>${control}<//>`;
}
