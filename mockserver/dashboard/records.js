// The records of the session: a table that the server pages, and the open record beside it.
// Owns: filters, paging, rows and their keys. Knows nothing of a record's fields (record.js).

import { draftOf, dropDraft } from "./drafts.js";
import { count, minute, words } from "./format.js";
import { Button, Component, Empty, Head, html, Icon, Loaded, moveAmongRows, Problem, Select, Status, Text, toneOf } from "./parts.js";
import { Record } from "./record.js";
import { go } from "./route.js";

const LIMITS = [25, 50, 100, 200];
const TYPING_MS = 180;
const LONGEST = 60;
const RESERVED = "jknst"; // letters that mean something on every row or view

/** The fields that a list shows, as the contract has them; the scope behind the id where there is one. */
export const columnsOf = ({ columns: [id, ...rest], scope }) => [id, ...(scope.length ? ["scope"] : []), ...rest];

/** A scope as people read it. */
export const scopeText = (scope) => scope.join(" / ");

/** A value as a cell shows it: the key of an opened row, the time to the minute, text cut to what fits. */
export function cellText(value, field) {
  if (value === null || value === undefined) return "–";
  if (Array.isArray(value)) return value.join(", ");
  if (typeof value === "object") return String(value.name ?? value.title ?? value.id ?? Object.values(value)[0] ?? "");
  if (field?.format === "date-time") return minute(value);
  if (field?.enum.length) return words(String(value));
  const text = String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

export class Records extends Loaded {
  state = { data: null, error: null, active: null, text: this.props.params.q ?? "" };

  wants() {
    const { params, versions } = this.props;
    return [JSON.stringify(this.query(params)), versions.records];
  }

  query({ scope, status, q, page = "1", limit = "50", order = "-id" }) {
    return { scope, status, q, page, limit, order };
  }

  async load(signal) {
    const asked = JSON.stringify(this.query(this.props.params));
    const found = await this.props.api.get("records", this.query(this.props.params), signal);
    const before = this.state.data?.asked === asked ? this.state.data : null;
    const { id } = this.props.status.resource;
    const known = new Map(before?.results.map((row) => [row[id], JSON.stringify(row)]));
    const fresh = new Set(
      found.results.filter((row) => before && known.get(row[id]) !== JSON.stringify(row)).map((row) => row[id]),
    );
    return { ...found, asked, fresh };
  }

  componentDidUpdate() {
    super.componentDidUpdate();
    const q = this.props.params.q ?? "";
    if (q !== this.q && q !== this.state.text && document.activeElement?.id !== "records-search") this.setState({ text: q });
    this.q = q;
  }

  filter(changes) {
    go("records", { ...this.props.params, page: "", ...changes }, { replace: true });
  }

  open = (id) => go("records", { ...this.props.params, open: id }, { replace: Boolean(this.props.params.open) });

  close = () => {
    const id = this.props.params.open;
    go("records", { ...this.props.params, open: "" });
    (document.getElementById(`row-${id}`) ?? document.querySelector("#rows [data-row]"))?.focus();
  };

  turn(step) {
    const { data } = this.state;
    const page = data.page + step;
    if (page >= 1 && page <= pages(data)) go("records", { ...this.props.params, page }, { replace: true });
  }

  typed = (text) => {
    this.setState({ text });
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.filter({ q: text.trim() }), TYPING_MS);
  };

  key = (event) => {
    const row = moveAmongRows(event);
    const id = (row ?? event.target.closest("[data-row]"))?.dataset.row;
    if (row) {
      if (this.props.params.open) this.open(id);
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "PageDown") this.turn(1);
    else if (event.key === "PageUp") this.turn(-1);
    else if (!id) return;
    else if (event.key === "Enter" || event.key === " ") {
      this.open(id);
      requestAnimationFrame(() => document.getElementById("panel")?.focus());
    } else if (event.key === "Delete") this.remove(id);
    else if (this.action(event.key)) this.run(this.action(event.key), id);
    else return;
    event.preventDefault();
  };

  /** The action of the contract whose name begins with this letter. */
  action(letter) {
    return RESERVED.includes(letter) ? undefined : this.props.status.resource.actions.find(({ name }) => name[0] === letter);
  }

  run = async ({ name, field, value }, id) => {
    const { app, api } = this.props;
    const path = `records/${encodeURIComponent(id)}`;
    if (await app.act(() => api.patch(path, { [field]: value }), `Record ${id}: ${words(name)}`)) app.live.touch("records");
  };

  remove = async (id) => {
    const { app, api, params } = this.props;
    const sure = await app.ask({
      title: `Delete record ${id}?`,
      text: "Later calls for it answer 404. Resetting the session brings it back if it was there at the start.",
      confirm: "Delete",
      danger: true,
    });
    if (!sure || !(await app.act(() => api.delete(`records/${encodeURIComponent(id)}`), `Record ${id} is deleted`))) return;
    dropDraft(api.session, id);
    if (params.open === String(id)) this.close();
    app.live.touch("records");
  };

  render({ app, api, status, params, versions, calls }, { data, error, active, text }) {
    const filtered = Boolean(params.q || params.status || params.scope);
    return html`
      <div class=${`records ${params.open ? "with-panel" : ""}`}>
        <section class="list" aria-label="Records">
          <${Head} title="Records" about=${data ? `${count(data.count)} ${words(status.resource.name)}${filtered ? " found" : ""}` : "…"}>
            ${this.draftMark("new")}<${Button} kind="primary" icon="plus" label="New record" onClick=${app.newRecord} />
          <//>
          <div class="filters">
            <div class="search"><${Icon} name="search" />
              <${Text} id="records-search" data-search type="search" value=${text} placeholder="Id, or any text that the contract's filters search"
                aria-label="Search records" onInput=${this.typed} /><kbd>/</kbd></div>
            ${status.resource.scope.length > 0 && html`<${Select} aria-label="Scope" value=${params.scope ?? ""} onChange=${(scope) => this.filter({ scope })}
              options=${[["", "Everywhere"], ...status.scopes.map((scope) => [JSON.stringify(scope), scopeText(scope)])]} />`}
            <div class="segments" role="group" aria-label="Status" hidden=${!status.statuses.length}>
              ${["", ...status.statuses].map((name) => html`
                <button type="button" key=${name} aria-pressed=${(params.status ?? "") === name} data-tone=${toneOf(name, status)}
                  onClick=${() => this.filter({ status: name })}>${name ? words(name) : "All"}</button>`)}
            </div>
          </div>
          <${Problem} error=${error} />
          ${data && this.table(data, active, params, filtered)}
          ${data && html`<${Pager} data=${data} turn=${(step) => this.turn(step)} params=${params} />`}
        </section>
        ${params.open && html`<${Record} key=${`${api.session} ${params.open}`} id=${params.open} ...${{ app, api, status, versions, calls }}
          close=${this.close} opened=${this.open} drafted=${() => this.forceUpdate()} remove=${this.remove} />`}
      </div>`;
  }

  draftMark(id) {
    return draftOf(this.props.api.session, id) && html`<span class="draft" role="img" aria-label="Unsaved changes" title="Unsaved changes">●</span>`;
  }

  table(data, active, params, filtered) {
    if (!data.results.length) {
      return html`<${Empty} icon="table" title=${filtered ? "Nothing matches" : "No records yet"}>
        ${filtered ? "Try other words, another status or scope." : "Create one here or through the API, or import a world under Snapshots."}<//>`;
    }
    const oldest = (params.order ?? "-id") === "id";
    const { resource } = this.props.status;
    const { id, state } = resource;
    const fields = new Map(resource.fields.map((field) => [field.name, field]));
    const columns = columnsOf(resource);
    const first = data.results.some((row) => row[id] === active) ? active : data.results[0][id];
    return html`
      <div class="scroll">
        <table role="grid" aria-label=${words(resource.name)} aria-rowcount=${data.count} class="grid">
          <thead><tr>
            ${columns.map((name) => html`<th key=${name} scope="col" class=${name === id ? "c-id" : ""} aria-sort=${name === id ? (oldest ? "ascending" : "descending") : undefined}>
              ${name === id ? html`<button type="button" class="sort" title="Newest or oldest first"
                onClick=${() => this.filter({ order: oldest ? "" : "id" })}>${words(name)}<${Icon} name=${oldest ? "up" : "down"} /></button>` : words(name)}</th>`)}
          </tr></thead>
          <tbody id="rows" onKeyDown=${this.key}>
            ${data.results.map((row) => html`
              <tr key=${row[id]} id=${`row-${row[id]}`} data-row=${row[id]} tabindex=${row[id] === first ? 0 : -1}
                class=${data.fresh.has(row[id]) ? "fresh" : ""} aria-selected=${String(row[id]) === params.open}
                onClick=${() => this.open(row[id])} onFocus=${() => this.setState({ active: row[id] })}>
                ${columns.map((name) => html`<td key=${name} class=${name === id ? "c-id" : ""}>
                  ${name === state ? html`<${Status} value=${row[name]} status=${this.props.status} />` : name === "scope" ? scopeText(row.scope) : name === id ? html`${row[name]}${this.draftMark(row[name])}` : cellText(row[name], fields.get(name))}</td>`)}
              </tr>`)}
          </tbody>
        </table>
      </div>`;
  }
}

const pages = (data) => Math.max(1, Math.ceil(data.count / data.limit));

class Pager extends Component {
  state = { typed: null };

  jump = (event) => {
    const { data, turn } = this.props;
    const page = Math.min(pages(data), Math.max(1, Number.parseInt(event.currentTarget.value, 10) || 1));
    this.setState({ typed: null });
    turn(page - data.page);
  };

  render({ data, turn, params }, { typed }) {
    const last = pages(data);
    const from = (data.page - 1) * data.limit + 1;
    return html`
      <footer class="pager">
        <span>${data.results.length ? `${count(from)}–${count(from + data.results.length - 1)} of ${count(data.count)}` : "0 of 0"}</span>
        <span class="spring"></span>
        <${Select} aria-label="Rows on a page" value=${String(data.limit)} options=${LIMITS.map((n) => [String(n), `${n} rows`])}
          onChange=${(limit) => go("records", { ...params, limit, page: "" }, { replace: true })} />
        <nav aria-label="Pages">
          <${Button} bare icon="first" label="First page" disabled=${data.page <= 1} onClick=${() => turn(1 - data.page)} />
          <${Button} bare icon="left" label="Previous page" disabled=${data.page <= 1} onClick=${() => turn(-1)} />
          <label>Page <${Text} inputmode="numeric" aria-label="Page" value=${typed ?? data.page}
            onInput=${(text) => this.setState({ typed: text })} onChange=${this.jump} /> of ${count(last)}</label>
          <${Button} bare icon="right" label="Next page" disabled=${data.page >= last} onClick=${() => turn(1)} />
          <${Button} bare icon="last" label="Last page" disabled=${data.page >= last} onClick=${() => turn(last - data.page)} />
        </nav>
      </footer>`;
  }
}
