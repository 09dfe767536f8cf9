/** `degraded`: something configured does not answer. Without the database nothing works; without Redis news travel slower. */
export type Health = {
  status: "ok" | "degraded";
  version: string;
  database: "ok" | "down";
  /** `off`: not configured, and not needed. */
  redis: "ok" | "down" | "off";
  uptimeS: number;
};

export type SystemInfo = {
  version: string;
  engine: "sqlite" | "mysql";
  /** What this server can do, by name. */
  features: Record<string, boolean>;
};
