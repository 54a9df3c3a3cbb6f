-- name: begin
-- Nothing where somebody was faster: the same form was posted twice.
INSERT INTO console_batch (id, action, made_by, note, made_at, n, skipped)
VALUES (%(id)s, %(action)s, %(by)s, %(note)s, %(now)s, %(n)s, %(skipped)s)
ON CONFLICT (id) DO NOTHING
RETURNING id

-- name: acknowledge
-- As one by one: in place of what somebody said before, each on record.
WITH chosen AS (
    SELECT 'sensor:' || t.sensor_id AS subject, t.code
    FROM unnest(%(ids)s::text[], %(codes)s::text[]) AS t (sensor_id, code)
), replaced AS (
    UPDATE trouble_acknowledgement a SET undone_at = %(now)s, undone_by = %(by)s
    FROM chosen c
    WHERE a.subject = c.subject AND a.code = c.code AND a.undone_at IS NULL AND a.due_at > %(now)s
), made AS (
    INSERT INTO trouble_acknowledgement (subject, code, made_by, note, made_at, due_at, batch_id)
    SELECT subject, code, %(by)s, %(note)s, %(now)s, %(until)s, %(id)s FROM chosen
)
INSERT INTO audit_entry (who, action, object, after, why)
SELECT %(by)s, 'trouble acknowledged', subject,
       jsonb_build_object('code', code, 'due_at', %(until_text)s::text, 'batch', %(id)s::text), %(note)s
FROM chosen

-- name: maintain
WITH chosen AS (SELECT t.sensor_id FROM unnest(%(ids)s::text[]) AS t (sensor_id)), made AS (
    INSERT INTO sensor_maintenance (sensor_id, made_by, note, begins_at, ends_at, batch_id)
    SELECT sensor_id, %(by)s, %(note)s, %(now)s, %(until)s, %(id)s FROM chosen
)
INSERT INTO audit_entry (who, action, object, after, why)
SELECT %(by)s, 'maintenance begun', 'sensor:' || sensor_id,
       jsonb_build_object('ends_at', %(until_text)s::text, 'batch', %(id)s::text), %(note)s
FROM chosen

-- name: undo
UPDATE console_batch SET undone_at = %(now)s, undone_by = %(by)s
WHERE id = %(id)s AND undone_at IS NULL AND made_at > %(since)s
RETURNING id

-- name: undo_acknowledgements
-- What was replaced or undone since stays as it is.
WITH undone AS (
    UPDATE trouble_acknowledgement SET undone_at = %(now)s, undone_by = %(by)s
    WHERE batch_id = %(id)s AND undone_at IS NULL
    RETURNING subject, code, made_by, note, due_at
)
INSERT INTO audit_entry (who, action, object, before)
SELECT %(by)s, 'acknowledgement undone', subject,
       jsonb_build_object('code', code, 'by', made_by, 'note', note, 'due_at', due_at, 'batch', %(id)s::text)
FROM undone

-- name: undo_maintenance
WITH undone AS (
    UPDATE sensor_maintenance SET ended_at = %(now)s, ended_by = %(by)s
    WHERE batch_id = %(id)s AND ended_at IS NULL AND ends_at > %(now)s
    RETURNING sensor_id, note, ends_at
)
INSERT INTO audit_entry (who, action, object, before)
SELECT %(by)s, 'maintenance ended', 'sensor:' || sensor_id,
       jsonb_build_object('ends_at', ends_at, 'note', note, 'batch', %(id)s::text)
FROM undone

-- name: get
SELECT id::text, action, made_by AS by, note, made_at, n, skipped, undone_at FROM console_batch WHERE id = %(id)s

-- name: recent
-- What can still be undone.
SELECT id::text, action, made_by AS by, note, made_at, n, skipped, undone_at FROM console_batch
WHERE made_at > %(since)s AND undone_at IS NULL AND n > 0
ORDER BY made_at DESC, id LIMIT 20
