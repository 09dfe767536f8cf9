export const strings = {
  close: "Close",
  openDrawer: "Open the list of sessions",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "The browser did not allow copying",
  dismiss: "Dismiss",
  theme: "Theme",
  themes: { system: "System", light: "Light", dark: "Dark" },
  justNow: "now",
};
