import type { RestRoute } from "./route.ts";

/** Which methods a path answers; none for a path that no route has. */
export function createPathIndex(routes: readonly RestRoute[]) {
  const patterns = routes.flatMap(({ method, path, aliases }) =>
    [path, ...aliases].map((one) => ({ method, pattern: toPattern(one) })),
  );
  return (url: string): string[] => {
    const path = url.split("?", 1)[0] ?? "";
    const methods = patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  };
}

function toPattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/:[a-z_]+/g, "[^/]+")}$`);
}
