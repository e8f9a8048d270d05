// All sessions of the server: switch, make, reset, delete.
// Owns: the table of sessions.

import { ago, bytes, count } from "./format.js";
import { Api } from "./api.js";
import { Button, Head, html, Icon, Loaded, Problem } from "./parts.js";
import { sessionHref } from "./route.js";

const AGAIN_MS = 3000;

export class Sessions extends Loaded {
  wants() {
    return ["sessions", this.props.versions.sessions];
  }

  load(signal) {
    return this.props.api.get("sessions", {}, signal);
  }

  componentDidMount() {
    super.componentDidMount();
    this.timer = setInterval(() => document.hidden || this.reload(), AGAIN_MS);
  }

  componentWillUnmount() {
    super.componentWillUnmount();
    clearInterval(this.timer);
  }

  reset = async (name) => {
    const { app } = this.props;
    const sure = await app.ask({ title: `Reset ${name}?`, text: "Records, clock, faults and progress go back to the start. The journal stays.", confirm: "Reset", danger: true });
    if (!sure) return;
    await app.act(() => new Api(name, app.askToken).post("reset"), (answer) => `${name} is back at the start with ${count(answer.records)} records`);
    app.live.touch("sessions", "records", "clock", "faults", "progress");
  };

  remove = async (name) => {
    const { app, api, session } = this.props;
    const sure = await app.ask({ title: `Delete ${name}?`, text: "Its records, journal and snapshots are gone for good.", confirm: "Delete", danger: true });
    if (!sure || !(await app.act(() => api.delete(`sessions/${encodeURIComponent(name)}`), `${name} is deleted`))) return;
    if (name === session) app.switchSession("default", { view: "sessions" });
    else app.live.touch("sessions");
  };

  render({ app, session }, { data, error }) {
    return html`
      <section aria-label="Sessions">
        <${Head} title="Sessions" about="Each has its own records, clock, faults and journal; none sees another">
          <${Button} kind="primary" icon="plus" label="New session" onClick=${app.newSession} />
        <//>
        <${Problem} error=${error} />
        ${data && html`<div class="scroll"><table class="grid plain" aria-label="Sessions">
          <thead><tr><th scope="col">Name</th><th scope="col" class="right">Records</th><th scope="col" class="right">Calls</th><th scope="col">State</th><th scope="col" class="right">Memory</th><th scope="col" class="optional">Created</th><th scope="col">Last used</th><th scope="col"><span class="hidden">Actions</span></th></tr></thead>
          <tbody>${data.sessions.map((entry) => this.row(entry, entry.name === session))}${(data.asleep ?? []).map((name) => this.asleep(name))}</tbody>
        </table></div>`}
      </section>`;
  }

  asleep(name) {
    return html`
      <tr key=${name}>
        <th scope="row" title=${name}><a href=${sessionHref(name, "records")}>${name}</a></th>
        <td colspan="6">kept from before the start; nobody has called it since</td>
        <td class="right"><${Button} bare kind="danger-quiet" icon="trash" label=${`Delete ${name}`} onClick=${() => this.remove(name)} /></td>
      </tr>`;
  }

  row(entry, here) {
    const { app } = this.props;
    return html`
      <tr key=${entry.name} class=${here ? "here" : ""}>
        <th scope="row" title=${entry.name}><a href=${sessionHref(entry.name, "records")} aria-current=${here ? "true" : undefined} onClick=${(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          app.switchSession(entry.name, { view: "records" });
        }}>${entry.name}</a>${here && html` <span class="tag">shown here</span>`}</th>
        <td class="right">${count(entry.records)}</td>
        <td class="right">${count(entry.calls)}</td>
        <td><span class="tags"><span class="tag" title=${entry.own_copy ? "It has written, and keeps its own copy" : "It has only read, and shares the starting state"}>${entry.own_copy ? "own copy" : "shared"}</span>
          ${entry.faults > 0 && html`<span class="tag fault">${count(entry.faults)} ${entry.faults === 1 ? "fault" : "faults"}</span>`}${entry.frozen && html`<span class="tag cold">frozen</span>`}</span></td>
        <td class="right">${bytes(entry.bytes)}</td>
        <td class="optional" title=${entry.created}>${ago(entry.created)}</td>
        <td title=${entry.last_used}>${ago(entry.last_used)}</td>
        <td class="right"><span class="row-actions">
          <a class="button bare" href=${sessionHref(entry.name, "records")} target="_blank" rel="noopener" title="Open in a new tab" aria-label=${`Open ${entry.name} in a new tab`}><${Icon} name="open" /></a>
          <${Button} bare icon="reset" label=${`Reset ${entry.name}`} onClick=${() => this.reset(entry.name)} />
          <${Button} bare kind="danger-quiet" icon="trash" label=${`Delete ${entry.name}`} disabled=${entry.name === "default"} onClick=${() => this.remove(entry.name)} />
        </span></td>
      </tr>`;
  }
}
