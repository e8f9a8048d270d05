// The frame around every view: the bar on top, the way between views, and short messages.
// Owns: session picker, connection, theme, navigation. Knows nothing of what views show.

import { Button, Component, html, Icon } from "./parts.js";
import { count, second, span } from "./format.js";
import { href, viewsOf } from "./route.js";

const LIVE = {
  live: ["live", "Live: calls and changes show as they happen"],
  connecting: ["connecting", "Connecting…"],
  down: ["offline", "The mock server does not answer; trying again"],
};
const THEMES = { system: "system", light: "sun", dark: "moon" };

/** The time of the session, counted on from what the server said. */
export class Now extends Component {
  componentDidMount() {
    this.timer = setInterval(() => this.forceUpdate(), 500);
  }

  componentWillUnmount() {
    clearInterval(this.timer);
  }

  render({ clock }) {
    return html`<time>${second(nowOf(clock))}</time>`;
  }
}

export function nowOf(clock) {
  const passed = clock.frozen ? 0 : performance.now() - clock.read;
  return new Date(Date.parse(clock.now) + passed).toISOString();
}

function ClockChip({ clock }) {
  const off = Math.abs(clock.offset_seconds) >= 1 && !clock.frozen;
  const title = clock.frozen
    ? "The clock of this session is frozen"
    : off ? `The clock of this session is ${span(clock.offset_seconds)} ${clock.offset_seconds > 0 ? "ahead" : "behind"}` : "The time of this session (UTC)";
  return html`
    <a class=${`chip clock ${clock.frozen ? "cold" : off ? "shifted" : ""}`} href=${href("clock")} title=${title}>
      <${Icon} name=${clock.frozen ? "snow" : "clock"} /><${Now} clock=${clock} />
    </a>`;
}

export function Top({ app, session, sessions, status, clock, faults, connection, theme }) {
  const names = sessions.some((entry) => entry.name === session) ? sessions : [{ name: session }, ...sessions];
  const [word, title] = LIVE[connection];
  return html`
    <header class="top">
      <a class="brand" href=${href(viewsOf(status)[0].name)}><img src="assets/icon.svg" alt="" width="24" height="24" /><b>cancelkit</b><span>${status?.proxy ? "proxy" : "mock"}</span></a>
      <div class="session">
        <label class="picker"><span class="label">Session</span>
          <select id="session" class="input" value=${session} onChange=${(event) => app.switchSession(event.currentTarget.value)}>
            ${names.map((entry) => html`<option key=${entry.name} value=${entry.name} selected=${entry.name === session}>${entry.name}</option>`)}
          </select>
        </label>
        <${Button} bare icon="plus" label="New session" onClick=${app.newSession} />
      </div>
      <span class="spring"></span>
      ${faults > 0 && html`<a class="chip hot" href=${href("faults")} title="Faults are active in this session"><${Icon} name="bolt" />${count(faults)}<span class="wide-only"> ${faults === 1 ? "fault" : "faults"}</span></a>`}
      ${clock && !status?.proxy && html`<${ClockChip} clock=${clock} />`}
      <span class="chip live" data-state=${connection} role="status" title=${title}><i></i><span>${word}</span></span>
      ${status && html`<button type="button" class="chip url wide-only" title="Copy the base URL" onClick=${() => app.copy(status.base_url)}><code>${status.base_url}</code><${Icon} name="copy" /></button>`}
      <${Button} bare icon=${THEMES[theme]} label=${`Theme: ${theme}`} onClick=${app.nextTheme} />
      <${Button} bare icon="help" label="Keyboard" onClick=${app.showKeys} />
    </header>`;
}

export function Side({ view, status, marks }) {
  return html`
    <nav class="side" aria-label="Views">
      <ul>
        ${viewsOf(status).map(({ name, label, icon }, index) => html`
          <li key=${name}>
            <a href=${href(name)} aria-current=${name === view ? "page" : undefined} title=${`${label} (${index + 1})`}>
              <${Icon} name=${icon} /><span>${label}</span>
              ${marks[name] > 0 && html`<b class=${`mark of-${name}`}>${count(marks[name])}</b>`}
            </a>
          </li>`)}
      </ul>
      ${status && html`<p class="about">cancelkit ${status.version}<br />contract <span title=${status.contract.source}>${status.contract.source.split("/").pop()} ${status.spec_version} (${status.contract.fingerprint})</span>${status.seed !== null && html`<br />seed ${status.seed}`}</p>`}
    </nav>`;
}

export const Toasts = ({ toasts, close }) => html`
  <div class="toasts" role="status" aria-live="polite">
    ${toasts.map((toast) => html`
      <div key=${toast.id} class=${`toast ${toast.kind}`}>
        <${Icon} name=${toast.kind === "bad" ? "warn" : "check"} /><span>${toast.text}</span>
        <${Button} bare icon="close" label="Dismiss" onClick=${() => close(toast.id)} />
      </div>`)}
  </div>`;
