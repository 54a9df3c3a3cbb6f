-- name: claim
-- Whoever comes with the same key while the first is at work waits here for its end.
INSERT INTO idempotency (scope, key, body_digest) VALUES (%(scope)s, %(key)s, %(digest)s) ON CONFLICT DO NOTHING

-- name: found
SELECT body_digest, status, body FROM idempotency WHERE scope = %(scope)s AND key = %(key)s

-- name: answered
UPDATE idempotency SET status = %(status)s, body = %(body)s WHERE scope = %(scope)s AND key = %(key)s

-- name: forget
DELETE FROM idempotency WHERE created_at < %(before)s
