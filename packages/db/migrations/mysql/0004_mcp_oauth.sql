CREATE TABLE `mcp_oauth_clients` (
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`issuer` varchar(500) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`client_id` varchar(2000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`secret_cipher` longtext character set utf8mb4 collate utf8mb4_bin,
	`redirect_uri` varchar(2000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`source` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`auth_method` varchar(100) character set ascii collate ascii_bin,
	`created_at_ms` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `mcp_oauth_clients_owner_id_issuer_pk` PRIMARY KEY(`owner_id`,`issuer`)
);
--> statement-breakpoint
CREATE TABLE `mcp_oauth_states` (
	`state_hash` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`server_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`details_cipher` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`created_at_ms` bigint NOT NULL,
	`expires_at_ms` bigint NOT NULL,
	`used_at_ms` bigint,
	CONSTRAINT `mcp_oauth_states_state_hash` PRIMARY KEY(`state_hash`)
);
--> statement-breakpoint
CREATE TABLE `mcp_oauth_tokens` (
	`server_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`server_origin` varchar(500) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`issuer` varchar(500) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`resource` varchar(2000) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`state` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`grant_cipher` longtext character set utf8mb4 collate utf8mb4_bin,
	`scope` longtext character set utf8mb4 collate utf8mb4_bin,
	`wanted_scope` longtext character set utf8mb4 collate utf8mb4_bin,
	`obtained_at_ms` bigint NOT NULL,
	`expires_at_ms` bigint,
	`refresh_at_ms` bigint,
	`version` bigint NOT NULL,
	`lease_until_ms` bigint,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `mcp_oauth_tokens_server_id_owner_id_pk` PRIMARY KEY(`server_id`,`owner_id`)
);
--> statement-breakpoint
CREATE INDEX `mcp_oauth_states_owner` ON `mcp_oauth_states` (`owner_id`,`expires_at_ms`);