-- name: timescale_available
-- The loader's own setting exists only where TimescaleDB is preloaded; without preload CREATE EXTENSION is fatal.
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb')
   AND current_setting('timescaledb.disable_load', true) IS NOT NULL AS available

-- name: create_timescale
CREATE EXTENSION IF NOT EXISTS timescaledb

-- name: licence
SELECT current_setting('timescaledb.license', true) AS licence,
       EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') AS installed

-- name: make_hypertable
-- Seven-day chunks: a year of history is 53 chunks, so planning stays cheap when old files are replayed.
SELECT create_hypertable(
    'observation', by_range('time', INTERVAL '7 days'),
    if_not_exists => true, migrate_data => true, create_default_indexes => false
)

-- name: enable_columnstore
ALTER TABLE observation SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'datastream_id',
    timescaledb.orderby = 'time DESC'
)

-- name: columnstore_policy
CALL add_columnstore_policy('observation', after => INTERVAL '7 days', if_not_exists => true)

-- name: columnstore_enabled
SELECT coalesce(bool_or(compression_enabled), false) AS enabled
FROM timescaledb_information.hypertables WHERE hypertable_name = 'observation'
