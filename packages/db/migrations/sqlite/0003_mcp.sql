CREATE TABLE `interactions` (
	`interaction_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`session_id` text,
	`message_id` text,
	`run_id` text,
	`tool_call_id` text,
	`server_id` text,
	`kind` text NOT NULL,
	`request` text NOT NULL,
	`response` text,
	`status` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`answered_at_ms` integer,
	`expires_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `interactions_owner_status` ON `interactions` (`owner_id`,`status`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `interactions_run` ON `interactions` (`run_id`);--> statement-breakpoint
CREATE INDEX `interactions_session` ON `interactions` (`session_id`);--> statement-breakpoint
CREATE TABLE `mcp_facts` (
	`server_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`reachable` integer,
	`needs_auth` integer,
	`era` text,
	`era_at_ms` integer,
	`latency_ms` integer,
	`tools_hash` text,
	`tools_changed_at_ms` integer,
	`last_error` text,
	`checked_at_ms` integer,
	PRIMARY KEY(`server_id`, `owner_id`)
);
--> statement-breakpoint
CREATE TABLE `mcp_servers` (
	`server_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`display_name` text,
	`client_name` text,
	`type` text NOT NULL,
	`url` text,
	`enabled` integer NOT NULL,
	`use_proxy` integer NOT NULL,
	`description` text,
	`metadata` text,
	`ext` text,
	`secrets_cipher` text,
	`allow_read_only` integer NOT NULL,
	`approved_hash` text,
	`approved_at_ms` integer,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `mcp_servers_owner_created` ON `mcp_servers` (`owner_id`,`created_at_ms`,`server_id`);--> statement-breakpoint
CREATE TABLE `mcp_tools` (
	`server_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`policy` text,
	`hash` text,
	`definition` text,
	`pending` text,
	`allowed_hash` text,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`server_id`, `owner_id`, `name`)
);
