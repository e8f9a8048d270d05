// One record, open beside the table: everything in it can be changed, beyond what the API allows.
// Owns: the edits not yet saved. Knows nothing of the table.

import { milliseconds, minute, timeOfDay, words } from "./format.js";
import { Control, kindOf, meant, readJson, shownFields, written } from "./fields.js";
import { Button, Code, Facts, Field, html, Icon, Loaded, Method, Problem, Select, Status } from "./parts.js";
import { href } from "./route.js";

const CALLS = 8;

export class Record extends Loaded {
  state = { data: null, error: null, edits: {}, wrong: {}, status: null };

  wants() {
    return [this.props.id, this.props.versions.records];
  }

  get isNew() {
    return this.props.id === "new";
  }

  async load(signal) {
    const { api, id, status } = this.props;
    if (!this.isNew) return api.get(`records/${id}`, {}, signal);
    const base = { cancellation_type: status.cancellation_types[0], quantity: null, reason: null, order_item: null };
    return this.state.data ?? {
      channel: status.channels[0],
      base: { ...base, description: null, iban: null, holder_name: null, fully_refund_as_loyalty_money: false },
    };
  }

  edit(name, value) {
    this.setState(({ edits, wrong, data }) => {
      const next = { ...edits, [name]: value };
      if (value === this.original(name, data)) delete next[name];
      return { edits: next, wrong: { ...wrong, [name]: undefined } };
    });
  }

  original(name, data) {
    if (name === "plan") return data.detailed?.cancellation_plan?.status ?? "";
    if (name === "easy_return") return JSON.stringify(data.base.easy_return ?? null, null, 2);
    if (name === "channel") return String(data.channel);
    return written(name, data.base[name]);
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
        if (name === "plan") changes.cancellation_plan = shown ? { status: shown } : null;
        else if (name === "easy_return") changes.easy_return = readJson(shown);
        else if (name === "channel") changes.channel = Number(shown);
        else changes[name] = meant(name, shown);
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
    const wrong = (fields) => this.setState({ wrong: { ...fields, plan: fields.cancellation_plan } });
    if (this.isNew) {
      const { data, status } = this.state;
      const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== null));
      let made;
      const body = { channel: data.channel, ...given, ...(status ? { status } : {}) };
      if (await app.act(async () => (made = await api.post("records", body)), () => `Request ${made.base.id} is there`, wrong)) opened(made.base.id);
    } else {
      await this.patch(changes, `Request ${id} is saved`, wrong);
    }
    app.live.touch("records");
  };

  async patch(changes, done, wrong) {
    const { app, api, id } = this.props;
    let data;
    if (!(await app.act(async () => (data = await api.patch(`records/${id}`, changes)), done, wrong))) return;
    this.setState(({ edits }) => ({
      data,
      wrong: {},
      edits: Object.fromEntries(Object.entries(edits).filter(([name]) => !(name in changes) && !(name === "plan" && "cancellation_plan" in changes))),
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

  render({ id, close, reject, remove, status }, { data, error, edits, wrong }) {
    const dirty = Object.keys(edits).length;
    const title = this.isNew ? "New record" : `Request ${id}`;
    return html`
      <aside id="panel" class="panel" tabindex="-1" aria-labelledby="panel-title" onKeyDown=${this.key}>
        <header>
          <div><h2 id="panel-title">${title}</h2>${data && !this.isNew && html`<small>Channel ${data.channel}</small>`}</div>
          ${data && !this.isNew && html`<${Status} value=${data.base.status} />`}
          <span class="spring"></span>
          ${data && !this.isNew && html`
            <${Button} icon="ban" label="Reject" disabled=${status.final.includes(data.base.status) && data.base.status === "rejected"} onClick=${() => reject(Number(id))} />
            <${Button} bare kind="danger-quiet" icon="trash" label="Delete" onClick=${() => remove(Number(id))} />`}
          <${Button} bare icon="close" label="Close" onClick=${close} />
        </header>
        <div class="body">
          <${Problem} error=${error} />
          ${data && (error?.status === 404 ? html`<p class="muted">It is gone: deleted, or the session was reset.</p>` : this.form(data, wrong))}
        </div>
        ${data && (dirty > 0 || this.isNew) && html`
          <footer>
            <span class="muted">${this.isNew ? "What you leave empty is made up" : dirty === 1 ? "1 change" : `${dirty} changes`}</span>
            <span class="spring"></span>
            ${!this.isNew && html`<${Button} label="Discard" onClick=${() => this.setState({ edits: {}, wrong: {} })} />`}
            <${Button} kind="primary" label=${this.isNew ? "Create" : "Save"} onClick=${this.save} />
          </footer>`}
      </aside>`;
  }

  form(data, wrong) {
    const { status } = this.props;
    const simple = shownFields(data.base).filter((name) => kindOf(name) !== "json" && !name.endsWith("_date") && name !== "uuid");
    const rest = shownFields(data.base).filter((name) => !simple.includes(name));
    const control = (name) => html`<${Control} key=${name} name=${name} value=${this.shown(name, data)} error=${wrong[name]} status=${status}
      note=${this.note(name, data)} onInput=${(value) => this.edit(name, value)} />`;
    return html`
      <form onSubmit=${this.save}>
        ${this.statuses(data, wrong)}
        <fieldset><legend>Fields</legend>
          ${this.isNew && html`<${Field} label="channel" wide><${Select} value=${this.shown("channel", data)}
            options=${status.channels.map((n) => [String(n), `Channel ${n}`])} onChange=${(value) => this.edit("channel", value)} /><//>`}
          ${simple.map(control)}
        </fieldset>
        ${!this.isNew && this.attached(data, wrong)}
        ${rest.length > 0 && html`<details><summary>More fields</summary><fieldset>${rest.map(control)}</fieldset></details>`}
        <button class="hidden" tabindex="-1" aria-hidden="true">Save</button>
      </form>
      ${!this.isNew && html`${this.order(data)}${this.calls()}
        <details><summary>As the API answers it</summary><pre class="json" tabindex="0">${JSON.stringify(data.detailed, null, 2)}</pre></details>`}`;
  }

  note(name, data) {
    if (name === "reason") return data.detailed?.reason?.subject;
    if (name === "order_item") return data.detailed?.order_item?.product_name;
    return undefined;
  }

  statuses(data, wrong) {
    const { status } = this.props;
    const now = this.isNew ? (this.state.status ?? status.statuses[0]) : data.base.status;
    const allowed = status.transitions[now] ?? [];
    const pick = (name) => (this.isNew ? this.setState({ status: name }) : this.patch({ status: name }, `Request ${data.base.id} is ${words(name)}`));
    return html`
      <fieldset class="statuses"><legend>Status</legend>
        <div class="steps" role="group" aria-label="Status">
          ${status.statuses.map((name) => {
            const beyond = !this.isNew && name !== now && !allowed.includes(name);
            return html`<button type="button" key=${name} data-status=${name} aria-pressed=${name === now} class=${beyond ? "beyond" : ""}
              title=${beyond ? "The API refuses this change; here it is made anyway" : undefined}
              onClick=${() => name !== now && pick(name)}>${words(name)}</button>`;
          })}
        </div>
        ${wrong.status && html`<small class="error" role="alert">${wrong.status}</small>`}
        ${!this.isNew && html`<small>Dashed: the API refuses this change, here it is made anyway.</small>`}
      </fieldset>`;
  }

  attached(data, wrong) {
    const { status } = this.props;
    const has = data.base.easy_return !== null && data.base.easy_return !== undefined;
    return html`
      <fieldset><legend>Attached</legend>
        <${Field} label="cancellation plan" error=${wrong.plan} wide>
          <${Select} value=${this.shown("plan", data)} onChange=${(value) => this.edit("plan", value)}
            options=${[["", "none"], ...status.plan_statuses.map((name) => [name, words(name)])]} /><//>
        <div class="field wide">
          ${!has && html`<span class="label">easy return</span>`}
          ${has
            ? html`<${Field} label="easy return, as JSON" error=${wrong.easy_return} wide><textarea class="input json" rows="8" spellcheck=${false} value=${this.shown("easy_return", data)}
                onInput=${(event) => this.edit("easy_return", event.currentTarget.value)}></textarea><//>
                <span><${Button} icon="trash" label="Remove the easy return" onClick=${() => this.patch({ easy_return: null }, "The easy return is gone")} /></span>`
            : html`<span><${Button} icon="plus" label="Attach an easy return" onClick=${() => this.patch({ easy_return: {} }, "An easy return is attached")} /></span>`}
        </div>
      </fieldset>`;
  }

  order({ detailed }) {
    const { order, ...item } = detailed.order_item;
    return html`
      <section><h3>Order</h3>
        <${Facts} rows=${[
          ["Number", order.number],
          ["Placed", `${minute(order.date_placed)} UTC`],
          ["Customer", `${order.customer.first_name} ${order.customer.last_name}`],
          ["Email", order.customer.email],
          ["Product", item.product_name],
          ["SKU", item.sku],
          ["Quantity", item.quantity],
          ["Price", `${item.price} ${item.currency ?? ""}`],
          ["Tracking", item.tracking_number],
        ]} />
      </section>`;
  }

  calls() {
    const { calls, id } = this.props;
    const mine = calls.filter((call) => String(call.record) === id);
    return html`
      <section><h3>Calls <span class="muted">${mine.length || "none yet"}</span></h3>
        ${mine.length > 0 && html`<ul class="mini-calls">
          ${mine.slice(-CALLS).reverse().map((call) => html`
            <li key=${call.seq}><time>${timeOfDay(call.time)}</time><${Method} value=${call.method} /><${Code} value=${call.status} />
              <span class="muted">${call.operation ?? "–"}</span>${call.breaches.length > 0 && html`<${Icon} name="warn" />`}<span class="muted ms">${milliseconds(call.duration_ms)}</span></li>`)}
        </ul>
        <a href=${href("journal", { record: id })}>All in the journal</a>`}
      </section>`;
  }
}
