// How much of the contract the session's calls have touched, as a map: the more calls, the deeper the cell.
// Owns: the scale of the cells. Knows nothing of how calls are counted.

import { count, plural } from "./format.js";
import { Head, html, Loaded, Method, Problem } from "./parts.js";
import { href } from "./route.js";

const DEEPEST = 5;
const SUMMARY = [["operations", "Operations"], ["statuses", "Statuses"], ["parameters", "Parameters"]];

export class Coverage extends Loaded {
  wants() {
    return ["coverage", this.props.versions.calls];
  }

  load(signal) {
    return this.props.api.get("coverage", {}, signal);
  }

  render({ status }, { data, error }) {
    return html`
      <section class="coverage" aria-label="Coverage">
        <${Head} title="Coverage" about="Which parts of the contract this session's calls have touched" />
        <${Problem} error=${error} />
        ${data && html`
          <div class="tiles">${SUMMARY.map(([name, label]) => html`<${Share} key=${name} label=${label} share=${data.summary[name]} />`)}</div>
          <div class="scroll"><${ContractMap} operations=${data.operations} known=${status.operations} /></div>
          <p class="legend"><span>Never</span>${range(DEEPEST + 1).map((level) => html`<i key=${level} data-level=${level}></i>`)}<span>Often</span>
            <span class="outside"><i class="outside" data-level="2"></i>Not in the contract</span></p>`}
      </section>`;
  }
}

const range = (length) => Array.from({ length }, (_, index) => index);

function Share({ label, share }) {
  const [seen, all] = share.split("/").map(Number);
  const percent = all ? Math.round((seen / all) * 100) : 0;
  return html`
    <div class="tile"><span class="muted">${label}</span><b>${seen}<small> of ${all}</small></b>
      <progress max=${all} value=${seen} aria-label=${`${label}: ${percent} %`}></progress><span class="percent">${percent} %</span></div>`;
}

function ContractMap({ operations, known }) {
  const codes = [...new Set(operations.flatMap((operation) => Object.keys(operation.statuses)))].sort();
  const most = Math.max(1, ...operations.flatMap((operation) => [...Object.values(operation.statuses), ...Object.values(operation.parameters)]));
  const level = (calls) => (calls ? 1 + Math.round((Math.log(calls) / Math.log(Math.max(2, most))) * (DEEPEST - 1)) : 0);
  return html`
    <table class="map" aria-label="Operations by status and parameter">
      <thead><tr><th scope="col">Operation</th><th scope="col" class="calls">Calls</th>
        ${codes.map((code) => html`<th key=${code} scope="col" class="cell">${code}</th>`)}</tr></thead>
      ${operations.map((operation) => {
        const documented = known.find(({ id }) => id === operation.id);
        const parameters = Object.entries(operation.parameters);
        return html`
          <tbody key=${operation.id}>
            <tr>
              <th scope="row"><a href=${href("journal", { operation: operation.id })}>${operation.id}</a>
                <small><${Method} value=${documented.method} /> <code>${documented.path}</code></small></th>
              <td class="calls">${count(operation.calls)}</td>
              ${codes.map((code) => html`<${Cell} key=${code} ...${{ operation: operation.id, code, level, calls: operation.statuses[code] }}
                outside=${!documented.statuses.map(String).includes(code)} />`)}
            </tr>
            ${parameters.length > 0 && html`<tr class="parameters"><td colspan=${codes.length + 2}><ul aria-label=${`Parameters of ${operation.id}`}>
              ${parameters.map(([name, calls]) => html`<li key=${name} data-level=${level(calls)} title=${`${name}: ${plural(calls, "call")}`}>
                <span>${name}</span><b>${calls ? count(calls) : "–"}</b></li>`)}
            </ul></td></tr>`}
          </tbody>`;
      })}
    </table>`;
}

function Cell({ operation, code, calls, level, outside }) {
  if (calls === undefined) return html`<td class="cell none"></td>`;
  const text = `${operation} ${code}: ${plural(calls, "call")}${outside ? ", not in the contract" : ""}`;
  return html`
    <td class="cell"><a class=${outside ? "outside" : ""} data-level=${level(calls)} aria-label=${text} title=${text}
      href=${href("journal", { operation, code })}>${calls ? count(calls) : ""}</a></td>`;
}
