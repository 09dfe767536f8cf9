ALTER TABLE `sessions` ADD `pinned_at_ms` integer;--> statement-breakpoint
CREATE INDEX `sessions_owner_pinned` ON `sessions` (`owner_id`,`pinned_at_ms`,`session_id`);