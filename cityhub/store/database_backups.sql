-- How backups to the second stand.

-- name: archive
-- Where no segment waits, all is archived now: a quiet server fills none. After a crash the server has forgotten what it
-- archived before. What was archived last may be no segment (a timeline's history). A standby archives nothing.
SELECT CASE WHEN current.segment_number - last.segment_number <= 1 THEN now()
            ELSE coalesce(last_archived_time, pg_postmaster_start_time()) END,
       last_failed_time
FROM pg_stat_archiver
LEFT JOIN LATERAL pg_split_walfile_name(substring(last_archived_wal FROM '^[0-9A-F]{24}')) AS last ON true
LEFT JOIN LATERAL pg_split_walfile_name(
    CASE WHEN NOT pg_is_in_recovery() THEN pg_walfile_name(pg_current_wal_lsn()) END
) AS current ON true
WHERE current_setting('archive_mode') <> 'off' AND NOT pg_is_in_recovery()

-- name: newest
-- A backup with pages that do not fit their checksums is none.
SELECT b ->> 'type', max(to_timestamp((b #>> '{timestamp,stop}')::bigint))
FROM pgbackrest_report, jsonb_array_elements(info) AS stanza, jsonb_array_elements(stanza -> 'backup') AS b
WHERE NOT coalesce((b ->> 'error')::boolean, false)
GROUP BY 1
