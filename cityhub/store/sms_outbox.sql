-- name: queue_reply
INSERT INTO sms_outbox (id, kind, session_id, in_reply_to, phone, text, created_at, send_by, changed_at)
VALUES (%(id)s, 'reply', %(session_id)s, %(reference)s, %(phone)s, %(text)s, %(now)s, %(send_by)s, %(now)s)

-- name: queue_reminders
-- By what is paid for: an extension that waits for its payment changes nothing yet.
INSERT INTO sms_outbox (id, kind, session_id, paid_until, created_at, send_by, changed_at)
SELECT gen_random_uuid(), 'reminder', s.id, g.to_time, %(now)s, g.to_time, %(now)s
FROM parking_session s
CROSS JOIN LATERAL (
    SELECT from_time, to_time FROM segment WHERE session_id = s.id AND state = 'held' ORDER BY n DESC LIMIT 1
) g
WHERE s.phone IS NOT NULL AND s.phone_purpose = 'remind_by_phone' AND s.state = 'active'
  AND g.to_time > %(now)s AND g.to_time <= %(until)s AND g.to_time - g.from_time >= %(shortest)s
ON CONFLICT (session_id, paid_until) WHERE kind = 'reminder' DO NOTHING

-- name: next
SELECT o.id::text, o.kind, coalesce(o.phone, s.phone), o.text, o.created_at, o.in_reply_to, s.token, o.paid_until
FROM sms_outbox o
LEFT JOIN parking_session s ON s.id = o.session_id
WHERE o.state = 'queued' AND o.send_by > %(now)s AND (o.created_at, o.id) > (%(created_at)s, %(id)s::uuid)
  AND (o.kind = 'reply' OR (s.phone IS NOT NULL AND s.state = 'active' AND o.paid_until = (
      SELECT g.to_time FROM segment g WHERE g.session_id = s.id AND g.state = 'held' ORDER BY g.n DESC LIMIT 1)))
ORDER BY o.created_at, o.id LIMIT 1
FOR UPDATE OF o SKIP LOCKED

-- name: sent
UPDATE sms_outbox SET state = 'sent', phone = NULL, text = NULL, phone_token = %(phone_token)s, changed_at = %(now)s
WHERE id = %(id)s

-- name: reminded
UPDATE parking_session s SET phone = NULL, phone_purpose = NULL, reminded_at = %(now)s
FROM sms_outbox o WHERE o.id = %(id)s AND s.id = o.session_id

-- name: expire
UPDATE sms_outbox SET state = 'expired', phone = NULL, text = NULL, changed_at = %(now)s
WHERE state = 'queued' AND send_by <= %(now)s

-- name: forget
DELETE FROM sms_outbox WHERE created_at < %(before)s
