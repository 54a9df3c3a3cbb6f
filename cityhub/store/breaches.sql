-- The register of breaches of personal data.

-- name: add
INSERT INTO privacy_breach (known_at, report_by, entered_at, entered_by, what, touched, persons)
VALUES (%(known_at)s, %(report_by)s, %(now)s, %(who)s, %(what)s, %(touched)s, %(persons)s)
RETURNING id

-- name: lock
SELECT FROM privacy_breach WHERE id = %(id)s FOR UPDATE

-- name: told_authority
UPDATE privacy_breach SET authority_told_at = %(at)s, authority_reference = %(reference)s WHERE id = %(id)s

-- name: told_persons
UPDATE privacy_breach SET persons_told_at = %(at)s WHERE id = %(id)s

-- name: close
UPDATE privacy_breach SET closed_at = %(now)s, closed_by = %(who)s, outcome = %(outcome)s WHERE id = %(id)s

-- name: read
SELECT id, known_at, report_by, entered_at, entered_by, what, touched, persons, authority_told_at, authority_reference,
       persons_told_at, closed_at, closed_by, outcome
FROM privacy_breach
WHERE %(id)s::bigint IS NULL OR id = %(id)s
ORDER BY closed_at IS NOT NULL, CASE WHEN closed_at IS NULL THEN report_by END, id DESC
LIMIT %(limit)s
