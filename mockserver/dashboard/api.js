// The control API, spoken for one session.
// Owns: requests, their errors, the control token, the stream of events. Knows nothing of what is shown.

const TOKEN = "mock-control-token";

/** What the server refused. fields: texts by field, for a form. */
export class Refused extends Error {
  constructor(status, body) {
    const { code, detail, ...rest } = body ?? {};
    const fields = Object.fromEntries(
      Object.entries(rest).filter(([, texts]) => Array.isArray(texts)).map(([name, texts]) => [name, texts.join(" ")]),
    );
    const named = Object.entries(fields).map(([name, text]) => `${name}: ${text}`);
    super(detail ?? (named.join(" ") || `The server answered ${status}`));
    this.status = status;
    this.code = code;
    this.fields = fields;
  }
}

export class Api {
  /** @param askToken asks the person for the control token: (wrong: boolean) => Promise<string|null> */
  constructor(session, askToken) {
    this.session = session;
    this.askToken = askToken;
  }

  /** Send a call and return the answer's JSON (null for none). Throws Refused, or Error when nobody answers. */
  async call(method, path, { query = {}, body, signal } = {}) {
    const answer = await this.#send(method, path, { query, body, signal });
    return answer.status === 204 ? null : answer.json();
  }

  get = (path, query, signal) => this.call("GET", path, { query, signal });
  post = (path, body = {}) => this.call("POST", path, { body });
  put = (path, body = {}) => this.call("PUT", path, { body });
  patch = (path, body) => this.call("PATCH", path, { body });
  delete = (path) => this.call("DELETE", path);

  /** Fetch a file with the token and hand it to the browser to save. */
  async download(path, name) {
    const blob = await (await this.#send("GET", path, {})).blob();
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /**
   * Follow the events of the session until `signal` aborts; comes back when the connection ends.
   * fetch, not EventSource, since that can't send the token.
   */
  async follow({ signal, opened, event, lost }) {
    const answer = await this.#send("GET", "events", { signal });
    opened();
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop();
      for (const block of blocks) {
        const { kind, data, comment } = readBlock(block);
        if (data) event(kind, JSON.parse(data));
        else if (comment.includes("dropped")) lost();
      }
    }
  }

  async #send(method, path, { query = {}, body, signal }) {
    for (let tries = 0; ; tries += 1) {
      const answer = await fetch(this.#url(path, query), {
        method,
        signal,
        cache: "no-store",
        headers: this.#headers(body),
        body: body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body),
      }).catch((error) => {
        if (error.name === "AbortError") throw error;
        throw new Error("The mock server does not answer");
      });
      if (answer.ok) return answer;
      const problem = new Refused(answer.status, await answer.json().catch(() => null));
      const token = problem.code === "control_token_required" && (await this.askToken(tries > 0));
      if (!token) throw problem;
      sessionStorage.setItem(TOKEN, token);
    }
  }

  #url(path, query) {
    const url = new URL(path, document.baseURI.split(/[?#]/)[0]);
    url.searchParams.set("session", this.session);
    for (const [name, value] of Object.entries(query)) {
      if (value !== "" && value !== null && value !== undefined) url.searchParams.set(name, value);
    }
    return url;
  }

  #headers(body) {
    const token = sessionStorage.getItem(TOKEN);
    return {
      ...(token ? { "X-Mock-Control": token } : {}),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
    };
  }
}

function readBlock(block) {
  const found = { kind: "message", data: "", comment: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) found.kind = line.slice(6).trim();
    else if (line.startsWith("data:")) found.data += line.slice(5).trim();
    else if (line.startsWith(":")) found.comment += line;
  }
  return found;
}
