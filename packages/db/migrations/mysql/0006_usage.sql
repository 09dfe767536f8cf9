CREATE TABLE `usage_entries` (
	`usage_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`at_ms` bigint NOT NULL,
	`purpose` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`message_id` varchar(100) character set ascii collate ascii_bin,
	`provider` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`model` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`llm_config_id` varchar(100) character set ascii collate ascii_bin,
	`input_tokens` bigint NOT NULL,
	`output_tokens` bigint NOT NULL,
	`cached_tokens` bigint NOT NULL,
	`reasoning_tokens` bigint NOT NULL,
	`estimated` boolean NOT NULL,
	`cost_nano_usd` bigint,
	`price_source` varchar(100) character set ascii collate ascii_bin,
	CONSTRAINT `usage_entries_usage_id` PRIMARY KEY(`usage_id`)
);
--> statement-breakpoint
CREATE INDEX `usage_entries_owner_at` ON `usage_entries` (`owner_id`,`at_ms`);