// The session's state as a whole: kept under a name, restored, taken out as a file and brought in.
// Owns: the list and its actions.

import { bytes, count, plural, second } from "./format.js";
import { Button, createRef, Empty, Head, html, Icon, Loaded, Problem, Text } from "./parts.js";

export class Snapshots extends Loaded {
  state = { data: null, error: null, name: "", over: false, busy: false };
  file = createRef();

  wants() {
    return ["snapshots", this.props.versions.snapshots];
  }

  load(signal) {
    return this.props.api.get("snapshots", {}, signal);
  }

  async act(work, done) {
    const went = await this.props.app.act(work, done);
    this.props.app.live.touch("snapshots", "records");
    return went;
  }

  save = async (event) => {
    event.preventDefault();
    const name = this.state.name.trim();
    if (await this.act(() => this.props.api.put(`snapshots/${encodeURIComponent(name)}`), `Saved as ${name}`)) this.setState({ name: "" });
  };

  restore = async (name) => {
    const { app, api } = this.props;
    const sure = await app.ask({ title: `Restore ${name}?`, text: "The records of this session are replaced by those of the snapshot.", confirm: "Restore" });
    if (sure) await this.act(() => api.post(`snapshots/${encodeURIComponent(name)}/restore`), `Restored ${name}`);
  };

  remove = async (name) => {
    const { app, api } = this.props;
    const sure = await app.ask({ title: `Delete ${name}?`, text: "The session itself stays as it is.", confirm: "Delete", danger: true });
    if (sure) await this.act(() => api.delete(`snapshots/${encodeURIComponent(name)}`), `Deleted ${name}`);
  };

  /** Bring a file in as the state of the session. */
  take = async (file) => {
    if (!file) return;
    const { api } = this.props;
    this.setState({ busy: true });
    await this.act(async () => api.call("POST", "import", { body: await file.text() }), (answer) => `${plural(answer.records, "record")} from ${file.name}`);
    this.setState({ busy: false });
    if (this.file.current) this.file.current.value = "";
  };

  drop = (event) => {
    event.preventDefault();
    this.setState({ over: false });
    this.take(event.dataTransfer.files[0]);
  };

  render({ app, api, session }, { data, error, name, over, busy }) {
    const kept = data?.snapshots ?? [];
    return html`
      <section class="two" aria-label="Snapshots">
        <${Head} title="Snapshots" about="The records of this session, kept under a name or as a file">
          <${Button} icon="download" label="Export the present state" onClick=${() => app.act(() => api.download("export", `${session}.json`))} />
        <//>
        <${Problem} error=${error} />
        <div class="columns">
          <div>
            ${data && !kept.length && html`<${Empty} icon="camera" title="No snapshots yet">Save the present state, then try things and come back.<//>`}
            <ul class="cards" aria-label="Snapshots">
              ${kept.map((snapshot) => html`
                <li key=${snapshot.name} class="card">
                  <div><h3>${snapshot.name}</h3><p class="muted">${count(snapshot.records)} records · ${bytes(snapshot.bytes)} · ${second(snapshot.created)}</p></div>
                  <${Button} icon="reset" label="Restore" onClick=${() => this.restore(snapshot.name)} />
                  <${Button} bare icon="download" label=${`Export ${snapshot.name}`} onClick=${() => app.act(() => api.download(`snapshots/${encodeURIComponent(snapshot.name)}`, `${snapshot.name}.json`))} />
                  <${Button} bare kind="danger-quiet" icon="trash" label=${`Delete ${snapshot.name}`} onClick=${() => this.remove(snapshot.name)} />
                </li>`)}
            </ul>
          </div>
          <div>
            <div class="card form"><h2>Save</h2>
              <form class="inline wide" onSubmit=${this.save}>
                <${Text} aria-label="Name of the snapshot" placeholder="before-the-sale" required autocomplete="off" spellcheck=${false} value=${name} onInput=${(value) => this.setState({ name: value })} />
                <button class="button primary">Save</button>
              </form>
            </div>
            <label class=${`card drop ${over ? "over" : ""}`} onDragOver=${(event) => {
              event.preventDefault();
              this.setState({ over: true });
            }} onDragLeave=${() => this.setState({ over: false })} onDrop=${this.drop}>
              <${Icon} name="upload" /><b>${busy ? "Reading…" : "Import a file"}</b>
              <span class="muted">Drop it here or choose it: an export of this page, or what --data reads. It replaces this session's records.</span>
              <input ref=${this.file} type="file" accept=".json,application/json" aria-label="Import a file" onChange=${(event) => this.take(event.currentTarget.files[0])} />
            </label>
          </div>
        </div>
      </section>`;
  }
}
