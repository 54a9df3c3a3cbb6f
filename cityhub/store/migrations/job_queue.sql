-- name: create_table
CREATE TABLE IF NOT EXISTS job_queue_migration (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
)

-- name: table_exists
SELECT to_regclass('job_queue_migration') IS NOT NULL

-- name: applied
SELECT name FROM job_queue_migration

-- name: record
INSERT INTO job_queue_migration (name) SELECT unnest(%(names)s::text[])
