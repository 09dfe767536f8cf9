import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import type { ITheme } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { theme } from "../../ui/theme.ts";
import { isWebAddress } from "../mcp/web-address.ts";
import { strings } from "./terminal.strings.ts";
import type { OpenView } from "./terminal-tabs.ts";

const scrollbackLines = 5_000;

/** The shades that programs choose from, readable on a light page and on a dark one. */
const shades = {
  light: {
    black: "#24292f",
    red: "#b3261e",
    green: "#1a6b3c",
    yellow: "#7a5a00",
    blue: "#0b57a4",
    magenta: "#7a3fa0",
    cyan: "#0e6b75",
    white: "#5f6a70",
    brightBlack: "#57606a",
    brightRed: "#8f1d17",
    brightGreen: "#116329",
    brightYellow: "#633c01",
    brightBlue: "#0a4a8c",
    brightMagenta: "#5f2f80",
    brightCyan: "#0a5560",
    brightWhite: "#24292f",
  },
  dark: {
    black: "#3b4248",
    red: "#f28b82",
    green: "#7fd1a4",
    yellow: "#e3c27a",
    blue: "#8ab8f0",
    magenta: "#cfa3ec",
    cyan: "#7fcfd8",
    white: "#c9d1d4",
    brightBlack: "#8b959b",
    brightRed: "#ffb4ab",
    brightGreen: "#a3e6c1",
    brightYellow: "#f5dca0",
    brightBlue: "#b3d4ff",
    brightMagenta: "#e3c6f7",
    brightCyan: "#a8e6ec",
    brightWhite: "#f2f5f6",
  },
};

/** The page's own colors, as they are right now. */
function themeAt(element: HTMLElement): ITheme {
  const probe = document.createElement("span");
  probe.hidden = true;
  element.append(probe);
  const colorOf = (name: string) => {
    probe.style.color = `var(--color-${name})`;
    return getComputedStyle(probe).color;
  };
  const [background, foreground, cursor, selection] = ["page", "ink", "accent", "active"].map(colorOf);
  const isDark = getComputedStyle(element).colorScheme.includes("dark")
    ? document.documentElement.dataset["theme"] === "dark" || matchMedia("(prefers-color-scheme: dark)").matches
    : false;
  probe.remove();
  return {
    ...shades[isDark ? "dark" : "light"],
    background,
    foreground,
    cursor,
    cursorAccent: background,
    selectionBackground: selection,
  };
}

/** A terminal of xterm's in an element of its own, which can be put on the page, taken off, and put back. */
export const openTerminalView: OpenView = ({ onInput, onResize }) => {
  const element = document.createElement("div");
  element.className = "h-full w-full overflow-hidden";
  const terminal = new Terminal({
    fontFamily: getComputedStyle(document.documentElement).getPropertyValue("--font-mono") || "monospace",
    fontSize: 13,
    lineHeight: 1.2,
    scrollback: scrollbackLines,
    cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    minimumContrastRatio: 4.5,
    macOptionIsMeta: true,
    // A program chooses the text of a link and where it leads: it shows where, and opens only when asked for by hand.
    linkHandler: {
      activate(event, address) {
        if ((event.ctrlKey || event.metaKey) && isWebAddress(address))
          window.open(address, "_blank", "noopener,noreferrer");
      },
      hover: (_event, address) => (element.title = `${strings.followLink} ${address}`),
      leave: () => (element.title = ""),
    },
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  terminal.onData(onInput);
  terminal.onResize(({ cols, rows }) => onResize({ columns: cols, rows }));
  terminal.attachCustomKeyEventHandler((event) => {
    const isCopy = event.ctrlKey && event.shiftKey && event.code === "KeyC";
    if (isCopy && event.type === "keydown" && terminal.hasSelection()) {
      event.preventDefault();
      void navigator.clipboard.writeText(terminal.getSelection()).catch(() => {});
    }
    // Ctrl+Shift+V is the browser's own paste.
    return !isCopy && !(event.ctrlKey && event.shiftKey && event.code === "KeyV");
  });
  // What is typed into a shell is no shortcut of chatee's; those with ⌘ are.
  element.addEventListener("keydown", (event) => {
    if (!event.metaKey) event.stopPropagation();
  });

  let isOpen = false;
  const recolor = () => {
    if (isOpen) terminal.options.theme = themeAt(element);
  };
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", recolor);
  const stopTheme = theme.subscribe(() => requestAnimationFrame(recolor));
  return {
    element,
    write: (data, done) => terminal.write(data, done),
    fit() {
      if (!element.isConnected || element.clientWidth === 0) return;
      if (!isOpen) {
        isOpen = true;
        terminal.options.theme = themeAt(element);
        terminal.open(element);
      }
      fit.fit();
    },
    focus: () => terminal.focus(),
    dispose() {
      stopTheme();
      dark.removeEventListener("change", recolor);
      terminal.dispose();
      element.remove();
    },
  };
};
