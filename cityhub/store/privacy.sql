-- Plates and phones of people who ask, and those whose time is over.

-- name: over_plates
-- Of sessions and rights that were over before a moment, so many at a time. A session is never over where somebody owes for
-- it, may still pay for it, or nobody has ended it.
SELECT DISTINCT plate FROM (
    (SELECT g.plate FROM segment g JOIN parking_session s ON s.id = g.session_id
     WHERE g.plate IS NOT NULL AND g.created_at < %(before)s AND (%(plate)s::text IS NULL OR g.plate = %(plate)s)
       AND (s.state IN ('ended', 'lapsed') OR s.state = 'active' AND s.mode = 'prepaid')
       AND NOT EXISTS (
           SELECT FROM segment x WHERE x.session_id = s.id AND coalesce(x.to_time, x.created_at) >= %(before)s)
     LIMIT %(portion)s)
    UNION ALL
    (SELECT plate FROM assigned_right
     WHERE plate IS NOT NULL AND (%(plate)s::text IS NULL OR plate = %(plate)s)
       AND (state IN ('lapsed', 'withdrawn') AND created_at < %(before)s OR state = 'active' AND valid_to < %(before)s)
     LIMIT %(portion)s)
) AS found

-- name: erase_segments
UPDATE segment g SET plate = NULL, plate_token = erased.token
FROM unnest(%(plates)s::text[], %(tokens)s::bytea[]) AS erased (plate, token), parking_session s
WHERE g.plate = erased.plate AND s.id = g.session_id
  AND (s.state IN ('ended', 'lapsed') OR s.state = 'active' AND s.mode = 'prepaid')
  AND NOT EXISTS (SELECT FROM segment x WHERE x.session_id = s.id AND coalesce(x.to_time, x.created_at) >= %(before)s)

-- name: erase_rights
UPDATE assigned_right a SET plate = NULL, plate_token = erased.token
FROM unnest(%(plates)s::text[], %(tokens)s::bytea[]) AS erased (plate, token)
WHERE a.plate = erased.plate
  AND (a.state IN ('lapsed', 'withdrawn') AND a.created_at < %(before)s OR a.state = 'active' AND a.valid_to < %(before)s)

-- name: kept
SELECT (SELECT count(DISTINCT session_id) FROM segment WHERE plate = %(plate)s),
       (SELECT count(*) FROM assigned_right WHERE plate = %(plate)s)

-- name: erase_answers
-- Answers that are kept for whoever repeats a request.
UPDATE idempotency
SET body = convert_to(replace(convert_from(body, 'UTF8'), %(written)s, '"plate":null'), 'UTF8')
WHERE body IS NOT NULL AND position(convert_to(%(written)s, 'UTF8') IN body) > 0

-- name: erase_phone
UPDATE parking_session SET phone = NULL, phone_purpose = NULL WHERE phone = %(phone)s

-- name: erase_replies
UPDATE sms_outbox SET state = 'expired', phone = NULL, text = NULL, phone_token = NULL, changed_at = %(now)s
WHERE phone = %(phone)s

-- name: forget_sender
-- Of replies that were sent.
UPDATE sms_outbox SET phone_token = NULL WHERE phone_token = %(token)s

-- name: forget_receipt
-- Of what they wrote.
UPDATE sms_inbox SET sender_token = NULL WHERE sender_token = %(token)s

-- name: sessions
-- Of a plate, also once it was erased, or of a phone that is still known. Where a plate was corrected, the one before it was
-- a mistake, and the session is somebody else's.
SELECT s.id::text, s.place_id, s.vehicle, s.mode, s.state, s.created_at
FROM parking_session s
CROSS JOIN LATERAL (
    SELECT plate, plate_token FROM segment WHERE session_id = s.id ORDER BY state = 'held' DESC, n DESC LIMIT 1
) g
WHERE s.phone = %(phone)s
   OR (s.id IN (SELECT session_id FROM segment WHERE plate = %(plate)s OR plate_token = %(token)s)
       AND (g.plate = %(plate)s OR g.plate_token = %(token)s))
   OR s.id IN (SELECT session_id FROM sms_inbox WHERE sender_token = %(sender)s)
   OR s.id IN (SELECT session_id FROM sms_outbox WHERE phone_token = %(sender)s)
ORDER BY s.created_at

-- name: segments
SELECT session_id::text, n, kind, state, bay_id, from_time, to_time, amount, made_by, reason, created_at
FROM segment WHERE session_id = ANY(%(ids)s::uuid[]) ORDER BY session_id, n

-- name: payments
SELECT p.session_id::text, p.right_id::text, p.provider, p.amount, p.refunded, p.state, p.created_at, p.settled_at, r.number
FROM payment p LEFT JOIN receipt r ON r.payment_id = p.id
WHERE p.session_id = ANY(%(ids)s::uuid[]) OR p.right_id = ANY(%(right_ids)s::uuid[])
ORDER BY p.created_at

-- name: consents
SELECT session_id::text, purpose, wording, given_at FROM consent WHERE session_id = ANY(%(ids)s::uuid[]) ORDER BY given_at

-- name: rights
SELECT id::text, channel, zone, place_id, vehicle, valid_from, valid_to, amount, state, created_at
FROM assigned_right WHERE plate = %(plate)s OR plate_token = %(token)s ORDER BY created_at

-- name: enter
INSERT INTO privacy_request (kind, subject, subject_token, asked_at, answer_by, do_by, done_at, made_by, found)
VALUES (%(kind)s, %(subject)s, %(token)s, %(asked_at)s, %(answer_by)s, %(do_by)s, %(now)s, %(made_by)s, %(found)s)

-- name: requests
SELECT kind, subject, asked_at, answer_by, do_by, done_at, made_by, found
FROM privacy_request ORDER BY id DESC LIMIT %(limit)s
