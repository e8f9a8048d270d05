/**
 * One session of a running mock (`cancelkit mock`), for any JavaScript test: Playwright, Vitest, Jest, node:test.
 * Copy this file; it needs nothing but fetch.
 */
export class Mock {
  /**
   * @param {string} root of the mock, such as http://127.0.0.1:8080
   * @param {string} session a name that no other test uses; the session is made by its first call
   * @param {string} key the API key; any will do unless the mock was started with --token
   */
  constructor(root, session = `js-${crypto.randomUUID()}`, key = "demo") {
    this.root = root.replace(/\/$/, "");
    this.session = session;
    this.key = key;
  }

  /** The API's root for clients that can't send a header of ours, such as a page that only knows its base URL. */
  get base() {
    return `${this.root}/s/${this.session}`;
  }

  /** Headers that bring any other client into the session. */
  get headers() {
    return { Authorization: `Token ${this.key}`, "X-Mock-Session": this.session };
  }

  /** Call the API itself, beside the code under test: `await mock.api("GET", "/api/channel/5/…")`. */
  async api(method, path, body) {
    return await this.#send(method, path, body);
  }

  /** Call a control endpoint of this session (docs/workbench.md): `await mock.control("POST", "clock", {freeze: true})`. */
  async control(method, path, body) {
    const answer = await this.#send(method, `/_mock/${path}`, body);
    if (!answer.ok) {
      const { code, detail } = await answer.json();
      throw new Error(`${method} /_mock/${path}: ${answer.status} ${code}: ${detail}`);
    }
    return answer.status === 204 ? null : await answer.json();
  }

  /** Start from these requests and no others: `await mock.scenario([{count: 3, status: "waiting_approval"}])`. */
  async scenario(requests, options = {}) {
    return await this.control("POST", "scenario", { start: "empty", ...options, requests });
  }

  /** Let calls fail: `await mock.fault({kind: "status", status: 503, count: 1})`. */
  async fault(fault) {
    return await this.control("POST", "faults", fault);
  }

  /** Throw unless exactly these calls were made (docs/workbench.md, "The journal"), and none that broke the contract. */
  async verify(calls, options = {}) {
    const { ok, problems } = await this.control("POST", "verify", { no_violations: true, ...options, calls });
    if (!ok) throw new Error(JSON.stringify(problems, null, 2));
  }

  /** Forget the session. */
  async close() {
    await this.control("DELETE", `sessions/${this.session}`);
  }

  #send(method, path, body) {
    return fetch(this.root + path, {
      method,
      headers: body === undefined ? this.headers : { ...this.headers, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  }
}
