CREATE TABLE `message_search_backlog` (
	`backlog_id` text PRIMARY KEY NOT NULL,
	`session_id` text NOT NULL,
	`seq` integer NOT NULL,
	`indexed` integer NOT NULL,
	`total` integer NOT NULL
);
--> statement-breakpoint
CREATE VIRTUAL TABLE `message_search` USING fts5(
	`message_id` UNINDEXED,
	`session_id` UNINDEXED,
	`owner_id` UNINDEXED,
	`tokens`,
	content='', contentless_delete=1, contentless_unindexed=1, tokenize='ascii'
);
--> statement-breakpoint
INSERT INTO `message_search_backlog` SELECT 'messages', '', 0, 0, count(*) FROM `messages` HAVING count(*) > 0;
