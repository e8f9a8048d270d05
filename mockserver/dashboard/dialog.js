// Questions to the person: confirm something, or give a line of text. And what the keys do.
// Owns: the modal dialog. The browser's own <dialog> keeps the focus inside and closes on Esc.

import { Button, Component, createRef, Field, html, Text } from "./parts.js";

/** props: {title, text, label?, value?, secret?, confirm, danger?, pattern?, answer(text|true|null)} */
export class Ask extends Component {
  state = { value: this.props.value ?? "" };
  box = createRef();

  componentDidMount() {
    this.box.current.showModal();
  }

  answer(value) {
    this.box.current.close();
    this.props.answer(value);
  }

  submit = (event) => {
    event.preventDefault();
    this.answer(this.props.label ? this.state.value.trim() : true);
  };

  render({ title, text, label, secret, confirm, danger, pattern, hint }, { value }) {
    return html`
      <dialog class="ask" ref=${this.box} aria-labelledby="ask-title" onCancel=${(event) => {
        event.preventDefault();
        this.answer(null);
      }}>
        <form onSubmit=${this.submit}>
          <h2 id="ask-title">${title}</h2>
          ${text && html`<p>${text}</p>`}
          ${label && html`<${Field} label=${label} hint=${hint}>
            <${Text} value=${value} type=${secret ? "password" : "text"} required autofocus autocomplete="off"
              spellcheck=${false} pattern=${pattern} onInput=${(next) => this.setState({ value: next })} />
          <//>`}
          <div class="actions">
            <${Button} label="Cancel" onClick=${() => this.answer(null)} />
            <button class=${`button ${danger ? "danger" : "primary"}`} autofocus=${!label}>${confirm}</button>
          </div>
        </form>
      </dialog>`;
  }
}

const KEYS = [
  ["/", "Search or filter"],
  ["1 … 7", "Records, journal, coverage, faults, clock, snapshots, sessions"],
  ["↑ ↓ or j k", "Move in a list"],
  ["Home End", "First and last row"],
  ["PgUp PgDn", "Turn the page of records"],
  ["Enter", "Open a record, unfold a call"],
  ["First letter", "Do what an action of the contract does, such as r for reject, to the record under the focus"],
  ["Delete", "Delete the record under the focus"],
  ["n", "New record"],
  ["Ctrl Enter", "Save the open record"],
  ["Esc", "Close the panel or the dialog"],
  ["s", "Pick a session"],
  ["t", "Light, dark, or as the system"],
  ["?", "These keys"],
];

export class Keys extends Component {
  box = createRef();

  componentDidMount() {
    this.box.current.showModal();
  }

  render({ close }) {
    return html`
      <dialog class="ask keys" ref=${this.box} aria-labelledby="keys-title" onClose=${close}>
        <h2 id="keys-title">Keyboard</h2>
        <dl>${KEYS.map(([key, what]) => html`<div key=${key}><dt><kbd>${key}</kbd></dt><dd>${what}</dd></div>`)}</dl>
        <form method="dialog"><div class="actions"><button class="button primary" autofocus>Close</button></div></form>
      </dialog>`;
  }
}
