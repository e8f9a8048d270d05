// Every call of the session, live, newest first, with what the client did wrong.
// Owns: filters and unfolding. The calls themselves are kept by live.js.

import { curl } from "./curl.js";
import { count, milliseconds, plural, pretty, second, timeOfDay, words } from "./format.js";
import { Button, Code, Component, Empty, Facts, Head, html, Icon, Method, moveAmongRows, Select, Text } from "./parts.js";
import { go, href } from "./route.js";

const SHOWN = 200;
const CLASSES = [["", "Any status"], ["2", "2xx"], ["3", "3xx"], ["4", "4xx"], ["5", "5xx"]];

export class Journal extends Component {
  state = { unfolded: new Set(), held: null, most: SHOWN };

  filter = (changes) => go("journal", { ...this.props.params, ...changes }, { replace: true });

  /** The calls that pass the filters, newest first. */
  wanted(calls, { q = "", method, code, operation, violation, record, fault }) {
    const text = q.toLowerCase();
    const wanted = (call) =>
      (!method || call.method === method) &&
      (!code || (code.length === 1 ? Math.floor(call.status / 100) === Number(code) : call.status === Number(code))) &&
      (!operation || call.operation === operation) &&
      (!violation || call.violations.length > 0) &&
      (!fault || call.fault) &&
      (!record || String(call.record) === record) &&
      (!text || searched(call).includes(text));
    return calls.filter(wanted).reverse();
  }

  key = (event) => {
    if (moveAmongRows(event)) return;
    if (event.key === "Escape" && this.state.unfolded.size) this.setState({ unfolded: new Set() });
  };

  toggle = (seq) =>
    this.setState(({ unfolded }) => {
      const next = new Set(unfolded);
      if (!next.delete(seq)) next.add(seq);
      return { unfolded: next };
    });

  clear = async () => {
    const { app, api } = this.props;
    const sure = await app.ask({ title: "Clear the journal?", text: "The calls of this session are forgotten, and its coverage starts anew.", confirm: "Clear", danger: true });
    if (sure && (await app.act(() => api.delete("journal"), "The journal is empty"))) this.setState({ unfolded: new Set(), held: null });
  };

  render({ app, api, status, params, calls, session }, { unfolded, held, most }) {
    const all = held ?? calls;
    const found = this.wanted(all, params);
    const broken = all.filter((call) => call.violations.length).length;
    const waiting = held ? calls.filter((call) => call.seq > (held.at(-1)?.seq ?? 0)).length : 0;
    const methods = [...new Set(status.operations.map((operation) => operation.method))];
    return html`
      <section class="journal" aria-label="Journal">
        <${Head} title="Journal" about=${`${plural(all.length, "call")}, ${broken ? `${count(broken)} with violations of the contract` : "no violation of the contract"}`}>
          <${Button} icon=${held ? "play" : "pause"} label=${held ? (waiting ? `Resume (${count(waiting)} new)` : "Resume") : "Pause"} aria-pressed=${Boolean(held)}
            onClick=${() => this.setState({ held: held ? null : calls.slice() })} />
          <${Button} icon="download" label="HAR" title="Download the journal as HAR 1.2" onClick=${() => app.act(() => api.download("journal.har", `${session}.har`))} />
          <${Button} icon="trash" label="Clear" onClick=${this.clear} />
        <//>
        <div class="filters">
          <div class="search"><${Icon} name="search" />
            <${Text} data-search type="search" value=${params.q ?? ""} placeholder="Path, query, body, violation" aria-label="Search calls" onInput=${(q) => this.filter({ q })} /><kbd>/</kbd></div>
          <${Select} aria-label="Method" value=${params.method ?? ""} onChange=${(method) => this.filter({ method })} options=${[["", "Any method"], ...methods.map((name) => [name, name])]} />
          <${Select} aria-label="Status" value=${params.code ?? ""} onChange=${(code) => this.filter({ code })}
            options=${params.code?.length === 3 ? [...CLASSES, [params.code, params.code]] : CLASSES} />
          <${Select} aria-label="Operation" value=${params.operation ?? ""} onChange=${(operation) => this.filter({ operation })}
            options=${[["", "Any operation"], ...status.operations.map(({ id }) => [id, id])]} />
          <div class="segments" role="group" aria-label="Marks">
            <button type="button" class="violation" aria-pressed=${Boolean(params.violation)} onClick=${() => this.filter({ violation: params.violation ? "" : "1" })}>Violations</button>
            <button type="button" aria-pressed=${Boolean(params.fault)} onClick=${() => this.filter({ fault: params.fault ? "" : "1" })}>Faults</button>
          </div>
          ${params.record && html`<button type="button" class="chip" onClick=${() => this.filter({ record: "" })} title="Show all records' calls">record ${params.record}<${Icon} name="close" /></button>`}
        </div>
        ${found.length === 0
          ? html`<${Empty} icon="pulse" title=${all.length ? "Nothing matches" : "No calls yet"}>
              ${all.length ? "Try other words or filters." : html`Calls to <code>${rootOf(status, session)}</code> show here as they happen.`}<//>`
          : html`<div class="calls" role="list" aria-label="Calls, newest first" onKeyDown=${this.key}>
              ${found.slice(0, most).map((call) => html`<${Call} key=${call.seq} ...${{ call, app, status }} open=${unfolded.has(call.seq)} toggle=${this.toggle} />`)}
              ${found.length > most && html`<${Button} kind="more" label=${`Show more (${count(found.length - most)})`} onClick=${() => this.setState({ most: most + SHOWN })} />`}
            </div>`}
      </section>`;
  }
}

function searched(call) {
  call.searched ??= [call.method, `${call.path}?${call.query}`, call.status, call.operation, call.request_body, call.response_body, call.fault,
    ...call.violations.map((violation) => `${violation.code} ${violation.message}`)].join("\n").toLowerCase();
  return call.searched;
}

class Call extends Component {
  shouldComponentUpdate(next) {
    return next.call !== this.props.call || next.open !== this.props.open;
  }

  render({ call, app, status, open, toggle }) {
    const broken = call.violations.length > 0;
    return html`
      <article class=${`call ${broken ? "broken" : ""} ${open ? "open" : ""}`} role="listitem">
        <button type="button" class="line" data-row=${call.seq} aria-expanded=${open} onClick=${() => toggle(call.seq)}>
          <time title=${call.time}>${timeOfDay(call.time)}</time>
          <${Method} value=${call.method} />
          <span class="path"><span>${call.path}</span>${call.query && html`<span class="muted">?${readable(call.query)}</span>`}</span>
          <span class="marks">
            ${call.fault && html`<span class="tag fault" title="A fault was played, or the call was lost">${words(call.fault)}</span>`}
            ${broken && html`<span class="tag violation">${call.violations[0].code}${call.violations.length > 1 ? ` +${call.violations.length - 1}` : ""}</span>`}
          </span>
          <${Code} value=${call.status} />
          <span class="ms">${milliseconds(call.duration_ms)}</span>
          <${Icon} name=${open ? "up" : "down"} />
        </button>
        ${open && this.details(call, app, status)}
      </article>`;
  }

  details(call, app, status) {
    return html`
      <div class="details">
        ${call.violations.length > 0 && html`<ul class="violations" aria-label="Violations of the contract">
          ${call.violations.map((violation, index) => html`<li key=${index}><${Icon} name="warn" /><b>${violation.code}</b><span>${violation.message}</span></li>`)}
        </ul>`}
        <${Facts} rows=${[
          ["Operation", call.operation ?? "none of the contract"],
          ["Time", `${second(call.time)} UTC, call ${call.seq}`],
          ["Token", call.token ? html`<code>${call.token}</code>` : "none"],
          ...(call.query ? [["Query", html`<code class="query">${call.query.split("&").map((pair, index) => html`<span key=${index}>${readable(pair)}</span>`)}</code>`]] : []),
          ...(call.record !== null ? [["Record", html`<a href=${href("records", { open: call.record })}>Request ${call.record}</a>`]] : []),
          ...(call.fault ? [["Fault", words(call.fault)]] : []),
          ...(call.note ? [["Note", call.note]] : []),
          ...(call.upstream ? [["Sent on to", call.upstream]] : []),
        ]} />
        <div class="bodies">
          <${Body} title="Request body" text=${call.request_body} app=${app} />
          <${Body} title="Answer" text=${call.response_body} app=${app} />
        </div>
        ${call.truncated && html`<p class="muted">Bodies are cut to ${count(status.limits.body_bytes)} bytes.</p>`}
        <${Button} icon="copy" label="Copy as curl" onClick=${() => app.copy(curl(call, status.base_url))} />
      </div>`;
  }
}

const Body = ({ title, text, app }) => html`
  <figure>
    <figcaption>${title}${text !== null && html`<${Button} bare icon="copy" label=${`Copy: ${title}`} onClick=${() => app.copy(text)} />`}</figcaption>
    ${text === null ? html`<p class="muted">none</p>` : html`<pre class="json" tabindex="0">${pretty(text)}</pre>`}
  </figure>`;

/** Where a client reaches this session without a header; a proxy knows sessions by the header only. */
const rootOf = (status, session) => (session === "default" || status.proxy ? status.base_url : `${status.base_url}/s/${session}`);

function readable(query) {
  try {
    return decodeURIComponent(query.replaceAll("+", " "));
  } catch {
    return query;
  }
}
