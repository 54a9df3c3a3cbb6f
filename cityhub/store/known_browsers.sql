-- Browsers that somebody came in with before. A digest of a cookie is kept, which opens nothing by itself.

-- name: find
SELECT failures, locked_until FROM known_browser
WHERE digest = %(digest)s AND person_id = %(person_id)s AND known_at > %(since)s

-- name: count_failure
UPDATE known_browser SET failures = %(failures)s, locked_until = %(locked_until)s
WHERE digest = %(digest)s AND person_id = %(person_id)s

-- name: rename
-- A browser that several people use stays known to all of them.
UPDATE known_browser SET digest = %(digest)s WHERE digest = %(before)s

-- name: add
INSERT INTO known_browser (digest, person_id, known_at) VALUES (%(digest)s, %(person_id)s, %(now)s)
ON CONFLICT (digest, person_id) DO UPDATE SET known_at = excluded.known_at, failures = 0, locked_until = NULL

-- name: forget_others
DELETE FROM known_browser WHERE person_id = %(person_id)s AND digest IS DISTINCT FROM %(digest)s

-- name: forget
DELETE FROM known_browser WHERE known_at < %(before)s
