// Small parts that every view is built from.
// Owns: badges, icons, fields, and the base of a view that loads its data. Knows nothing of any one view.
// Everything is shown through the framework's text nodes and attributes; no markup is ever made from data.

import { Component, createRef, Fragment, h, render } from "./preact.js";
import htm from "./htm.js";
import { words } from "./format.js";

export const html = htm.bind(h);
export { Component, createRef, Fragment, render };

const PATHS = {
  table: "M4 5h16v14H4zM4 10h16M4 14.500h16M10 10v9",
  pulse: "M3 12h4l3-8 4 16 3-8h4",
  grid: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h6v6h-6z",
  bolt: "M13 3 5 14h6l-1 7 8-11h-6z",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10.500a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  layers: "m12 3 9 5-9 5-9-5zM3 12.500l9 5 9-5M3 16.500l9 5 9-5",
  search: "M10.500 4a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13zM15.500 15.500 20 20",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  left: "m14 6-6 6 6 6",
  right: "m10 6 6 6-6 6",
  first: "m18 6-6 6 6 6M7 6v12",
  last: "m6 6 6 6-6 6M17 6v12",
  down: "m6 10 6 6 6-6",
  up: "m6 14 6-6 6 6",
  reset: "M4 5v5h5M4.500 10A8 8 0 1 1 4 13",
  download: "M12 4v11m0 0-4-4m4 4 4-4M4 20h16",
  upload: "M12 15V4m0 0L8 8m4-4 4 4M4 20h16",
  pause: "M8 5v14M16 5v14",
  play: "M7 5l12 7-12 7z",
  snow: "M12 3v18M4.200 7.500l15.600 9M19.800 7.500l-15.600 9",
  ban: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.800 5.800l12.400 12.400",
  warn: "M12 4 2.500 20h19zM12 10v4M12 17v.500",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1.400 1.400M17.600 17.600 19 19M5 19l1.400-1.400M17.600 6.400 19 5",
  moon: "M20 14A8.500 8.500 0 0 1 10 4a8.500 8.500 0 1 0 10 10z",
  system: "M3 5h18v11H3zM9 20h6M12 16v4",
  help: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.700.300-1 .800-1 1.700M12 16.500v.500",
  open: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
  check: "m5 12.500 5 5L19.500 7",
};

export const Icon = ({ name }) =>
  html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${PATHS[name]} /></svg>`;

/** icon and label; `bare` shows the icon only and keeps the label for tooltips and screen readers. */
export const Button = ({ icon, label, bare = false, kind = "", ...rest }) => html`
  <button type="button" class=${`button ${kind} ${bare ? "bare" : ""}`} title=${bare ? label : undefined}
    aria-label=${bare ? label : undefined} ...${rest}>
    ${icon && html`<${Icon} name=${icon} />`}${!bare && html`<span>${label}</span>`}
  </button>`;

const TONES = 6;

/** The colour of a state, by its place among the contract's. */
export const toneOf = (value, { statuses }) => statuses.indexOf(value) % TONES;

export const Status = ({ value, status }) => html`<span class="status" data-tone=${toneOf(value, status)}>${words(value)}</span>`;

export const Method = ({ value }) => html`<span class="method" data-method=${value}>${value}</span>`;

export const Code = ({ value }) =>
  html`<span class="code" data-class=${Math.floor(value / 100)}>${value || "–"}</span>`;

export const Empty = ({ icon, title, children }) => html`
  <div class="empty"><${Icon} name=${icon} /><h2>${title}</h2><p>${children}</p></div>`;

/** A labelled control; `error` is read out and shown under it. */
export const Field = ({ label, hint, error, wide = false, children }) => html`
  <label class=${`field ${wide ? "wide" : ""} ${error ? "wrong" : ""}`}>
    <span class="label">${label}</span>
    ${children}
    ${error ? html`<small class="error" role="alert">${error}</small>` : hint && html`<small>${hint}</small>`}
  </label>`;

export const Select = ({ value, options, onChange, ...rest }) => html`
  <select class="input" value=${value} onChange=${(event) => onChange(event.currentTarget.value)} ...${rest}>
    ${options.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
  </select>`;

export const Text = ({ value, onInput, ...rest }) => html`
  <input class="input" value=${value} onInput=${(event) => onInput(event.currentTarget.value)} ...${rest} />`;

/** A view's title, one line of what it is for, and its actions. */
export const Head = ({ title, about, children }) => html`
  <header class="head">
    <div><h1>${title}</h1>${about && html`<p>${about}</p>`}</div>
    <div class="actions">${children}</div>
  </header>`;

export const Facts = ({ rows }) => html`
  <dl class="facts">
    ${rows.map(([name, value]) => html`<${Fragment} key=${name}><dt>${name}</dt><dd>${value ?? "–"}</dd><//>`)}
  </dl>`;

const GENTLE_MS = 300;

/**
 * A view that loads: `wants()` returns [what, version]. Another `what` is loaded at once; another version of the same,
 * which live news bring, after a moment, so that a busy server is not asked at each call.
 */
export class Loaded extends Component {
  state = { data: null, error: null };

  componentDidMount() {
    this.#remember();
    this.reload();
  }

  componentDidUpdate() {
    const [what, version] = this.wants();
    if (what === this.what && version === this.version) return;
    const other = what !== this.what;
    this.#remember();
    if (other) this.reload();
    else this.later ??= setTimeout(() => this.#refresh(), GENTLE_MS);
  }

  componentWillUnmount() {
    clearTimeout(this.later);
    this.running?.abort();
  }

  #remember() {
    [this.what, this.version] = this.wants();
  }

  /** A load under way is waited for, not cut off: news that never stop must not starve the view. */
  async #refresh() {
    await this.busy;
    this.later = undefined;
    if (!this.running?.signal.aborted) await this.reload();
  }

  reload() {
    this.running?.abort();
    this.running = new AbortController();
    return (this.busy = this.#take(this.running.signal));
  }

  async #take(signal) {
    try {
      const data = await this.load(signal);
      if (!signal.aborted) this.setState({ data, error: null });
    } catch (error) {
      if (!signal.aborted) this.setState({ error });
    }
  }
}

export const Problem = ({ error }) =>
  error && html`<p class="problem" role="alert"><${Icon} name="warn" />${error.message}</p>`;

/** Up, Down, Home and End move the focus among the rows marked data-row. Returns the row moved to. */
export function moveAmongRows(event) {
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
  const end = { Home: 0, End: -1 }[event.key];
  if ((step === undefined && end === undefined) || event.ctrlKey || event.metaKey || event.altKey) return null;
  const rows = [...event.currentTarget.querySelectorAll("[data-row]")];
  const here = rows.indexOf(document.activeElement.closest("[data-row]"));
  const row = end === undefined ? rows[Math.max(0, Math.min(rows.length - 1, here + step))] : rows.at(end);
  if (!row) return null;
  event.preventDefault();
  row.focus();
  return row;
}
