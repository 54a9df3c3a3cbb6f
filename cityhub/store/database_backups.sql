-- How backups to the second stand.

-- name: archive
-- After a crash the server has forgotten what it archived before.
SELECT coalesce(last_archived_time, pg_postmaster_start_time()), last_failed_time
FROM pg_stat_archiver WHERE current_setting('archive_mode') <> 'off'

-- name: newest
-- A backup with pages that do not fit their checksums is none.
SELECT b ->> 'type', max(to_timestamp((b #>> '{timestamp,stop}')::bigint))
FROM pgbackrest_report, jsonb_array_elements(info) AS stanza, jsonb_array_elements(stanza -> 'backup') AS b
WHERE NOT coalesce((b ->> 'error')::boolean, false)
GROUP BY 1
