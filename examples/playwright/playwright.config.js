import { defineConfig } from "@playwright/test";

/** MOCK_URL: a mock that runs already; else one is started. CHROMIUM: a browser of the system; else Playwright's own. */
const { MOCK_URL, CHROMIUM, CI } = process.env;

export default defineConfig({
  testDir: "tests",
  fullyParallel: true,
  workers: 2,
  forbidOnly: Boolean(CI),
  reporter: "list",
  timeout: 60_000,
  expect: { timeout: 15_000 },
  use: { browserName: "chromium", launchOptions: CHROMIUM ? { executablePath: CHROMIUM } : {} },
  webServer: MOCK_URL
    ? undefined
    : { command: "cancelkit mock --port 8080", url: "http://127.0.0.1:8080/_mock/ready", reuseExistingServer: !CI },
});
