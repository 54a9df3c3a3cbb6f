-- name: lock_latest
LOCK TABLE latest IN ACCESS EXCLUSIVE MODE
