-- name: notify
SELECT pg_notify('cityhub_latest', %(kinds)s)

-- name: listen
LISTEN cityhub_latest
