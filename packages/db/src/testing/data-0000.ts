/** Rows as the first version wrote them, in words both engines understand; never to be changed with the tables. */
export const dataOfFirstVersion = [
  `insert into sessions (session_id, owner_id, title, title_is_default, session_type, last_seq, leaf_id, message_count,
     acc_token, ext, created_at_ms, updated_at_ms)
   values ('s1', 'ann', 'Über 数据库 🦀', 0, 'chat', 3, 'm2', 2, 7, '{"a":[1,null]}', 1, 2)`,
  `insert into messages (session_id, seq, message_id, owner_id, parent_id, active, role, status, content,
     token_count_estimated, tool_calls, created_at_ms, updated_at_ms)
   values ('s1', 1, 'm1', 'ann', null, 1, 'user', 'done', 'Why does the 数据库 fail?', 1, null, 1, 1),
          ('s1', 2, 'm2', 'ann', 'm1', 1, 'assistant', 'done', 'A deadlock, 🦀.', 0, '[{"id":"t"}]', 2, 2),
          ('s1', 3, 'm3', 'ann', 'm1', 0, 'assistant', 'failed', '', 0, null, 2, 2)`,
  `insert into event_streams (stream_id, head_seq, tail_seq, updated_at_ms) values ('s1', 9, 4, 1)`,
  `insert into event_log (stream_id, seq, event, prune_run_id, at_ms) values ('s1', 9, '{"type":"x"}', null, 1)`,
  `insert into runs (run_id, owner_id, kind, stream_id, status, fence, appends, attempts, idempotency_key, created_at_ms)
   values ('r1', 'ann', 'chat', 's1', 'completed', 1, 2, 0, 'k1', 1)`,
  `insert into llm_configs (config_id, owner_id, name, provider, model, enabled, tags, created_at_ms, updated_at_ms)
   values ('c1', 'ann', 'Model', 'demo', 'demo', 1, '["a"]', 1, 1)`,
  `insert into access_tokens (token_id, owner_id, name, token_hash, created_at_ms) values ('t1', 'ann', 'cli', 'h1', 1)`,
  `insert into settings (owner_id, setting_key, value, updated_at_ms) values ('ann', 'theme', '"dark"', 1)`,
  `insert into summaries (summary_id, session_id, owner_id, summary_content, last_message_id, last_seq,
     token_count_before, token_count_after, created_at_ms) values ('u1', 's1', 'ann', 'short', 'm2', 2, 9, 3, 1)`,
];
