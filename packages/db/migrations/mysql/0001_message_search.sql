CREATE TABLE `message_search_backlog` (
	`backlog_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`seq` bigint NOT NULL,
	`indexed` bigint NOT NULL,
	`total` bigint NOT NULL,
	CONSTRAINT `message_search_backlog_backlog_id` PRIMARY KEY(`backlog_id`)
);
--> statement-breakpoint
CREATE TABLE `message_search` (
	`message_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`session_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`owner_id` varchar(100) character set ascii collate ascii_bin NOT NULL,
	`word_count` bigint NOT NULL,
	`tokens` longtext character set ascii collate ascii_bin NOT NULL,
	CONSTRAINT `message_search_message_id` PRIMARY KEY(`message_id`),
	INDEX `message_search_session` (`session_id`, `word_count`),
	FULLTEXT INDEX `message_search_tokens` (`tokens`)
) ENGINE=InnoDB;
--> statement-breakpoint
INSERT IGNORE INTO `message_search_backlog` SELECT 'messages', '', 0, 0, count(*) FROM `messages` HAVING count(*) > 0;
