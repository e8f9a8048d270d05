// The time of the session: freeze, set, advance; and requests that move on by themselves.
// Owns: the forms. The time shown is the frame's, counted on by shell.js.

import { second, span, words } from "./format.js";
import { Button, Component, Field, Head, html, Icon, Loaded, Problem, Select, Text } from "./parts.js";
import { Now, nowOf } from "./shell.js";

const STEPS = [["−1 d", -86_400], ["−1 h", -3600], ["+1 min", 60], ["+1 h", 3600], ["+1 d", 86_400], ["+7 d", 604_800], ["+30 d", 2_592_000]];
const UNITS = [["1", "seconds"], ["60", "minutes"], ["3600", "hours"], ["86400", "days"]];

export class Clock extends Component {
  state = { when: "", number: "15", unit: "60" };

  change = async (body, done) => {
    const { app, api } = this.props;
    if (await app.act(() => api.post("clock", body), done)) app.live.touch("clock", "records");
  };

  set = (event) => {
    event.preventDefault();
    this.change({ set: `${this.state.when}Z` }, `It is ${this.state.when.replace("T", " ")} now`);
  };

  advance = (event) => {
    event.preventDefault();
    const seconds = Number(this.state.number) * Number(this.state.unit);
    this.change({ advance: seconds }, `${span(seconds)} ${seconds < 0 ? "back" : "later"}`);
  };

  render({ clock, app, api, status, versions }, { when, number, unit }) {
    if (!clock) return null;
    const off = Math.abs(clock.offset_seconds) >= 1;
    return html`
      <section class="two" aria-label="Clock">
        <${Head} title="Clock" about="The time that created_date and modified_date of this session follow" />
        <div class=${`card face ${clock.frozen ? "cold" : ""}`}>
          <div><p class="big"><${Now} clock=${clock} /><small>UTC</small></p>
            <p class="muted" role="status">${clock.frozen ? "Frozen" : "Running"}${off ? `, ${span(clock.offset_seconds)} ${clock.offset_seconds > 0 ? "ahead of" : "behind"} the real time` : clock.frozen ? "" : ", the real time"}</p></div>
          <div class="actions">
            ${clock.frozen
              ? null
              : html`<${Button} icon="snow" label="Freeze" onClick=${() => this.change({ freeze: true }, "The clock is frozen")} />`}
            ${(clock.frozen || off) && html`<${Button} icon="reset" label="Release" title="Back to the real time" onClick=${() => this.change({ release: true }, "Back to the real time")} />`}
          </div>
        </div>
        <div class="columns even">
          <div class="card form">
            <h2>Advance</h2>
            <div class="presets wide" role="group" aria-label="Advance by">
              ${STEPS.map(([label, seconds]) => html`<${Button} key=${label} kind="small" label=${label} onClick=${() => this.change({ advance: seconds }, `${span(seconds)} ${seconds < 0 ? "back" : "later"}`)} />`)}
            </div>
            <form class="inline wide" onSubmit=${this.advance}>
              <${Text} type="number" step="any" required aria-label="How many" value=${number} onInput=${(value) => this.setState({ number: value })} />
              <${Select} aria-label="Unit" value=${unit} options=${UNITS} onChange=${(value) => this.setState({ unit: value })} />
              <button class="button primary">Advance</button>
            </form>
          </div>
          <div class="card form">
            <h2>Set</h2>
            <p class="muted wide">A frozen clock stays frozen at the new time; a running one goes on from there.</p>
            <form class="inline wide" onSubmit=${this.set}>
              <${Text} type="datetime-local" step="1" required aria-label="Time (UTC)" value=${when} onInput=${(value) => this.setState({ when: value })}
                onFocus=${() => when || this.setState({ when: second(nowOf(clock)).replace(" ", "T") })} />
              <button class="button primary">Set</button>
            </form>
          </div>
        </div>
        <${Progress} ...${{ app, api, status, versions }} />
      </section>`;
  }
}

/** Rules by which requests change their status by themselves. */
class Progress extends Loaded {
  state = { data: null, error: null, from: "", to: "", reads: "3", seconds: "" };

  wants() {
    return ["progress", this.props.versions.progress];
  }

  load(signal) {
    return this.props.api.get("progress", {}, signal);
  }

  async replace(rules, done) {
    const { app, api } = this.props;
    if (await app.act(() => api.put("progress", { rules }), done)) app.live.touch("progress");
  }

  add = (event) => {
    event.preventDefault();
    const { data, from, to, reads, seconds } = this.state;
    const { statuses } = this.props.status;
    const rule = { from: from || statuses[0], to: to || statuses[1], after_reads: reads ? Number(reads) : null, after_seconds: seconds ? Number(seconds) : null };
    this.replace([...data.rules.filter((other) => other.from !== rule.from), rule], "The rule is on");
  };

  render({ status }, { data, error, from, to, reads, seconds }) {
    const options = status.statuses.map((name) => [name, words(name)]);
    return html`
      <section aria-label="Progress"><h2>Progress</h2>
        <p class="muted">Requests that move on by themselves, after so many reads or seconds of this clock, whichever comes first.</p>
        <${Problem} error=${error} />
        <ul class="cards">
          ${data?.rules.map((rule, index) => html`
            <li key=${rule.from} class="card">
              <div><h3 class="kind">${words(rule.from)} → ${words(rule.to)}</h3><p class="muted">${[rule.after_reads && `after ${rule.after_reads} reads`, rule.after_seconds && `after ${span(rule.after_seconds)}`].filter(Boolean).join(" or ")}</p></div>
              <${Button} bare kind="danger-quiet" icon="trash" label=${`Remove the rule for ${words(rule.from)}`} onClick=${() => this.replace(data.rules.filter((_, other) => other !== index), "The rule is gone")} />
            </li>`)}
        </ul>
        <form class="card form rule" onSubmit=${this.add} aria-label="New rule">
          <${Field} label="From"><${Select} value=${from || status.statuses[0]} options=${options} onChange=${(value) => this.setState({ from: value })} /><//>
          <${Field} label="To"><${Select} value=${to || status.statuses[1]} options=${options} onChange=${(value) => this.setState({ to: value })} /><//>
          <${Field} label="After reads"><${Text} type="number" min="1" value=${reads} onInput=${(value) => this.setState({ reads: value })} /><//>
          <${Field} label="After seconds"><${Text} type="number" min="0" step="any" value=${seconds} onInput=${(value) => this.setState({ seconds: value })} /><//>
          <button class="button"><${Icon} name="plus" /><span>Add rule</span></button>
        </form>
      </section>`;
  }
}
