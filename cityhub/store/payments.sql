-- Payments and what was said of them. Who settles a payment holds its row until the transaction ends.

-- name: add
-- And the first word on it.
WITH said AS (
    INSERT INTO payment_event (payment_id, kind, outcome, detail) VALUES (%(id)s, 'created', %(provider)s, '')
)
INSERT INTO payment (id, reference, provider, purpose, session_id, segment_n, right_id, wallet_id, amount, state,
                     client_address, created_at, expires_at)
VALUES (%(id)s, %(reference)s, %(provider)s, %(purpose)s, %(session_id)s, %(segment_n)s, %(right_id)s, %(wallet_id)s,
        %(amount)s, 'pending', %(client_address)s, %(now)s, %(expires_at)s)

-- name: by_id
SELECT id::text, reference, provider, purpose, session_id::text, segment_n, right_id::text, wallet_id::text, amount, refunded,
       state, provider_reference, provider_code, client_address, pay_url, created_at, expires_at, settled_at
FROM payment WHERE id = %(id)s

-- name: by_reference
-- Its session's or right's row first, as everybody else who changes one: none waits for the other with a row in hand.
WITH session AS MATERIALIZED (
    SELECT s.id FROM parking_session s JOIN payment p ON p.session_id = s.id WHERE p.reference = %(reference)s FOR UPDATE OF s
), permit AS MATERIALIZED (
    SELECT a.id FROM assigned_right a JOIN payment p ON p.right_id = a.id WHERE p.reference = %(reference)s FOR UPDATE OF a
)
SELECT id::text, reference, provider, purpose, session_id::text, segment_n, right_id::text, wallet_id::text, amount, refunded,
       state, provider_reference, provider_code, client_address, pay_url, created_at, expires_at, settled_at
FROM payment
WHERE reference = %(reference)s AND (SELECT count(*) FROM session) + (SELECT count(*) FROM permit) >= 0
FOR UPDATE

-- name: under_way
-- Asked for again, the same payment goes on.
SELECT id::text, reference, provider, purpose, session_id::text, segment_n, right_id::text, wallet_id::text, amount, refunded,
       state, provider_reference, provider_code, client_address, pay_url, created_at, expires_at, settled_at
FROM payment
WHERE (session_id = %(session_id)s AND segment_n = %(segment_n)s OR right_id = %(right_id)s)
  AND provider = %(provider)s AND state = 'pending' AND expires_at > %(now)s
ORDER BY created_at DESC LIMIT 1

-- name: of_session
SELECT id::text, reference, provider, purpose, session_id::text, segment_n, right_id::text, wallet_id::text, amount, refunded,
       state, provider_reference, provider_code, client_address, pay_url, created_at, expires_at, settled_at
FROM payment WHERE session_id = %(session_id)s ORDER BY created_at

-- name: of_right
SELECT id::text, reference, provider, purpose, session_id::text, segment_n, right_id::text, wallet_id::text, amount, refunded,
       state, provider_reference, provider_code, client_address, pay_url, created_at, expires_at, settled_at
FROM payment WHERE right_id = %(right_id)s ORDER BY created_at

-- name: return_to
UPDATE payment SET return_url = %(url)s WHERE id = %(id)s

-- name: return_url
SELECT return_url FROM payment WHERE id = %(id)s

-- name: lead_to
UPDATE payment SET pay_url = %(pay_url)s WHERE id = %(id)s AND state = 'pending'

-- name: settle
-- And who said so.
WITH said AS (
    INSERT INTO payment_event (payment_id, kind, outcome, detail) VALUES (%(id)s, %(source)s, 'paid', '')
)
UPDATE payment SET state = 'paid', provider_reference = %(transaction)s, provider_code = NULL, settled_at = %(at)s
WHERE id = %(id)s

-- name: end
UPDATE payment SET state = %(state)s, provider_code = %(code)s WHERE id = %(id)s

-- name: event
INSERT INTO payment_event (payment_id, kind, outcome, detail) VALUES (%(payment_id)s, %(kind)s, %(outcome)s, %(detail)s)

-- name: expire
-- What a bank may still be about to tell waits for a margin beyond its time.
UPDATE payment SET state = 'expired'
WHERE state = 'pending' AND expires_at + %(margin)s <= %(now)s
RETURNING id::text

-- name: add_wallet
INSERT INTO wallet (id, token) VALUES (%(id)s, %(token)s)

-- name: wallet
SELECT id::text, token, balance FROM wallet WHERE token = %(token)s

-- name: park
INSERT INTO parked_money (provider, provider_reference, payment_id, credit_id, amount, reason)
VALUES (%(provider)s, %(transaction)s, %(payment_id)s, %(credit_id)s, %(amount)s, %(reason)s)
ON CONFLICT (provider, provider_reference) DO NOTHING

-- name: is_parked
-- Whether it waits still, where it was parked.
SELECT resolved_at IS NULL FROM parked_money
WHERE provider = %(provider)s AND provider_reference = %(transaction)s
FOR UPDATE

-- name: take_back
UPDATE parked_money SET resolved_at = %(now)s, resolution = %(resolution)s, resolved_by = %(provider)s
WHERE provider = %(provider)s AND provider_reference = %(transaction)s AND resolved_at IS NULL
RETURNING amount

-- name: why_parked
SELECT reason FROM parked_money WHERE provider = %(provider)s AND provider_reference = %(transaction)s

-- name: to_ask
-- Under way at a provider for a while, and not asked about of late: each time twice as long is waited as since it began.
SELECT id::text, reference, provider, purpose, session_id::text, segment_n, right_id::text, wallet_id::text, amount, refunded,
       state, provider_reference, provider_code, client_address, pay_url, created_at, expires_at, settled_at
FROM payment
WHERE state = 'pending' AND provider = ANY(%(providers)s) AND created_at <= %(now)s - INTERVAL '2 minutes'
  AND (asked_at IS NULL OR asked_at <= %(now)s - (asked_at - created_at) / 2)
ORDER BY created_at LIMIT 200

-- name: asked
UPDATE payment SET asked_at = %(now)s WHERE id = %(id)s
