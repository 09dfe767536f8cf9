CREATE TABLE `files` (
	`file_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`mime_type` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`kind` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`size_bytes` bigint NOT NULL,
	`sha256` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`width` bigint,
	`height` bigint,
	`created_at_ms` bigint NOT NULL,
	`last_used_at_ms` bigint NOT NULL,
	CONSTRAINT `files_file_id` PRIMARY KEY(`file_id`),
	CONSTRAINT `files_owner_content` UNIQUE(`owner_id`,`sha256`)
);
--> statement-breakpoint
CREATE TABLE `message_files` (
	`message_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`file_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	CONSTRAINT `message_files_message_id_file_id_pk` PRIMARY KEY(`message_id`,`file_id`)
);
--> statement-breakpoint
CREATE INDEX `files_owner_created` ON `files` (`owner_id`,`created_at_ms`,`file_id`);--> statement-breakpoint
CREATE INDEX `message_files_file` ON `message_files` (`file_id`);--> statement-breakpoint
CREATE INDEX `message_files_session` ON `message_files` (`session_id`);