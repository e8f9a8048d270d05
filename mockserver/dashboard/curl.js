// Owns: a call of the journal as a curl command that does the same in bash, zsh and dash.
// Knows nothing of: the page. traffic/curl.py does the same for the reports and says why.

const CONTROL = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]/u;
const PLAIN = /[A-Za-z0-9 ,.:;/{}[\]()_=&?<>+*@|]/;

/** Bytes as a format of printf(1), so that nothing in the command steers a terminal. */
const octal = (text) =>
  [...new TextEncoder().encode(text)]
    .map((byte) => (PLAIN.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, "0")}`))
    .join("");

const quoted = (text) => `'${text.replaceAll("'", `'"'"'`)}'`;

/** The command that makes the call again; base: the server's URL; the key stands as $TOKEN. */
export function curl(call, base) {
  const url = new URL(base).origin + call.path + (call.query ? `?${call.query}` : "");
  const words = ["curl", "-sS"];
  if (/[[\]{}]/.test(url)) words.push("--globoff");
  if (/\/\.{1,2}(\/|$)/.test(call.path)) words.push("--path-as-is");
  if (call.method === "HEAD") words.push("-I");
  else if (call.method !== (call.request_body === null ? "GET" : "POST")) words.push("-X", call.method);
  words.push("-H", '"Authorization: Token $TOKEN"');
  if (call.session !== "default") words.push("-H", quoted(`X-Mock-Session: ${call.session}`));
  let before = "";
  if (call.request_body !== null) {
    const piped = CONTROL.test(call.request_body.replace(/[\t\r]/g, "")) || call.request_body.startsWith("@");
    if (piped) before = `printf '${octal(call.request_body)}' | `;
    words.push("-H", quoted("Content-Type: application/json"), "--data-binary", piped ? "@-" : quoted(call.request_body));
  }
  // What no request line can hold is sent as it would be written in a URL.
  return before + [...words, quoted(url.replace(/[\0- \x7f]/g, encodeURIComponent))].join(" ");
}
