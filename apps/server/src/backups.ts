import { randomUUID } from "node:crypto";
import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Database } from "@chatee/db/database";
import { BackupRefused, checkBackup, stagedFile } from "@chatee/db/dialect/backup.sqlite";
import type { BackupFacts } from "@chatee/db/dialect/backup.sqlite";
import { DomainError } from "@chatee/shared/failure";
import { migrationsFolder } from "./assets.ts";
import { ConfigError } from "./config.ts";
import type { Backups } from "./plugins/data.ts";

const databaseFile = (dataDirectory: string): string => join(dataDirectory, "chatee.db");

/** Beside the database, so that what was checked is moved and not copied. */
const scratchFile = (dataDirectory: string, name: string): string => join(dataDirectory, `${name}-${randomUUID()}.tmp`);

export function createBackups(snapshot: NonNullable<Database["snapshot"]>, dataDirectory: string): Backups {
  return {
    staged: stagedFile(databaseFile(dataDirectory)),
    scratch: (name) => scratchFile(dataDirectory, name),
    snapshot,
    check(file) {
      try {
        return checkBackup(file, migrationsFolder("sqlite"));
      } catch (error) {
        if (!(error instanceof BackupRefused)) throw error;
        throw new DomainError(
          { code: "input.invalid", issues: [{ path: "", message: error.message }] },
          { cause: error },
        );
      }
    },
  };
}

/**
 * Copies a backup to where the next start takes it from; the file itself stays as it is.
 *
 * @throws ConfigError when it is none.
 */
export function stageRestore(dataDirectory: string, backup: string): BackupFacts {
  if (!existsSync(backup)) throw new ConfigError(`${backup}: there is no such file`);
  const copy = scratchFile(dataDirectory, "restore");
  try {
    copyFileSync(backup, copy);
    const facts = checkBackup(copy, migrationsFolder("sqlite"));
    renameSync(copy, stagedFile(databaseFile(dataDirectory)));
    return facts;
  } catch (error) {
    if (error instanceof BackupRefused) throw new ConfigError(`${backup}: ${error.message}`);
    throw error;
  } finally {
    rmSync(copy, { force: true });
  }
}
