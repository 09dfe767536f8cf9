CREATE TABLE `interactions` (
	`interaction_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`session_id` varchar(100) character set ascii collate ascii_bin,
	`message_id` varchar(100) character set ascii collate ascii_bin,
	`run_id` varchar(100) character set ascii collate ascii_bin,
	`tool_call_id` varchar(255) character set utf8mb4 collate utf8mb4_bin,
	`server_id` varchar(100) character set ascii collate ascii_bin,
	`kind` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`request` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`response` longtext character set utf8mb4 collate utf8mb4_bin,
	`status` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`created_at_ms` bigint NOT NULL,
	`answered_at_ms` bigint,
	`expires_at_ms` bigint NOT NULL,
	CONSTRAINT `interactions_interaction_id` PRIMARY KEY(`interaction_id`)
);
--> statement-breakpoint
CREATE TABLE `mcp_facts` (
	`server_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`reachable` boolean,
	`needs_auth` boolean,
	`era` varchar(100) character set ascii collate ascii_bin,
	`era_at_ms` bigint,
	`latency_ms` bigint,
	`tools_hash` varchar(100) character set ascii collate ascii_bin,
	`tools_changed_at_ms` bigint,
	`last_error` longtext character set utf8mb4 collate utf8mb4_bin,
	`checked_at_ms` bigint,
	CONSTRAINT `mcp_facts_server_id_owner_id_pk` PRIMARY KEY(`server_id`,`owner_id`)
);
--> statement-breakpoint
CREATE TABLE `mcp_servers` (
	`server_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`display_name` varchar(200) character set utf8mb4 collate utf8mb4_bin,
	`client_name` varchar(200) character set utf8mb4 collate utf8mb4_bin,
	`type` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`url` varchar(2000) character set utf8mb4 collate utf8mb4_bin,
	`enabled` boolean NOT NULL,
	`use_proxy` boolean NOT NULL,
	`description` longtext character set utf8mb4 collate utf8mb4_bin,
	`metadata` longtext character set utf8mb4 collate utf8mb4_bin,
	`ext` longtext character set utf8mb4 collate utf8mb4_bin,
	`secrets_cipher` longtext character set utf8mb4 collate utf8mb4_bin,
	`allow_read_only` boolean NOT NULL,
	`approved_hash` varchar(100) character set ascii collate ascii_bin,
	`approved_at_ms` bigint,
	`created_at_ms` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `mcp_servers_server_id` PRIMARY KEY(`server_id`)
);
--> statement-breakpoint
CREATE TABLE `mcp_tools` (
	`server_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(255) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`policy` varchar(100) character set ascii collate ascii_bin,
	`hash` varchar(100) character set ascii collate ascii_bin,
	`definition` longtext character set utf8mb4 collate utf8mb4_bin,
	`pending` longtext character set utf8mb4 collate utf8mb4_bin,
	`allowed_hash` varchar(100) character set ascii collate ascii_bin,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `mcp_tools_server_id_owner_id_name_pk` PRIMARY KEY(`server_id`,`owner_id`,`name`)
);
--> statement-breakpoint
CREATE INDEX `interactions_owner_status` ON `interactions` (`owner_id`,`status`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `interactions_run` ON `interactions` (`run_id`);--> statement-breakpoint
CREATE INDEX `interactions_session` ON `interactions` (`session_id`);--> statement-breakpoint
CREATE INDEX `mcp_servers_owner_created` ON `mcp_servers` (`owner_id`,`created_at_ms`,`server_id`);