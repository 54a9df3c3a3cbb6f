-- Browsers that somebody signed in with. A digest of the cookie is kept.

-- name: add
INSERT INTO sign_in (digest, id, person_id, is_whole, factor_by_provider, browser, address, began_at, last_seen_at)
VALUES (%(digest)s, %(id)s, %(person_id)s, %(is_whole)s, %(factor_by_provider)s, %(browser)s, %(address)s, %(now)s,
        %(now)s)

-- name: end
UPDATE sign_in SET ended_at = %(now)s WHERE digest = %(digest)s AND ended_at IS NULL

-- name: end_one
UPDATE sign_in SET ended_at = %(now)s WHERE id = %(id)s AND person_id = %(person_id)s AND ended_at IS NULL

-- name: renew
UPDATE sign_in SET digest = %(digest)s WHERE digest = %(before)s AND ended_at IS NULL

-- name: end_others
UPDATE sign_in SET ended_at = %(now)s
WHERE person_id = %(person_id)s AND ended_at IS NULL AND digest IS DISTINCT FROM %(digest)s

-- name: who
SELECT p.id, p.name, p.role, p.must_change, p.totp_secret IS NOT NULL OR s.factor_by_provider AS has_second_factor,
       s.is_whole, s.last_seen_at
FROM sign_in s JOIN person p ON p.id = s.person_id
WHERE s.digest = %(digest)s AND s.ended_at IS NULL AND p.disabled_at IS NULL
  AND s.last_seen_at > %(idle_since)s AND s.began_at > %(began_since)s

-- name: seen
-- The person first, as everybody else who changes both.
WITH theirs AS (UPDATE person SET last_seen_at = %(now)s WHERE id = %(person_id)s RETURNING id)
UPDATE sign_in s SET last_seen_at = %(now)s FROM theirs WHERE s.digest = %(digest)s AND s.person_id = theirs.id

-- name: of_person
SELECT id::text, browser, address, began_at, last_seen_at, digest = %(digest)s AS is_this
FROM sign_in
WHERE person_id = %(person_id)s AND ended_at IS NULL AND is_whole AND last_seen_at > %(idle_since)s
  AND began_at > %(began_since)s
ORDER BY last_seen_at DESC

-- name: forget
DELETE FROM sign_in WHERE began_at < %(before)s
