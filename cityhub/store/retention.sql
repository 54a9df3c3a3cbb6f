-- name: remove
SELECT remove_raw(%(before)s, %(portion)s)

-- name: oldest_chunk
-- A chunk stays as long as one row of it may be young enough: raw rows are complete from here on.
SELECT min(range_start) FROM timescaledb_information.chunks WHERE hypertable_name = 'observation'

-- name: close_hours
UPDATE observation_hourly SET closed = true WHERE hour < %(before)s AND NOT closed
