-- name: lock
SELECT pg_advisory_lock(%(lock)s)

-- name: unlock
SELECT pg_advisory_unlock(%(lock)s)

-- name: table_exists
SELECT to_regclass('schema_migration') IS NOT NULL

-- name: create_table
CREATE TABLE IF NOT EXISTS schema_migration (
    number int PRIMARY KEY,
    name text NOT NULL,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)

-- name: applied
SELECT number, digest FROM schema_migration ORDER BY number

-- name: version
SELECT coalesce(max(number), 0) FROM schema_migration

-- name: record
INSERT INTO schema_migration (number, name, digest) VALUES (%(number)s, %(name)s, %(digest)s)
