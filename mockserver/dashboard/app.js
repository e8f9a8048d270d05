// The page: one session, one view, and what the person does.
// Owns: which session and view are shown, messages and questions, keys that work everywhere.
// Knows nothing of how a view works; views get `app` for their actions.

import { Api } from "./api.js";
import { Clock } from "./clock.js";
import { Coverage } from "./coverage.js";
import { Ask, Keys } from "./dialog.js";
import { Faults } from "./faults.js";
import { Journal } from "./journal.js";
import { Live } from "./live.js";
import { Component, html, Problem, render } from "./parts.js";
import { Records } from "./records.js";
import * as route from "./route.js";
import { Sessions } from "./sessions.js";
import { Side, Toasts, Top } from "./shell.js";
import { Snapshots } from "./snapshots.js";

const PAGES = {
  records: Records,
  journal: Journal,
  coverage: Coverage,
  faults: Faults,
  clock: Clock,
  snapshots: Snapshots,
  sessions: Sessions,
};
const TOAST_MS = 5000;
const SESSION_NAME = "[A-Za-z0-9][A-Za-z0-9._\\-]{0,63}";

class App extends Component {
  state = {
    session: route.session(),
    ...route.current(),
    status: null,
    sessions: [],
    clock: null,
    faults: 0,
    toasts: [],
    question: null,
    keys: false,
    theme: window.mockTheme.get(),
    error: null,
  };
  seen = {};

  componentDidMount() {
    window.addEventListener("hashchange", () => this.setState(route.current()));
    window.addEventListener("popstate", () => this.#showSession(route.session()));
    window.addEventListener("keydown", this.#key);
    this.#open(this.state.session);
  }

  #open(session) {
    this.live?.stop();
    this.api = new Api(session, this.askToken);
    this.seen = {};
    const live = (this.live = new Live(this.api, () => {
      if (live === this.live) this.#drawn();
    }));
    document.title = `${session} · cancelkit mock`;
    this.setState({ session, status: null, clock: null, faults: 0, error: null });
    this.#load("status", async () => ({ status: await this.api.get("status"), error: null }));
    this.#drawn();
  }

  #showSession(session) {
    if (session !== this.state.session) this.#open(session);
    this.setState(route.current());
  }

  /** What the frame itself shows follows the news as well. */
  #drawn() {
    const { versions } = this.live;
    const changed = (what) => this.seen[what] !== versions[what] && ((this.seen[what] = versions[what]), true);
    if (changed("sessions")) this.#load("sessions", async () => this.api.get("sessions"));
    if (changed("faults")) this.#load("faults", async () => ({ faults: (await this.api.get("faults")).faults.length }));
    if (changed("clock")) this.#load("clock", async () => ({ clock: asRead(await this.api.get("clock")) }));
    this.forceUpdate();
  }

  async #load(what, work) {
    const { api } = this;
    try {
      const found = await work();
      if (api === this.api) this.setState(found);
    } catch (error) {
      if (api === this.api && what === "status") this.setState({ error });
    }
  }

  #key = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const number = Number(event.key);
    const views = route.viewsOf(this.state.status);
    if (number >= 1 && number <= views.length) route.go(views[number - 1].name);
    else if (event.key === "/") document.querySelector("[data-search]")?.focus();
    else if (event.key === "s") document.getElementById("session").focus();
    else if (event.key === "t") this.nextTheme();
    else if (event.key === "n") this.newRecord();
    else if (event.key === "?") this.showKeys();
    else return;
    event.preventDefault();
  };

  switchSession = (name, { view } = {}) => {
    history.pushState(null, "", route.sessionHref(name, view));
    this.#showSession(name);
  };

  newSession = async () => {
    const name = await this.ask({
      title: "New session",
      text: "A session has its own records, clock, faults and journal. Clients choose it with the header X-Mock-Session, or with the path /s/NAME/.",
      label: "Name",
      hint: "Letters, digits, dots, dashes and underscores",
      pattern: SESSION_NAME,
      confirm: "Create",
    });
    if (name && (await this.act(() => this.api.post("sessions", { name })))) {
      this.live.touch("sessions");
      this.switchSession(name);
    }
  };

  newRecord = () => route.go("records", { ...(this.state.view === "records" ? this.state.params : {}), open: "new" });

  nextTheme = () => this.setState({ theme: window.mockTheme.next() });

  showKeys = () => this.setState({ keys: true });

  copy = async (text) => {
    await this.act(() => navigator.clipboard.writeText(text), "Copied");
  };

  /** Show a short message; kind: "good" or "bad". */
  say = (text, kind = "good") => {
    const toast = { id: Symbol(text), text, kind };
    this.setState(({ toasts }) => ({ toasts: [...toasts.slice(-3), toast] }));
    setTimeout(() => this.hush(toast.id), kind === "bad" ? TOAST_MS * 2 : TOAST_MS);
  };

  hush = (id) => this.setState(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) }));

  /** Do some work and say how it went. Returns whether it went well; refusals by field go to `wrong` if given. */
  act = async (work, done, wrong) => {
    try {
      const result = await work();
      if (done) this.say(typeof done === "function" ? done(result) : done);
      return true;
    } catch (error) {
      if (wrong && error.fields && Object.keys(error.fields).length) wrong(error.fields);
      else this.say(error.message, "bad");
      return false;
    }
  };

  /** Ask something (see Ask); resolves to the text, true, or null when cancelled. */
  ask = (question) => {
    const back = document.activeElement;
    return new Promise((resolve) => {
      this.setState({
        question: {
          ...question,
          answer: (value) => {
            this.setState({ question: null });
            back?.focus?.();
            resolve(value);
          },
        },
      });
    });
  };

  askToken = (wrong) => {
    if (this.declined) return null;
    this.asking ??= this.ask({
      title: "Control token",
      text: `${wrong ? "That token is not the right one. " : ""}This server was started with --control-token. The token stays in this tab only.`,
      label: "Token",
      secret: true,
      confirm: "Continue",
    }).then((token) => {
      this.asking = undefined;
      this.declined = token === null;
      return token;
    });
    return this.asking;
  };

  render(_, { session, view, params, status, sessions, clock, faults, toasts, question, keys, theme, error }) {
    const { calls = [], versions = {}, connection = "connecting" } = this.live ?? {};
    const views = route.viewsOf(status);
    if (!views.some(({ name }) => name === view)) view = views[0].name;
    const Page = PAGES[view];
    const marks = { faults, journal: calls.filter((call) => call.violations.length).length };
    return html`
      <a class="skip" href="#main" onClick=${(event) => {
        event.preventDefault();
        document.getElementById("main").focus();
      }}>Skip to the content</a>
      <${Top} ...${{ app: this, session, sessions, status, clock, faults, connection, theme }} />
      <${Side} ...${{ view, status, marks }} />
      <main id="main" tabindex="-1" data-view=${view}>
        <${Problem} error=${error} />
        ${status && html`<${Page} key=${session} ...${{ app: this, api: this.api, session, params, status, sessions, clock, calls, versions }} />`}
      </main>
      <${Toasts} toasts=${toasts} close=${this.hush} />
      ${question && html`<${Ask} key=${question.title} ...${question} />`}
      ${keys && html`<${Keys} close=${() => this.setState({ keys: false })} />`}`;
  }
}

const asRead = (clock) => ({ ...clock, read: performance.now() });

const root = document.getElementById("app");
root.replaceChildren();
render(html`<${App} />`, root);
