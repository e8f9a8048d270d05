// One record, open beside the table: everything in it can be changed, beyond what the API allows.
// Owns: the edits not yet saved, each of which goes into the record's draft (drafts.js). Knows nothing of the table.

import { draftOf, dropDraft, keepDraft } from "./drafts.js";
import { label, milliseconds, timeOfDay, words } from "./format.js";
import { Control, isSimple, meant, shownFields, written } from "./fields.js";
import { Button, Code, Facts, Field, html, Icon, Loaded, Method, Problem, Select, Status, toneOf } from "./parts.js";
import { href } from "./route.js";

const CALLS = 8;
const SCOPE = "scope";

/** The values of a row and of the rows in it, with their names. */
function flat(row, prefix = "") {
  return Object.entries(row).flatMap(([name, value]) =>
    value && typeof value === "object" ? flat(value, `${prefix}${words(name)} `) : [[`${prefix}${words(name)}`, value]]);
}

export class Record extends Loaded {
  state = { data: null, error: null, edits: {}, wrong: {}, status: null, ...draftOf(this.props.api.session, this.props.id) };

  /** Change edits or status by a function of the state; what is then unsaved is the record's draft. */
  change(to) {
    const { api, id, drafted } = this.props;
    this.setState((state) => {
      const changed = to(state);
      const { edits, status } = { ...state, ...changed };
      if (status || Object.keys(edits).length) keepDraft(api.session, id, { edits, status });
      else dropDraft(api.session, id);
      return changed;
    });
    drafted();
  }

  discard = () => this.change(() => ({ edits: {}, wrong: {}, status: null }));

  wants() {
    return [this.props.id, this.props.versions.records];
  }

  get isNew() {
    return this.props.id === "new";
  }

  async load(signal) {
    const { api, id, status } = this.props;
    const encoded = encodeURIComponent(id);
    if (!this.isNew) return api.get(`records/${encoded}`, {}, signal).catch((error) => this.gone(error));
    const { id: idField, state, fields } = status.resource;
    const empty = fields.filter((field) => field.name !== idField && field.name !== state && !field.set_on);
    return this.state.data ?? {
      scope: status.scopes[0],
      base: Object.fromEntries(empty.map((field) => [field.name, null])),
    };
  }

  /** What was not saved of a record that is no longer there is nobody's: the id may come back with another. */
  gone(error) {
    if (error.status === 404) this.discard();
    throw error;
  }

  edit(name, value) {
    this.change(({ edits, wrong, data }) => {
      const next = { ...edits, [name]: value };
      if (value === this.original(name, data)) delete next[name];
      return { edits: next, wrong: { ...wrong, [name]: undefined } };
    });
  }

  original(name, data) {
    if (name === SCOPE) return JSON.stringify(data.scope);
    return written(name, this.value(name, data), this.props.status);
  }

  /** A field's value; of a reference its key. */
  value(name, data) {
    const reference = this.props.status.resource.references.find(({ field, opened }) => field === name || opened === name);
    const value = data.base[name] ?? data.detailed?.[name];
    return reference && value && typeof value === "object" ? value[reference.key] : value;
  }

  shown(name, data) {
    return this.state.edits[name] ?? this.original(name, data);
  }

  /** The edits as the API takes them; null, and what is wrong, when one can't be read. */
  changes() {
    const changes = {};
    const wrong = {};
    for (const [name, shown] of Object.entries(this.state.edits)) {
      try {
        if (name === SCOPE) changes[SCOPE] = JSON.parse(shown);
        else changes[name] = meant(name, shown, this.props.status);
      } catch (error) {
        wrong[name] = error.message;
      }
    }
    this.setState({ wrong });
    return Object.keys(wrong).length ? null : changes;
  }

  save = async (event) => {
    event?.preventDefault();
    const { app, api, id, opened } = this.props;
    const changes = this.changes();
    if (!changes || (!this.isNew && !Object.keys(changes).length)) return;
    const wrong = (fields) => this.setState({ wrong: fields });
    if (this.isNew) {
      const { data, status } = this.state;
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
      let made;
      const { id: idField, state } = this.props.status.resource;
      const body = { scope: data.scope, ...given, ...(status && state ? { [state]: status } : {}) };
      if (await app.act(async () => (made = await api.post("records", body)), () => `Record ${made.base[idField]} is there`, wrong)) {
        this.discard();
        opened(made.base[idField]);
      }
    } else {
      await this.patch(changes, `Record ${id} is saved`, wrong);
    }
    app.live.touch("records");
  };

  async patch(changes, done, wrong) {
    const { app, api, id } = this.props;
    let data;
    if (!(await app.act(async () => (data = await api.patch(`records/${encodeURIComponent(id)}`, changes)), done, wrong))) return;
    this.change(({ edits }) => ({
      data,
      wrong: {},
      edits: Object.fromEntries(Object.entries(edits).filter(([name]) => !(name in changes))),
    }));
    app.live.touch("records");
  }

  key = (event) => {
    if (event.key === "Escape") this.props.close();
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.save();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  render({ id, close, remove, status }, { data, error, edits, wrong, status: chosen }) {
    const { state, actions } = status.resource;
    const dirty = Object.keys(edits).length;
    const title = this.isNew ? "New record" : `Record ${id}`;
    return html`
      <aside id="panel" class="panel" tabindex="-1" aria-labelledby="panel-title" onKeyDown=${this.key}>
        <header>
          <div><h2 id="panel-title" title=${title}>${title}</h2>${data && !this.isNew && html`<small>${data.scope.join(" / ")}</small>`}</div>
          ${data && !this.isNew && state && html`<${Status} value=${data.base[state]} status=${status} />`}
          <span class="spring"></span>
          ${data && !this.isNew && html`
            ${actions.map((action) => html`<${Button} key=${action.id} label=${label(action.name)} disabled=${data.base[action.field] === action.value}
              onClick=${() => this.patch({ [action.field]: action.value }, `Record ${id}: ${words(action.name)}`)} />`)}
            <${Button} bare kind="danger-quiet" icon="trash" label="Delete" onClick=${() => remove(id)} />`}
          <${Button} bare icon="close" label="Close" onClick=${close} />
        </header>
        <div class="body">
          <${Problem} error=${error} />
          ${data && (error?.status === 404 ? html`<p class="muted">It is gone: deleted, or the session was reset.</p>` : this.form(data, wrong))}
        </div>
        ${data && (dirty > 0 || this.isNew) && html`
          <footer>
            <span class="muted">${this.isNew ? "What you leave empty is made up" : dirty === 1 ? "1 unsaved change" : `${dirty} unsaved changes`}</span>
            <span class="spring"></span>
            ${(dirty > 0 || chosen) && html`<${Button} label="Discard" onClick=${this.discard} />`}
            <${Button} kind="primary" label=${this.isNew ? "Create" : "Save"} onClick=${this.save} />
          </footer>`}
      </aside>`;
  }

  form(data, wrong) {
    const { status } = this.props;
    const names = shownFields(status, data);
    const simple = names.filter((name) => isSimple(name, status));
    const rest = names.filter((name) => !simple.includes(name));
    const control = (name) => html`<${Control} key=${name} name=${name} value=${this.shown(name, data)} error=${wrong[name]} status=${status}
      note=${this.note(name, data)} onInput=${(value) => this.edit(name, value)} />`;
    return html`
      <form onSubmit=${this.save}>
        ${this.statuses(data, wrong)}
        <fieldset><legend>Fields</legend>
          ${this.isNew && status.resource.scope.length > 0 && html`<${Field} label="scope" wide><${Select} value=${this.shown(SCOPE, data)}
            options=${status.scopes.map((scope) => [JSON.stringify(scope), scope.join(" / ")])} onChange=${(value) => this.edit(SCOPE, value)} /><//>`}
          ${simple.map(control)}
        </fieldset>
        ${rest.length > 0 && html`<details><summary>More fields</summary><fieldset>${rest.map(control)}</fieldset></details>`}
        <button class="hidden" tabindex="-1" aria-hidden="true">Save</button>
      </form>
      ${!this.isNew && html`${this.references(data)}${this.calls()}
        <details><summary>As the API answers it</summary><pre class="json" tabindex="0">${JSON.stringify(data.detailed, null, 2)}</pre></details>`}`;
  }

  note(name, data) {
    const reference = this.props.status.resource.references.find(({ field }) => field === name);
    const row = reference && data.detailed?.[reference.detailed];
    return row ? Object.values(row).find((value) => typeof value === "string") : undefined;
  }

  statuses(data, wrong) {
    const { status } = this.props;
    const { state, id } = status.resource;
    if (!state) return null;
    const now = this.isNew ? (this.state.status ?? status.statuses[0]) : data.base[state];
    const allowed = status.transitions[now] ?? [];
    const pick = (name) => (this.isNew ? this.change(() => ({ status: name })) : this.patch({ [state]: name }, `Record ${data.base[id]} is ${words(name)}`));
    return html`
      <fieldset class="statuses"><legend>Status</legend>
        <div class="steps" role="group" aria-label="Status">
          ${status.statuses.map((name) => {
            const beyond = !this.isNew && name !== now && !allowed.includes(name);
            return html`<button type="button" key=${name} data-tone=${toneOf(name, status)} aria-pressed=${name === now} class=${beyond ? "beyond" : ""}
              title=${beyond ? "The API refuses this change; here it is made anyway" : undefined}
              onClick=${() => name !== now && pick(name)}>${words(name)}</button>`;
          })}
        </div>
        ${wrong[state] && html`<small class="error" role="alert">${wrong[state]}</small>`}
        ${!this.isNew && html`<small>Dashed: the API refuses this change, here it is made anyway.</small>`}
      </fieldset>`;
  }

  /** The rows that the record refers to, their own plain values. */
  references({ detailed }) {
    const { references } = this.props.status.resource;
    return references.filter(({ detailed: name }) => name && detailed[name]).map(({ detailed: name }) => html`
      <section key=${name}><h3>${words(name)}</h3><${Facts} rows=${flat(detailed[name])} /></section>`);
  }

  calls() {
    const { calls, id } = this.props;
    const mine = calls.filter((call) => String(call.record) === id);
    return html`
      <section><h3>Calls <span class="muted">${mine.length || "none yet"}</span></h3>
        ${mine.length > 0 && html`<ul class="mini-calls">
          ${mine.slice(-CALLS).reverse().map((call) => html`
            <li key=${call.seq}><time>${timeOfDay(call.time)}</time><${Method} value=${call.method} /><${Code} value=${call.status} />
              <span class="muted">${call.operation ?? "–"}</span>${call.violations.length > 0 && html`<${Icon} name="warn" />`}<span class="muted ms">${milliseconds(call.duration_ms)}</span></li>`)}
        </ul>
        <a href=${href("journal", { record: id })}>All in the journal</a>`}
      </section>`;
  }
}
