-- name: notify
SELECT pg_notify('cityhub_latest', %(kinds)s)

-- name: notify_catalogue
SELECT pg_notify('cityhub_catalogue', '')

-- name: listen_catalogue
LISTEN cityhub_catalogue

-- name: listen
LISTEN cityhub_latest

-- name: anybody
SELECT 1
