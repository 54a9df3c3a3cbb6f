-- What `./hub backup` writes down of a database, and how `./hub restore` puts one in the place of another.

-- name: server
SELECT current_setting('server_version_num')::int / 10000 AS major, split_part(current_setting('server_version'), ' ', 1),
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb

-- name: timescaledb_offered
SELECT EXISTS (SELECT FROM pg_available_extension_versions WHERE name = 'timescaledb' AND version = %(version)s)
   AND current_setting('timescaledb.disable_load', true) IS NOT NULL AS offered,
       (SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb') AS newest,
       current_setting('timescaledb.license', true) AS licence

-- name: frozen
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: export_snapshot
SELECT pg_export_snapshot()

-- name: tables
-- Every table of ours with rows of its own. Chunks are counted through their hypertable.
SELECT c.relname FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY 1

-- name: count
SELECT count(*) FROM {table}

-- name: roles
-- Who owns something in this database, or has a right to it.
SELECT r.rolname FROM pg_roles AS r
WHERE EXISTS (
        SELECT FROM pg_shdepend AS d JOIN pg_database AS b ON b.oid = d.dbid AND b.datname = current_database()
        WHERE d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid)
   OR EXISTS (SELECT FROM pg_class AS c WHERE c.relowner = r.oid AND c.relnamespace = 'public'::regnamespace)
ORDER BY 1

-- name: missing_roles
SELECT name FROM unnest(%(names)s::text[]) AS wanted (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) ORDER BY 1

-- name: database_exists
SELECT EXISTS (SELECT FROM pg_database WHERE datname = %(name)s)

-- name: create_database
-- From template0: in others TimescaleDB may be there already.
CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'

-- name: drop_database
DROP DATABASE IF EXISTS {name} WITH (FORCE)

-- name: owner_of_database
SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %(name)s

-- name: set_owner
ALTER DATABASE {name} OWNER TO {owner}

-- name: rights_on_database
SELECT CASE a.grantee WHEN 0 THEN NULL ELSE pg_get_userbyid(a.grantee) END AS grantee, a.privilege_type
FROM pg_database AS b, aclexplode(b.datacl) AS a WHERE b.datname = %(name)s

-- name: has_own_rights
SELECT datacl IS NOT NULL FROM pg_database WHERE datname = %(name)s

-- name: revoke_everything
REVOKE ALL ON DATABASE {name} FROM PUBLIC

-- name: grant_right
GRANT {right} ON DATABASE {name} TO {role}

-- name: create_timescaledb
CREATE EXTENSION timescaledb VERSION {version}

-- name: before_restoring
SELECT timescaledb_pre_restore()

-- name: after_restoring
SELECT timescaledb_post_restore()

-- name: stop_workers
SELECT _timescaledb_functions.stop_background_workers()

-- name: start_workers
SELECT _timescaledb_functions.start_background_workers()

-- name: end_sessions
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %(name)s AND pid <> pg_backend_pid()

-- name: close_database
ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false

-- name: open_database
ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true

-- name: rename_database
ALTER DATABASE {name} RENAME TO {new}
