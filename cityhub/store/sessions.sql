-- Sessions and their segments. Who changes a session holds its row until the transaction ends.

-- name: add
-- With its first segment.
WITH added AS (
    INSERT INTO parking_session (id, token, mode, place_id, vehicle, zone, state, pay_by, created_at)
    VALUES (%(session_id)s, %(token)s, %(mode)s, %(place_id)s, %(vehicle)s, %(zone)s, %(session_state)s, %(pay_by)s,
            %(created_at)s)
)
INSERT INTO segment (session_id, n, kind, state, plate, bay_id, from_time, to_time, amount, due, tariff_version, quote,
                     made_by, reason, created_at)
VALUES (%(session_id)s, %(n)s, %(kind)s, %(state)s, %(plate)s, %(bay_id)s, %(from_time)s, %(to_time)s, %(amount)s, %(due)s,
        %(tariff_version)s, %(quote)s, %(made_by)s, %(reason)s, %(created_at)s)

-- name: add_segment
-- And what its session is with it.
WITH counted AS (
    UPDATE parking_session SET state = %(session_state)s, pay_by = %(pay_by)s WHERE id = %(session_id)s
)
INSERT INTO segment (session_id, n, kind, state, plate, bay_id, from_time, to_time, amount, due, tariff_version, quote,
                     made_by, reason, created_at)
VALUES (%(session_id)s, %(n)s, %(kind)s, %(state)s, %(plate)s, %(bay_id)s, %(from_time)s, %(to_time)s, %(amount)s, %(due)s,
        %(tariff_version)s, %(quote)s, %(made_by)s, %(reason)s, %(created_at)s)

-- name: by_token
SELECT id::text, token, mode, place_id, vehicle, zone, state, pay_by, created_at
FROM parking_session WHERE token = %(token)s

-- name: by_token_locked
SELECT id::text, token, mode, place_id, vehicle, zone, state, pay_by, created_at
FROM parking_session WHERE token = %(token)s FOR UPDATE

-- name: by_id_locked
SELECT id::text, token, mode, place_id, vehicle, zone, state, pay_by, created_at
FROM parking_session WHERE id = %(id)s FOR UPDATE

-- name: segments
SELECT n, kind, state, plate, bay_id, from_time, to_time, amount, due, tariff_version, coalesce(quote, '[]') AS quote,
       created_at, made_by, reason
FROM segment WHERE session_id = %(id)s ORDER BY n

-- name: drop_waiting
UPDATE segment SET state = 'lapsed' WHERE session_id = %(session_id)s AND state = 'awaiting_payment'

-- name: hold_segment
-- And what its session is from now on: nothing more waits.
WITH held AS (UPDATE segment SET state = 'held' WHERE session_id = %(session_id)s AND n = %(n)s)
UPDATE parking_session SET state = %(state)s, pay_by = NULL WHERE id = %(session_id)s

-- name: is_being_paid
SELECT EXISTS (SELECT FROM payment WHERE session_id = %(id)s AND state = 'pending' AND expires_at > %(now)s)

-- name: wait_until
UPDATE parking_session SET pay_by = greatest(pay_by, %(pay_by)s) WHERE id = %(session_id)s AND pay_by IS NOT NULL

-- name: lapse
-- What nobody paid for in time: a whole session, or what it was to be made longer by. A payment that is still under way at
-- its provider keeps it waiting.
WITH late AS (
    UPDATE parking_session s
    SET state = CASE s.state WHEN 'awaiting_payment' THEN 'lapsed' ELSE s.state END, pay_by = NULL
    WHERE s.pay_by <= %(now)s
      AND NOT EXISTS (SELECT FROM payment p WHERE p.session_id = s.id AND p.state = 'pending')
    RETURNING s.id
)
UPDATE segment SET state = 'lapsed' FROM late WHERE session_id = late.id AND segment.state = 'awaiting_payment'

-- name: remind_by_phone
-- What was agreed to stays on record; the phone does not.
WITH agreed AS (
    INSERT INTO consent (session_id, purpose, wording, given_at)
    VALUES (%(session_id)s, 'remind_by_phone', %(wording)s, %(now)s)
)
UPDATE parking_session SET phone = %(phone)s, phone_purpose = 'remind_by_phone' WHERE id = %(session_id)s

-- name: remind_again
UPDATE parking_session SET phone = %(phone)s, phone_purpose = 'remind_by_phone'
WHERE id = %(session_id)s
  AND EXISTS (SELECT FROM consent WHERE session_id = %(session_id)s AND purpose = 'remind_by_phone')

-- name: forget_phones
-- Nobody is reminded of a stay that is over: by its state, or by its end, which comes without anybody's doing.
UPDATE parking_session s SET phone = NULL, phone_purpose = NULL
WHERE phone IS NOT NULL AND (
    state IN ('ended', 'lapsed')
    OR (SELECT max(g.to_time) FROM segment g WHERE g.session_id = s.id AND g.state = 'held') <= %(over)s
    OR created_at < %(before)s
)
