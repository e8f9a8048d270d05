// Where the page is: the view and its parameters in the hash, the session in the query.
// Owns: reading and writing location. Knows nothing of what a view shows.

export const VIEWS = [
  { name: "records", label: "Records", icon: "table" },
  { name: "journal", label: "Journal", icon: "pulse" },
  { name: "coverage", label: "Coverage", icon: "grid" },
  { name: "faults", label: "Faults", icon: "bolt" },
  { name: "clock", label: "Clock", icon: "clock" },
  { name: "snapshots", label: "Snapshots", icon: "camera" },
  { name: "sessions", label: "Sessions", icon: "layers" },
];

/** The views that a server has; one that says nothing of it has all. */
export const viewsOf = (status) => (status?.views ? VIEWS.filter((view) => status.views.includes(view.name)) : VIEWS);

const NAMES = new Set(VIEWS.map((view) => view.name));

/** @returns {{view: string, params: Object<string, string>}} */
export function current() {
  const [name, query = ""] = location.hash.slice(1).split("?", 2);
  return { view: NAMES.has(name) ? name : "records", params: Object.fromEntries(new URLSearchParams(query)) };
}

/** The hash of a view; empty parameters are left out. */
export function href(view, params = {}) {
  const kept = Object.entries(params).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  const query = new URLSearchParams(kept).toString();
  return `#${view}${query ? `?${query}` : ""}`;
}

export function go(view, params, { replace = false } = {}) {
  const target = href(view, params);
  if (target === location.hash) return;
  if (replace) {
    history.replaceState(null, "", target);
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = target;
  }
}

export function session() {
  return new URLSearchParams(location.search).get("session") || "default";
}

/** The page's address for a session, on the same view. */
export function sessionHref(name, view = current().view) {
  return `${location.pathname}${name === "default" ? "" : `?session=${encodeURIComponent(name)}`}#${view}`;
}
