ALTER TABLE `sessions` ADD `pinned_at_ms` bigint;--> statement-breakpoint
CREATE INDEX `sessions_owner_pinned` ON `sessions` (`owner_id`,`pinned_at_ms`,`session_id`);