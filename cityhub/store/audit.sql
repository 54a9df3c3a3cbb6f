-- name: add
INSERT INTO audit_entry (who, action, object, before, after, why)
VALUES (%(who)s, %(action)s, %(object)s, %(before)s, %(after)s, %(why)s)

-- name: newest
SELECT id, at, who, action, object, before, after, why
FROM audit_entry
WHERE (%(object)s::text IS NULL OR object = %(object)s)
  AND (%(with_money)s OR NOT object LIKE ANY (ARRAY['parked:%%', 'refund:%%'])) AND (%(before_id)s::bigint IS NULL OR id < %(before_id)s)
ORDER BY id DESC LIMIT %(limit)s
