CREATE TABLE `access_tokens` (
	`token_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`token_hash` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`created_at_ms` bigint NOT NULL,
	`last_used_at_ms` bigint,
	`expires_at_ms` bigint,
	CONSTRAINT `access_tokens_token_id` PRIMARY KEY(`token_id`),
	CONSTRAINT `access_tokens_hash` UNIQUE(`token_hash`)
);
--> statement-breakpoint
CREATE TABLE `audit_log` (
	`audit_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`action` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`subject_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`at_ms` bigint NOT NULL,
	CONSTRAINT `audit_log_audit_id` PRIMARY KEY(`audit_id`)
);
--> statement-breakpoint
CREATE TABLE `event_log` (
	`stream_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`seq` bigint NOT NULL,
	`event` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`prune_run_id` varchar(100) character set ascii collate ascii_bin,
	`at_ms` bigint NOT NULL,
	CONSTRAINT `event_log_stream_id_seq_pk` PRIMARY KEY(`stream_id`,`seq`)
);
--> statement-breakpoint
CREATE TABLE `event_streams` (
	`stream_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`head_seq` bigint NOT NULL,
	`tail_seq` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `event_streams_stream_id` PRIMARY KEY(`stream_id`)
);
--> statement-breakpoint
CREATE TABLE `llm_configs` (
	`config_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`provider` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`api_url` varchar(2000) character set utf8mb4 collate utf8mb4_bin,
	`api_key_cipher` longtext character set utf8mb4 collate utf8mb4_bin,
	`model` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`enabled` boolean NOT NULL,
	`tags` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`description` longtext character set utf8mb4 collate utf8mb4_bin,
	`max_tokens` bigint,
	`metadata` longtext character set utf8mb4 collate utf8mb4_bin,
	`created_at_ms` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `llm_configs_config_id` PRIMARY KEY(`config_id`)
);
--> statement-breakpoint
CREATE TABLE `message_executions` (
	`execution_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`message_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`component_type` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`component_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`component_name` varchar(200) character set utf8mb4 collate utf8mb4_bin,
	`llm_config_id` varchar(100) character set ascii collate ascii_bin,
	`input` longtext character set utf8mb4 collate utf8mb4_bin,
	`result` longtext character set utf8mb4 collate utf8mb4_bin,
	`raw_result` longtext character set utf8mb4 collate utf8mb4_bin,
	`logs` longtext character set utf8mb4 collate utf8mb4_bin,
	`status` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`error_message` longtext character set utf8mb4 collate utf8mb4_bin,
	`created_at_ms` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `message_executions_execution_id` PRIMARY KEY(`execution_id`)
);
--> statement-breakpoint
CREATE TABLE `messages` (
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`seq` bigint NOT NULL,
	`message_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`parent_id` varchar(100) character set ascii collate ascii_bin,
	`active` boolean NOT NULL,
	`role` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`status` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`content` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`thinking` longtext character set utf8mb4 collate utf8mb4_bin,
	`tool_calls` longtext character set utf8mb4 collate utf8mb4_bin,
	`token_count` bigint,
	`token_count_estimated` boolean NOT NULL,
	`acc_token` bigint,
	`ext` longtext character set utf8mb4 collate utf8mb4_bin,
	`mcpdetail` longtext character set utf8mb4 collate utf8mb4_bin,
	`model` varchar(200) character set utf8mb4 collate utf8mb4_bin,
	`llm_config_id` varchar(100) character set ascii collate ascii_bin,
	`run_id` varchar(100) character set ascii collate ascii_bin,
	`provider_data` longtext character set utf8mb4 collate utf8mb4_bin,
	`failure` longtext character set utf8mb4 collate utf8mb4_bin,
	`created_at_ms` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `messages_session_id_seq_pk` PRIMARY KEY(`session_id`,`seq`),
	CONSTRAINT `messages_id` UNIQUE(`message_id`)
);
--> statement-breakpoint
CREATE TABLE `round_table_messages` (
	`round_table_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`seq` bigint NOT NULL,
	`message_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`sender_type` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`sender_agent_id` varchar(100) character set ascii collate ascii_bin,
	`content` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`mentions` longtext character set utf8mb4 collate utf8mb4_bin,
	`is_raise_hand` boolean NOT NULL,
	`media` longtext character set utf8mb4 collate utf8mb4_bin,
	`reply_to_message_id` varchar(100) character set ascii collate ascii_bin,
	`created_at_ms` bigint NOT NULL,
	CONSTRAINT `round_table_messages_round_table_id_seq_pk` PRIMARY KEY(`round_table_id`,`seq`),
	CONSTRAINT `round_table_messages_id` UNIQUE(`message_id`)
);
--> statement-breakpoint
CREATE TABLE `round_table_participants` (
	`round_table_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`custom_llm_config_id` varchar(100) character set ascii collate ascii_bin,
	`custom_system_prompt` longtext character set utf8mb4 collate utf8mb4_bin,
	`joined_at_ms` bigint NOT NULL,
	CONSTRAINT `round_table_participants_round_table_id_session_id_pk` PRIMARY KEY(`round_table_id`,`session_id`)
);
--> statement-breakpoint
CREATE TABLE `round_table_responses` (
	`response_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`round_table_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`message_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`agent_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`content` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`thinking` longtext character set utf8mb4 collate utf8mb4_bin,
	`tool_calls` longtext character set utf8mb4 collate utf8mb4_bin,
	`is_selected` boolean NOT NULL,
	`created_at_ms` bigint NOT NULL,
	CONSTRAINT `round_table_responses_response_id` PRIMARY KEY(`response_id`)
);
--> statement-breakpoint
CREATE TABLE `round_tables` (
	`round_table_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`status` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`last_seq` bigint NOT NULL,
	`participant_count` bigint NOT NULL,
	`created_at_ms` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `round_tables_round_table_id` PRIMARY KEY(`round_table_id`)
);
--> statement-breakpoint
CREATE TABLE `run_steps` (
	`run_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`step_key` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`attempt` bigint NOT NULL,
	`effect` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`input` longtext character set utf8mb4 collate utf8mb4_bin,
	`output` longtext character set utf8mb4 collate utf8mb4_bin,
	`failure` longtext character set utf8mb4 collate utf8mb4_bin,
	`started_at_ms` bigint NOT NULL,
	`settled_at_ms` bigint,
	CONSTRAINT `run_steps_run_id_step_key_attempt_pk` PRIMARY KEY(`run_id`,`step_key`,`attempt`)
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`run_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`kind` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`stream_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`subject_id` varchar(100) character set ascii collate ascii_bin,
	`status` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`input` longtext character set utf8mb4 collate utf8mb4_bin,
	`output` longtext character set utf8mb4 collate utf8mb4_bin,
	`failure` longtext character set utf8mb4 collate utf8mb4_bin,
	`budget` longtext character set utf8mb4 collate utf8mb4_bin,
	`idempotency_key` varchar(250) character set utf8mb4 collate utf8mb4_bin,
	`fence` bigint NOT NULL,
	`appends` bigint NOT NULL,
	`attempts` bigint NOT NULL,
	`lease_owner` varchar(100) character set ascii collate ascii_bin,
	`lease_until_ms` bigint,
	`wake_at_ms` bigint,
	`cancel_requested_at_ms` bigint,
	`parent_run_id` varchar(100) character set ascii collate ascii_bin,
	`parent_step_key` varchar(100) character set ascii collate ascii_bin,
	`start_seq` bigint,
	`created_at_ms` bigint NOT NULL,
	`finished_at_ms` bigint,
	CONSTRAINT `runs_run_id` PRIMARY KEY(`run_id`),
	CONSTRAINT `runs_idempotency` UNIQUE(`owner_id`,`idempotency_key`)
);
--> statement-breakpoint
CREATE TABLE `sessions` (
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`title` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`title_is_default` boolean NOT NULL,
	`name` varchar(200) character set utf8mb4 collate utf8mb4_bin,
	`session_type` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`llm_config_id` varchar(100) character set ascii collate ascii_bin,
	`avatar` longtext character set utf8mb4 collate utf8mb4_bin,
	`system_prompt` longtext character set utf8mb4 collate utf8mb4_bin,
	`ext` longtext character set utf8mb4 collate utf8mb4_bin,
	`media_output_path` varchar(1000) character set utf8mb4 collate utf8mb4_bin,
	`role_id` varchar(100) character set ascii collate ascii_bin,
	`role_version_id` varchar(100) character set ascii collate ascii_bin,
	`current_role_version_id` varchar(100) character set ascii collate ascii_bin,
	`last_seq` bigint NOT NULL,
	`leaf_id` varchar(100) character set ascii collate ascii_bin,
	`active_run_id` varchar(100) character set ascii collate ascii_bin,
	`message_count` bigint NOT NULL,
	`acc_token` bigint NOT NULL,
	`preview_text` varchar(200) character set utf8mb4 collate utf8mb4_bin,
	`last_message_at_ms` bigint,
	`created_at_ms` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `sessions_session_id` PRIMARY KEY(`session_id`)
);
--> statement-breakpoint
CREATE TABLE `settings` (
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`setting_key` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`value` longtext character set utf8mb4 collate utf8mb4_bin,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `settings_owner_id_setting_key_pk` PRIMARY KEY(`owner_id`,`setting_key`)
);
--> statement-breakpoint
CREATE TABLE `summaries` (
	`summary_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`summary_content` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`last_message_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`last_seq` bigint NOT NULL,
	`token_count_before` bigint NOT NULL,
	`token_count_after` bigint NOT NULL,
	`created_at_ms` bigint NOT NULL,
	CONSTRAINT `summaries_summary_id` PRIMARY KEY(`summary_id`)
);
--> statement-breakpoint
CREATE TABLE `workflows` (
	`workflow_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`name` varchar(200) character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`description` longtext character set utf8mb4 collate utf8mb4_bin,
	`config` longtext character set utf8mb4 collate utf8mb4_bin NOT NULL,
	`created_at_ms` bigint NOT NULL,
	`updated_at_ms` bigint NOT NULL,
	CONSTRAINT `workflows_workflow_id` PRIMARY KEY(`workflow_id`)
);
--> statement-breakpoint
CREATE INDEX `audit_log_owner_at` ON `audit_log` (`owner_id`,`at_ms`);--> statement-breakpoint
CREATE INDEX `llm_configs_owner_created` ON `llm_configs` (`owner_id`,`created_at_ms`,`config_id`);--> statement-breakpoint
CREATE INDEX `message_executions_message` ON `message_executions` (`message_id`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `message_executions_session` ON `message_executions` (`session_id`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `messages_parent` ON `messages` (`session_id`,`parent_id`);--> statement-breakpoint
CREATE INDEX `round_table_participants_session` ON `round_table_participants` (`session_id`);--> statement-breakpoint
CREATE INDEX `round_table_responses_message` ON `round_table_responses` (`message_id`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `round_tables_owner_updated` ON `round_tables` (`owner_id`,`updated_at_ms`,`round_table_id`);--> statement-breakpoint
CREATE INDEX `runs_status_lease` ON `runs` (`status`,`lease_until_ms`);--> statement-breakpoint
CREATE INDEX `runs_subject` ON `runs` (`subject_id`);--> statement-breakpoint
CREATE INDEX `runs_stream` ON `runs` (`stream_id`,`created_at_ms`);--> statement-breakpoint
CREATE INDEX `sessions_owner_updated` ON `sessions` (`owner_id`,`updated_at_ms`,`session_id`);--> statement-breakpoint
CREATE INDEX `sessions_type_updated` ON `sessions` (`session_type`,`updated_at_ms`);--> statement-breakpoint
CREATE INDEX `summaries_session_seq` ON `summaries` (`session_id`,`last_seq`);--> statement-breakpoint
CREATE INDEX `workflows_owner_updated` ON `workflows` (`owner_id`,`updated_at_ms`,`workflow_id`);