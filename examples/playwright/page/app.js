/** The code under test: lists the open requests, creates one, rejects one, and tries again while the server is busy. */
const options = new URLSearchParams(location.search);
const REQUESTS = `${options.get("api")}/api/channel/5/cancellation_requests/`;
const TRIES = 3;

const status = document.querySelector("[role=status]");
const rows = document.querySelector("tbody");
const form = document.querySelector("form");

async function call(url, method = "GET", body) {
  const headers = { Authorization: `Token ${options.get("key")}`, "Content-Type": "application/json" };
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    if (answer.status !== 503 || attempt === TRIES) return answer;
    status.textContent = "The shop is busy, trying again…";
    const seconds = Number(answer.headers.get("Retry-After") ?? 1);
    await new Promise((done) => setTimeout(done, seconds * 1000));
  }
}

async function show() {
  const answer = await call(`${REQUESTS}?status=waiting&limit=100`);
  if (!answer.ok) {
    status.textContent = `The requests can't be shown (${answer.status}).`;
    return;
  }
  const { count, results } = await answer.json();
  status.textContent = `${count} waiting`;
  rows.replaceChildren(...results.map(row));
}

function row({ id, status, description }) {
  const made = document.createElement("tr");
  for (const text of [id, status, description ?? ""]) made.insertCell().textContent = text;
  const button = document.createElement("button");
  button.textContent = `Reject ${id}`;
  button.addEventListener("click", async () => {
    await call(`${REQUESTS}${id}/reject/`, "POST");
    await show();
  });
  made.insertCell().append(button);
  return made;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { order_item, reason, description } = Object.fromEntries(new FormData(form));
  const body = { order_item: Number(order_item), reason: Number(reason), cancellation_type: "cancel", description };
  const answer = await call(REQUESTS, "POST", body);
  if (answer.ok) await show();
  else status.textContent = Object.entries(await answer.json()).map(([field, texts]) => `${field}: ${texts}`).join(" ");
});

await show();
