-- name: drop_chunks
SELECT count(*) FROM drop_chunks('observation', older_than => %(before)s::timestamptz)

-- name: oldest_chunk
-- A chunk stays as long as one row of it may be young enough: raw rows are complete from here on.
SELECT min(range_start) FROM timescaledb_information.chunks WHERE hypertable_name = 'observation'

-- name: delete
-- In bounded portions, so that no lock is held for long and no single transaction grows huge.
DELETE FROM observation WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM observation WHERE time < %(before)s LIMIT %(portion)s
))

-- name: close_hours
UPDATE observation_hourly SET closed = true WHERE hour < %(before)s AND NOT closed
