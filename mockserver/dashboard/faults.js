// What is to go wrong in the session: the faults there are, and a form for another.
// Owns: the form. Knows nothing of how faults are played.

import { count, plural, words } from "./format.js";
import { Button, Empty, Field, Head, html, Loaded, Problem, Select, Text } from "./parts.js";

const KINDS = {
  latency: "The answer comes late",
  status: "An error instead of the answer",
  reset: "The connection is cut",
  truncate: "Half of the JSON",
  malformed: "JSON that can't be read",
  slow_body: "The body trickles in",
  empty: "No body at all",
};
const STATUSES = [429, 500, 502, 503, 504];
const DELAYED = new Set(["latency", "slow_body"]);
const START = { kind: "latency", operation: "", share: "100", count: "", seed: "", status: "503", retry_after: "", delay: "fixed", from: "300", to: "1200", points: "50: 80, 95: 400, 99: 1500" };
const PRESETS = [
  ["Slow network", { kind: "latency", delay: "range", from: "200", to: "800" }],
  ["Flaky: 1 in 10 is 503", { kind: "status", status: "503", share: "10", retry_after: "" }],
  ["Rate limit", { kind: "status", status: "429", retry_after: "5", count: "3" }],
  ["Long tail", { kind: "latency", delay: "percentiles", points: "50: 40, 95: 300, 99: 2000" }],
  ["Cut the next call", { kind: "reset", count: "1" }],
];

export class Faults extends Loaded {
  state = { data: null, error: null, form: START, refused: null };

  wants() {
    return ["faults", `${this.props.versions.faults} ${this.props.versions.calls}`];
  }

  load(signal) {
    return this.props.api.get("faults", {}, signal);
  }

  set = (changes) => this.setState(({ form }) => ({ form: { ...form, ...changes }, refused: null }));

  add = async (event) => {
    event.preventDefault();
    const { app, api } = this.props;
    let body;
    try {
      body = described(this.state.form);
      await api.post("faults", body);
    } catch (error) {
      this.setState({ refused: error.message });
      return;
    }
    app.say(`${words(body.kind)} is on`);
    app.live.touch("faults");
  };

  remove = async (path, done) => {
    const { app, api } = this.props;
    if (await app.act(() => api.delete(path), done)) app.live.touch("faults");
  };

  render({ status }, { data, error, form, refused }) {
    const faults = data?.faults ?? [];
    return html`
      <section class="two" aria-label="Faults">
        <${Head} title="Faults" about="What is to go wrong for clients of this session">
          ${faults.length > 1 && html`<${Button} icon="trash" label="Remove all" onClick=${() => this.remove("faults", "No more faults")} />`}
        <//>
        <${Problem} error=${error} />
        <div class="columns">
          <div>
            ${data && !faults.length && html`<${Empty} icon="bolt" title="Nothing goes wrong">Add a fault, or try one of the ready-made ones.<//>`}
            <ul class="cards" aria-label="Faults">
              ${faults.map((fault) => html`
                <li key=${fault.id} class=${`card ${fault.left === 0 ? "spent" : ""}`}>
                  <div><h3 class="kind">${words(fault.kind)} <span class="muted">${particulars(fault)}</span></h3>
                    <p class="muted">${fault.operation ? html`<code>${fault.operation}</code>` : "every operation"} · ${share(fault.share)}${fault.count === null ? "" : fault.left ? ` · ${count(fault.left)} of ${count(fault.count)} left` : " · used up"}</p></div>
                  <b class="hits" title="Calls hit">${count(fault.hits)}<small> ${fault.hits === 1 ? "hit" : "hits"}</small></b>
                  <${Button} bare kind="danger-quiet" icon="trash" label=${`Remove fault ${fault.id}`} onClick=${() => this.remove(`faults/${fault.id}`, "The fault is gone")} />
                </li>`)}
            </ul>
          </div>
          <form class="card form" onSubmit=${this.add} aria-label="New fault">
            <h2>New fault</h2>
            <div class="presets" role="group" aria-label="Ready-made">
              ${PRESETS.map(([label, preset]) => html`<${Button} key=${label} kind="small" label=${label} onClick=${() => this.setState({ form: { ...START, operation: form.operation, ...preset }, refused: null })} />`)}
            </div>
            <${Field} label="Kind" hint=${KINDS[form.kind]} wide><${Select} value=${form.kind} onChange=${(kind) => this.set({ kind })} options=${Object.keys(KINDS).map((kind) => [kind, words(kind)])} /><//>
            <${Field} label="Operation" wide><${Select} value=${form.operation} onChange=${(operation) => this.set({ operation })} options=${[["", "every operation"], ...status.operations.map(({ id }) => [id, id])]} /><//>
            ${form.kind === "status" && this.answering(form, status)}
            ${DELAYED.has(form.kind) && this.delaying(form)}
            <${Field} label=${`Share of calls: ${form.share} %`} wide><input type="range" min="1" max="100" value=${form.share} onInput=${(event) => this.set({ share: event.currentTarget.value })} /><//>
            <${Field} label="Times" hint="empty: no end"><${Text} type="number" min="1" value=${form.count} onInput=${(value) => this.set({ count: value })} /><//>
            <${Field} label="Seed" hint="for the share and delays"><${Text} type="number" value=${form.seed} onInput=${(seed) => this.set({ seed })} /><//>
            ${refused && html`<p class="problem wide" role="alert">${refused}</p>`}
            <button class="button primary wide">Add fault</button>
          </form>
        </div>
      </section>`;
  }

  answering(form, status) {
    const operations = status.operations.filter(({ id }) => !form.operation || id === form.operation);
    const known = [...new Set([...STATUSES, ...operations.flatMap(({ statuses }) => statuses).filter((code) => code >= 400)])].sort();
    return html`
      <${Field} label="Status"><${Select} value=${form.status} onChange=${(value) => this.set({ status: value })} options=${known.map((code) => [String(code), code])} /><//>
      <${Field} label="Retry-After" hint="seconds"><${Text} type="number" min="0" value=${form.retry_after} onInput=${(value) => this.set({ retry_after: value })} /><//>`;
  }

  delaying(form) {
    const number = (name, label) => html`<${Field} label=${label} hint="milliseconds"><${Text} type="number" min="0" required value=${form[name]} onInput=${(value) => this.set({ [name]: value })} /><//>`;
    return html`
      <${Field} label="Delay" wide><${Select} value=${form.delay} onChange=${(delay) => this.set({ delay })} options=${[["fixed", "fixed"], ["range", "from, to"], ["percentiles", "by percentiles"]]} /><//>
      ${form.delay === "percentiles"
        ? html`<${Field} label="Percentiles" hint="percentile: milliseconds, …" wide><${Text} required value=${form.points} onInput=${(points) => this.set({ points })} /><//>`
        : html`${number("from", form.delay === "fixed" ? "For" : "From")}${form.delay === "range" && number("to", "To")}`}`;
  }
}

/** The form as the control API takes it. Throws Error for percentiles that can't be read. */
function described(form) {
  const body = { kind: form.kind, operation: form.operation || null, share: Number(form.share) / 100, count: form.count ? Number(form.count) : null };
  if (form.seed !== "") body.seed = Number(form.seed);
  if (form.kind === "status") {
    body.status = Number(form.status);
    if (form.retry_after !== "") body.retry_after = Number(form.retry_after);
  }
  if (DELAYED.has(form.kind)) {
    if (form.delay === "percentiles") body.percentiles = readPoints(form.points);
    else body.delay_ms = form.delay === "range" ? [Number(form.from), Number(form.to)] : Number(form.from);
  }
  return body;
}

function readPoints(text) {
  const points = text.split(",").map((part) => part.split(":").map((number) => number.trim()));
  if (points.some((pair) => pair.length !== 2 || pair.some((number) => number === "" || Number.isNaN(Number(number))))) {
    throw new Error('Write percentiles such as "50: 80, 99: 900"');
  }
  return Object.fromEntries(points.map(([percentile, delay]) => [percentile, Number(delay)]));
}

function particulars(fault) {
  const parts = [];
  if (fault.status) parts.push(String(fault.status));
  if (fault.retry_after !== null && fault.retry_after !== undefined) parts.push(`Retry-After ${fault.retry_after} s`);
  if (fault.delay_ms !== undefined) parts.push(Array.isArray(fault.delay_ms) ? `${fault.delay_ms.join("–")} ms` : `${fault.delay_ms} ms`);
  if (fault.percentiles) parts.push(Object.entries(fault.percentiles).map(([p, ms]) => `p${p} ${ms} ms`).join(", "));
  return parts.join(", ");
}

const share = (value) => (value === 1 ? "all calls" : `${plural(Math.round(value * 1000) / 10, "percent", "percent")} of calls`);
