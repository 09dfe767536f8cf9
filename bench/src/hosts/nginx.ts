import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findProgram, freePort, openTemporaryFolder, startPrivateProcess } from "@chatee/tooling/private-process";

/** nginx in front of `upstream`, one process, set up for streams as its manual says. */
export async function openNginx(upstream: string) {
  const program = findProgram(["nginx"], "nginx-light");
  const port = await freePort();
  const { path: folder, [Symbol.asyncDispose]: removeFolder } = await openTemporaryFolder("nginx");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  const file = join(folder, "nginx.conf");
  await writeFile(
    file,
    `daemon off; master_process off; pid ${join(folder, "pid")}; error_log stderr notice;
    events { worker_connections 2048; }
    http {
      access_log off; keepalive_requests 1000000; ${temporary.join(" ")}
      upstream server { server ${new URL(upstream).host}; keepalive 256; keepalive_requests 1000000; }
      server {
        listen 127.0.0.1:${port};
        location / {
          proxy_pass http://server; proxy_http_version 1.1; proxy_set_header Connection "";
          proxy_buffering off; proxy_read_timeout 1h;
        }
      }
    }`,
  );
  const nginx = await startPrivateProcess({
    command: program,
    args: ["-e", "stderr", "-p", folder, "-c", file],
    folder,
    readyLine: /using the "epoll" event method/,
  });
  return {
    url: `http://127.0.0.1:${port}`,
    pid: nginx.pid,
    async [Symbol.asyncDispose]() {
      await nginx.end("SIGKILL");
      await removeFolder();
    },
  };
}
