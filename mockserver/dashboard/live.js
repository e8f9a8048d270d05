// What happens in the session, as it happens: calls kept by number, and a version for each kind of thing that changed.
// Owns: following the stream, coming back after a break, gathering news so that the page draws a few times a second.
// Knows nothing of how anything is shown.

const KEPT = 2000;
const DRAW_MS = 120;
const RETRY_MS = [500, 1000, 2000, 4000];

export class Live {
  calls = [];
  versions = { records: 0, sessions: 0, faults: 0, clock: 0, snapshots: 0, progress: 0, calls: 0 };
  connection = "connecting";

  constructor(api, draw) {
    this.api = api;
    this.draw = draw;
    this.stopping = new AbortController();
    this.#run();
  }

  stop() {
    this.stopping.abort();
    clearTimeout(this.timer);
  }

  /** Say that something has changed, so that views load it again. */
  touch(...what) {
    for (const name of what) this.versions[name] = (this.versions[name] ?? 0) + 1;
    this.#soon();
  }

  async #run() {
    for (let tries = 0; !this.stopping.signal.aborted; tries += 1) {
      try {
        await this.api.follow({
          signal: this.stopping.signal,
          opened: () => {
            tries = 0;
            this.#state("live");
            this.#catchUp();
          },
          event: (kind, data) => this.#news(kind, data),
          lost: () => this.#catchUp(),
        });
      } catch (error) {
        if (this.stopping.signal.aborted) return;
        if (error.status === 403) this.refusal = error;
      }
      this.#state("down");
      await new Promise((done) => setTimeout(done, RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]));
    }
  }

  #state(name) {
    if (this.stopping.signal.aborted) return;
    this.connection = name;
    this.#soon();
  }

  /** Everything may have changed while nobody listened. */
  async #catchUp() {
    try {
      const { calls } = await this.api.get("journal", { limit: KEPT }, this.stopping.signal);
      const newest = calls.at(-1)?.seq ?? 0;
      this.calls = [...calls, ...this.calls.filter((call) => call.seq > newest)];
      this.touch(...Object.keys(this.versions));
    } catch {
      // The stream will tell when the server is there again.
    }
  }

  #news(kind, data) {
    if (kind === "call") {
      if (data.seq > (this.calls.at(-1)?.seq ?? 0)) this.calls.push(data);
      if (this.calls.length > KEPT + 200) this.calls = this.calls.slice(-KEPT);
      this.touch("calls");
    } else if (data.what === "journal") {
      this.calls = [];
      this.#catchUp();
    } else {
      this.touch(data.what);
    }
  }

  #soon() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.draw();
    }, DRAW_MS);
  }
}
