CREATE TABLE `usage_entries` (
	`usage_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`purpose` text NOT NULL,
	`session_id` text NOT NULL,
	`message_id` text,
	`provider` text NOT NULL,
	`model` text NOT NULL,
	`llm_config_id` text,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`cached_tokens` integer NOT NULL,
	`reasoning_tokens` integer NOT NULL,
	`estimated` integer NOT NULL,
	`cost_nano_usd` integer,
	`price_source` text
);
--> statement-breakpoint
CREATE INDEX `usage_entries_owner_at` ON `usage_entries` (`owner_id`,`at_ms`);