CREATE TABLE `access_tokens` (
	`token_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`token_hash` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`last_used_at_ms` integer,
	`expires_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `access_tokens_hash` ON `access_tokens` (`token_hash`);--> statement-breakpoint
CREATE TABLE `audit_log` (
	`audit_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`action` text NOT NULL,
	`subject_id` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `audit_log_owner_at` ON `audit_log` (`owner_id`,`at_ms`);--> statement-breakpoint
CREATE TABLE `event_log` (
	`stream_id` text NOT NULL,
	`seq` integer NOT NULL,
	`event` text NOT NULL,
	`prune_run_id` text,
	`at_ms` integer NOT NULL,
	PRIMARY KEY(`stream_id`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `event_streams` (
	`stream_id` text PRIMARY KEY NOT NULL,
	`head_seq` integer NOT NULL,
	`tail_seq` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `llm_configs` (
	`config_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`provider` text NOT NULL,
	`api_url` text,
	`api_key_cipher` text,
	`model` text NOT NULL,
	`enabled` integer NOT NULL,
	`tags` text NOT NULL,
	`description` text,
	`max_tokens` integer,
	`metadata` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `llm_configs_owner_created` ON `llm_configs` (`owner_id`,`created_at_ms`,`config_id`);--> statement-breakpoint
CREATE TABLE `message_executions` (
	`execution_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`message_id` text NOT NULL,
	`session_id` text NOT NULL,
	`component_type` text NOT NULL,
	`component_id` text NOT NULL,
	`component_name` text,
	`llm_config_id` text,
	`input` text,
	`result` text,
	`raw_result` text,
	`logs` text,
	`status` text NOT NULL,
	`error_message` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `message_executions_message` ON `message_executions` (`message_id`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `message_executions_session` ON `message_executions` (`session_id`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `messages` (
	`session_id` text NOT NULL,
	`seq` integer NOT NULL,
	`message_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`parent_id` text,
	`active` integer NOT NULL,
	`role` text NOT NULL,
	`status` text NOT NULL,
	`content` text NOT NULL,
	`thinking` text,
	`tool_calls` text,
	`token_count` integer,
	`token_count_estimated` integer NOT NULL,
	`acc_token` integer,
	`ext` text,
	`mcpdetail` text,
	`model` text,
	`llm_config_id` text,
	`run_id` text,
	`provider_data` text,
	`failure` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`session_id`, `seq`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_id` ON `messages` (`message_id`);--> statement-breakpoint
CREATE INDEX `messages_parent` ON `messages` (`session_id`,`parent_id`);--> statement-breakpoint
CREATE TABLE `round_table_messages` (
	`round_table_id` text NOT NULL,
	`seq` integer NOT NULL,
	`message_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`sender_type` text NOT NULL,
	`sender_agent_id` text,
	`content` text NOT NULL,
	`mentions` text,
	`is_raise_hand` integer NOT NULL,
	`media` text,
	`reply_to_message_id` text,
	`created_at_ms` integer NOT NULL,
	PRIMARY KEY(`round_table_id`, `seq`)
);
--> statement-breakpoint
CREATE UNIQUE INDEX `round_table_messages_id` ON `round_table_messages` (`message_id`);--> statement-breakpoint
CREATE TABLE `round_table_participants` (
	`round_table_id` text NOT NULL,
	`session_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`custom_llm_config_id` text,
	`custom_system_prompt` text,
	`joined_at_ms` integer NOT NULL,
	PRIMARY KEY(`round_table_id`, `session_id`)
);
--> statement-breakpoint
CREATE INDEX `round_table_participants_session` ON `round_table_participants` (`session_id`);--> statement-breakpoint
CREATE TABLE `round_table_responses` (
	`response_id` text PRIMARY KEY NOT NULL,
	`round_table_id` text NOT NULL,
	`message_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`agent_id` text NOT NULL,
	`content` text NOT NULL,
	`thinking` text,
	`tool_calls` text,
	`is_selected` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `round_table_responses_message` ON `round_table_responses` (`message_id`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `round_tables` (
	`round_table_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`status` text NOT NULL,
	`last_seq` integer NOT NULL,
	`participant_count` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `round_tables_owner_updated` ON `round_tables` (`owner_id`,`updated_at_ms`,`round_table_id`);--> statement-breakpoint
CREATE TABLE `run_steps` (
	`run_id` text NOT NULL,
	`step_key` text NOT NULL,
	`attempt` integer NOT NULL,
	`effect` text NOT NULL,
	`input` text,
	`output` text,
	`failure` text,
	`started_at_ms` integer NOT NULL,
	`settled_at_ms` integer,
	PRIMARY KEY(`run_id`, `step_key`, `attempt`)
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`run_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`kind` text NOT NULL,
	`stream_id` text NOT NULL,
	`subject_id` text,
	`status` text NOT NULL,
	`input` text,
	`output` text,
	`failure` text,
	`budget` text,
	`idempotency_key` text,
	`fence` integer NOT NULL,
	`appends` integer NOT NULL,
	`attempts` integer NOT NULL,
	`lease_owner` text,
	`lease_until_ms` integer,
	`wake_at_ms` integer,
	`cancel_requested_at_ms` integer,
	`parent_run_id` text,
	`parent_step_key` text,
	`start_seq` integer,
	`created_at_ms` integer NOT NULL,
	`finished_at_ms` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `runs_idempotency` ON `runs` (`owner_id`,`idempotency_key`);--> statement-breakpoint
CREATE INDEX `runs_status_lease` ON `runs` (`status`,`lease_until_ms`);--> statement-breakpoint
CREATE INDEX `runs_subject` ON `runs` (`subject_id`);--> statement-breakpoint
CREATE INDEX `runs_stream` ON `runs` (`stream_id`,`created_at_ms`);--> statement-breakpoint
CREATE TABLE `sessions` (
	`session_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`title` text NOT NULL,
	`title_is_default` integer NOT NULL,
	`name` text,
	`session_type` text NOT NULL,
	`llm_config_id` text,
	`avatar` text,
	`system_prompt` text,
	`ext` text,
	`media_output_path` text,
	`role_id` text,
	`role_version_id` text,
	`current_role_version_id` text,
	`last_seq` integer NOT NULL,
	`leaf_id` text,
	`active_run_id` text,
	`message_count` integer NOT NULL,
	`acc_token` integer NOT NULL,
	`preview_text` text,
	`last_message_at_ms` integer,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `sessions_owner_updated` ON `sessions` (`owner_id`,`updated_at_ms`,`session_id`);--> statement-breakpoint
CREATE INDEX `sessions_type_updated` ON `sessions` (`session_type`,`updated_at_ms`);--> statement-breakpoint
CREATE TABLE `settings` (
	`owner_id` text NOT NULL,
	`setting_key` text NOT NULL,
	`value` text,
	`updated_at_ms` integer NOT NULL,
	PRIMARY KEY(`owner_id`, `setting_key`)
);
--> statement-breakpoint
CREATE TABLE `summaries` (
	`summary_id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`owner_id` text NOT NULL,
	`summary_content` text NOT NULL,
	`last_message_id` text NOT NULL,
	`last_seq` integer NOT NULL,
	`token_count_before` integer NOT NULL,
	`token_count_after` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `summaries_session_seq` ON `summaries` (`session_id`,`last_seq`);--> statement-breakpoint
CREATE TABLE `workflows` (
	`workflow_id` text PRIMARY KEY NOT NULL,
	`owner_id` text NOT NULL,
	`name` text NOT NULL,
	`description` text,
	`config` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `workflows_owner_updated` ON `workflows` (`owner_id`,`updated_at_ms`,`workflow_id`);