-- name: add
INSERT INTO api_key (digest, name, scopes, created_at, expires_at)
VALUES (%(digest)s, %(name)s, %(scopes)s, %(now)s, %(expires_at)s)

-- name: find
SELECT name, scopes, created_at, expires_at, last_used_at, revoked_at FROM api_key
WHERE digest = %(digest)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > %(now)s)

-- name: used
UPDATE api_key SET last_used_at = %(now)s WHERE digest = %(digest)s

-- name: all
SELECT name, scopes, created_at, expires_at, last_used_at, revoked_at FROM api_key ORDER BY revoked_at IS NOT NULL, name

-- name: revoke
UPDATE api_key SET revoked_at = %(now)s WHERE name = %(name)s AND revoked_at IS NULL
