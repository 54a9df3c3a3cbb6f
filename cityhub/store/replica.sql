-- name: written
-- Bytes of its log that the primary has written: what is committed now lies before.
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint

-- name: replayed
-- Bytes of the primary's log that this replica shows; NULL on a server that is no replica.
SELECT CASE WHEN pg_is_in_recovery() THEN pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint END
