-- People who work with the hub.

-- name: add
INSERT INTO person (name, role, password, must_change, created_at, last_seen_at)
VALUES (%(name)s, %(role)s, %(password)s, true, %(now)s, %(now)s)

-- name: by_name
SELECT id, name, role, password, must_change, totp_secret, totp_step, cardinality(recovery) AS recovery_left, failures,
       locked_until, created_at, last_seen_at, disabled_at
FROM person WHERE name = %(name)s

-- name: by_id
SELECT id, name, role, password, must_change, totp_secret, totp_step, cardinality(recovery) AS recovery_left, failures,
       locked_until, created_at, last_seen_at, disabled_at
FROM person WHERE id = %(id)s

-- name: hold
-- Until the transaction ends: tries that come at once are counted one by one.
SELECT id, name, role, password, must_change, totp_secret, totp_step, cardinality(recovery) AS recovery_left, failures,
       locked_until, created_at, last_seen_at, disabled_at
FROM person WHERE id = %(id)s FOR UPDATE

-- name: all
SELECT id, name, role, password, must_change, totp_secret, totp_step, cardinality(recovery) AS recovery_left, failures,
       locked_until, created_at, last_seen_at, disabled_at
FROM person ORDER BY name

-- name: count_failure
UPDATE person SET failures = %(failures)s, locked_until = %(locked_until)s WHERE id = %(id)s

-- name: hold_nobody
SELECT failures, locked_until FROM nobody WHERE bucket = %(bucket)s FOR UPDATE

-- name: count_failure_of_nobody
UPDATE nobody SET failures = %(failures)s, locked_until = %(locked_until)s WHERE bucket = %(bucket)s

-- name: came_in
-- What strangers tried stays counted when somebody comes in by a browser that is known.
UPDATE person SET failures = CASE WHEN %(is_known)s THEN failures ELSE 0 END,
    locked_until = CASE WHEN %(is_known)s THEN locked_until END,
    last_seen_at = %(now)s, totp_step = coalesce(%(step)s, totp_step)
WHERE id = %(id)s

-- name: set_password
UPDATE person SET password = %(password)s, must_change = %(must_change)s, failures = 0, locked_until = NULL
WHERE id = %(id)s

-- name: set_second_factor
UPDATE person SET totp_secret = %(secret)s, totp_step = %(step)s, recovery = %(recovery)s WHERE id = %(id)s

-- name: use_recovery
UPDATE person SET recovery = array_remove(recovery, %(digest)s::bytea)
WHERE id = %(id)s AND %(digest)s::bytea = ANY(recovery)

-- name: disable
UPDATE person SET disabled_at = %(now)s WHERE id = %(id)s AND disabled_at IS NULL

-- name: enable
UPDATE person SET disabled_at = NULL, last_seen_at = %(now)s, failures = 0, locked_until = NULL WHERE id = %(id)s

-- name: set_role
UPDATE person SET role = %(role)s WHERE id = %(id)s

-- name: close_idle
UPDATE person SET disabled_at = %(now)s WHERE disabled_at IS NULL AND last_seen_at < %(before)s RETURNING name
