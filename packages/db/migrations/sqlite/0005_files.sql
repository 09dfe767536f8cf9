CREATE TABLE `files` (
	`file_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`mime_type` text NOT NULL,
	`kind` text NOT NULL,
	`size_bytes` integer NOT NULL,
	`sha256` text NOT NULL,
	`width` integer,
	`height` integer,
	`created_at_ms` integer NOT NULL,
	`last_used_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `files_owner_content` ON `files` (`owner_id`,`sha256`);--> statement-breakpoint
CREATE INDEX `files_owner_created` ON `files` (`owner_id`,`created_at_ms`,`file_id`);--> statement-breakpoint
CREATE TABLE `message_files` (
	`message_id` text NOT NULL,
	`file_id` text NOT NULL,
	`session_id` text NOT NULL,
	`owner_id` text NOT NULL,
	PRIMARY KEY(`message_id`, `file_id`)
);
--> statement-breakpoint
CREATE INDEX `message_files_file` ON `message_files` (`file_id`);--> statement-breakpoint
CREATE INDEX `message_files_session` ON `message_files` (`session_id`);