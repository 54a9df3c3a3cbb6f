-- Sessions and their segments. Who changes a session holds its row until the transaction ends.

-- name: add
INSERT INTO parking_session (id, token, mode, place_id, vehicle, zone, state, pay_by, phone, phone_purpose, created_at)
VALUES (%(id)s, %(token)s, %(mode)s, %(place_id)s, %(vehicle)s, %(zone)s, %(state)s, %(pay_by)s, %(phone)s,
        %(phone_purpose)s, %(now)s)

-- name: add_segment
WITH counted AS (
    UPDATE parking_session SET last_segment = %(n)s, state = %(session_state)s WHERE id = %(session_id)s
)
INSERT INTO segment (session_id, n, kind, state, plate, bay_id, from_time, to_time, amount, due, tariff_version, quote,
                     made_by, reason, created_at)
VALUES (%(session_id)s, %(n)s, %(kind)s, %(state)s, %(plate)s, %(bay_id)s, %(from_time)s, %(to_time)s, %(amount)s, %(due)s,
        %(tariff_version)s, %(quote)s, %(made_by)s, %(reason)s, %(now)s)

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
       created_at
FROM segment WHERE session_id = %(id)s ORDER BY n

-- name: settle_segment
UPDATE segment SET state = %(state)s WHERE session_id = %(session_id)s AND n = %(n)s

-- name: hold_segment
-- And what its session is from now on.
WITH held AS (UPDATE segment SET state = 'held' WHERE session_id = %(session_id)s AND n = %(n)s)
UPDATE parking_session SET state = %(state)s WHERE id = %(session_id)s

-- name: wait_until
UPDATE parking_session SET pay_by = greatest(pay_by, %(pay_by)s) WHERE id = %(session_id)s AND pay_by IS NOT NULL

-- name: is_bay
SELECT EXISTS (
    SELECT FROM sensor s
    WHERE s.id = %(bay_id)s AND s.place_id = %(place_id)s AND s.id <> s.place_id AND s.kind = 'parking'
)

-- name: lapse
-- What nobody paid for in time. A payment that is still under way at its provider keeps its session waiting.
UPDATE parking_session s SET state = 'lapsed'
WHERE s.state = 'awaiting_payment' AND s.pay_by <= %(now)s
  AND NOT EXISTS (SELECT FROM payment p WHERE p.session_id = s.id AND p.state = 'pending')

-- name: forget_phones
-- Nobody is reminded of a stay that is over.
UPDATE parking_session SET phone = NULL, phone_purpose = NULL
WHERE phone IS NOT NULL AND (state IN ('ended', 'lapsed') OR created_at < %(before)s)
