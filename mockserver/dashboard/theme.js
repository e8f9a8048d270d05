// Light, dark or the system's choice; runs before the page is drawn, so that it never flashes.
// Owns: data-theme on <html> and its key in localStorage.
(() => {
  const KEY = "mock-theme";
  const ORDER = ["system", "light", "dark"];
  const kept = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  };
  const apply = (name) => {
    if (name === "light" || name === "dark") document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
  };
  window.mockTheme = {
    get: () => document.documentElement.dataset.theme ?? "system",
    next() {
      const name = ORDER[(ORDER.indexOf(this.get()) + 1) % ORDER.length];
      apply(name);
      try {
        localStorage.setItem(KEY, name);
      } catch {
        // A browser that keeps nothing still switches for now.
      }
      return name;
    },
  };
  apply(kept());
})();
