-- name: hold
SELECT pg_advisory_xact_lock(hashtextextended('what people know of troubles', 0))

-- name: acknowledge
-- In place of what somebody said before: one word stands, and undoing it leaves none.
WITH replaced AS (
    UPDATE trouble_acknowledgement SET undone_at = %(now)s, undone_by = %(by)s
    WHERE subject = %(subject)s AND code = %(code)s AND undone_at IS NULL AND due_at > %(now)s
)
INSERT INTO trouble_acknowledgement (subject, code, made_by, note, made_at, due_at)
VALUES (%(subject)s, %(code)s, %(by)s, %(note)s, %(now)s, %(due_at)s)
RETURNING id

-- name: undo
UPDATE trouble_acknowledgement SET undone_at = %(now)s, undone_by = %(by)s
WHERE id = %(id)s AND undone_at IS NULL
RETURNING subject, code, made_by, note, due_at

-- name: standing
-- Of several of one trouble the newest: what is too old for it is too old for those before.
SELECT DISTINCT ON (subject, code) subject, code, id, made_by, note, due_at, made_at
FROM trouble_acknowledgement
WHERE undone_at IS NULL AND due_at > %(now)s AND (%(subject)s::text IS NULL OR subject = %(subject)s)
ORDER BY subject, code, id DESC
