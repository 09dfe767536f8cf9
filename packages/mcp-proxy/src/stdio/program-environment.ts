/** What any program needs to find its way, and nothing that opens a door. Compared without case, for Windows. */
const passedOn = new Set(
  (
    "PATH HOME USER LOGNAME SHELL TERM LANG LANGUAGE TZ TMPDIR " +
    "LC_ALL LC_CTYPE LC_MESSAGES XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME XDG_RUNTIME_DIR " +
    "APPDATA LOCALAPPDATA COMSPEC PATHEXT PROGRAMDATA PROGRAMFILES PROGRAMFILES(X86) " +
    "SYSTEMDRIVE SYSTEMROOT TEMP TMP USERNAME USERPROFILE WINDIR"
  ).split(" "),
);

/**
 * The environment of a local server: an allow-list out of ours, then exactly what its owner wrote. Keys, tokens and
 * configuration of chatee in the environment of its process never reach a program.
 */
export function programEnvironment(
  base: Readonly<Record<string, string | undefined>>,
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const [name, value] of Object.entries(base)) {
    // A value that starts like this is a function exported by a shell, and would be run by the next one.
    if (value !== undefined && passedOn.has(name.toUpperCase()) && !value.startsWith("()")) environment[name] = value;
  }
  return { ...environment, ...own };
}
