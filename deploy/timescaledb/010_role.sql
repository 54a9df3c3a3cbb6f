-- Run by the database image when its volume is empty, as the superuser, in the database POSTGRES_DB; may be run again, which
-- brings roles that are missing and the passwords of deploy/secrets/postgres (docs/operations.md).
-- The hub works as ordinary roles: `cityhub` owns its database and migrates, each program has one of its own, which
-- `./hub migrate` gives what its work takes. The superuser is for backup and upgrades.
SELECT format('CREATE ROLE %I', name)
FROM unnest(ARRAY['cityhub', 'cityhub_ingest', 'cityhub_api', 'cityhub_jobs']) AS role (name)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role.name) \gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', name, rtrim(pg_read_file('/run/secrets/' || name || '_password'), E'\r\n'))
FROM unnest(ARRAY['cityhub', 'cityhub_ingest', 'cityhub_api', 'cityhub_jobs']) AS role (name) \gexec
ALTER DATABASE cityhub OWNER TO cityhub;
REVOKE ALL ON DATABASE cityhub FROM PUBLIC;
GRANT CONNECT ON DATABASE cityhub TO cityhub_ingest, cityhub_api, cityhub_jobs;
