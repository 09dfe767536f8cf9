CREATE TABLE `mcp_oauth_clients` (
	`owner_id` text NOT NULL,
	`issuer` text NOT NULL,
	`client_id` text NOT NULL,
	`secret_cipher` text,
	`redirect_uri` text NOT NULL,
	`source` text NOT NULL,
	`auth_method` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`owner_id`, `issuer`)
);
--> statement-breakpoint
CREATE TABLE `mcp_oauth_states` (
	`state_hash` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`server_id` text NOT NULL,
	`details_cipher` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`expires_at_ms` integer NOT NULL,
	`used_at_ms` integer
);
--> statement-breakpoint
CREATE INDEX `mcp_oauth_states_owner` ON `mcp_oauth_states` (`owner_id`,`expires_at_ms`);--> statement-breakpoint
CREATE TABLE `mcp_oauth_tokens` (
	`server_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`server_origin` text NOT NULL,
	`issuer` text NOT NULL,
	`resource` text NOT NULL,
	`state` text NOT NULL,
	`grant_cipher` text,
	`scope` text,
	`wanted_scope` text,
	`obtained_at_ms` integer NOT NULL,
	`expires_at_ms` integer,
	`refresh_at_ms` integer,
	`version` integer NOT NULL,
	`lease_until_ms` integer,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`server_id`, `owner_id`)
);
