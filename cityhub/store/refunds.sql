-- name: refundable
-- What of the payments of a session or a permit was not given back nor asked to be, the newest first; the rows are held.
SELECT p.id::text AS id, p.provider, p.wallet_id::text AS wallet_id,
       p.amount - p.refunded - coalesce((
           SELECT sum(r.amount) FROM refund r WHERE r.payment_id = p.id AND r.state IN ('requested', 'sent', 'by_hand')
       ), 0)::bigint AS remaining,
       s.place_id, a.zone
FROM payment p
LEFT JOIN parking_session s ON s.id = p.session_id LEFT JOIN assigned_right a ON a.id = p.right_id
WHERE (p.session_id = %(session_id)s OR p.right_id = %(right_id)s) AND p.state IN ('paid', 'refunding')
ORDER BY p.settled_at DESC, p.id
FOR UPDATE OF p

-- name: add
INSERT INTO refund (id, payment_id, request_reference, destination, amount, reason, state, settled_at)
VALUES (%(id)s, %(payment_id)s, %(request_reference)s, %(destination)s, %(amount)s, %(reason)s, %(state)s, %(settled_at)s)

-- name: being_given_back
-- All of it is asked to be given back, by demands that are not done yet.
UPDATE payment p SET state = 'refunding'
WHERE p.id = %(payment_id)s AND p.state = 'paid' AND p.amount <= p.refunded + (
    SELECT coalesce(sum(r.amount), 0) FROM refund r
    WHERE r.payment_id = p.id AND r.state IN ('requested', 'sent', 'by_hand')
)

-- name: wallet_of
-- Into which of a session's refunds went, the newest first. The books say which.
SELECT w.id::text, w.token, w.balance
FROM payment p JOIN refund r ON r.payment_id = p.id
JOIN ledger_transaction t ON t.key = 'refund:' || r.id JOIN ledger_entry e ON e.transaction_id = t.id
JOIN wallet w ON e.account_id = 'wallet:' || w.id
WHERE p.session_id = %(session_id)s AND p.provider <> 'wallet' AND r.destination = 'wallet'
ORDER BY r.created_at DESC LIMIT 1

-- name: given_back
UPDATE payment SET refunded = refunded + %(amount)s,
       state = CASE WHEN refunded + %(amount)s = amount THEN 'refunded' ELSE state END
WHERE id = %(payment_id)s

-- name: to_send
-- One that was sent and of which nobody knows the outcome is not sent again: a person looks at it.
SELECT r.id::text, r.request_reference, r.amount, p.id::text, p.reference, p.provider, p.provider_reference, p.amount,
       p.client_address, p.created_at, p.expires_at, s.place_id, a.zone
FROM refund r JOIN payment p ON p.id = r.payment_id
LEFT JOIN parking_session s ON s.id = p.session_id LEFT JOIN assigned_right a ON a.id = p.right_id
WHERE r.state = 'requested' AND p.provider = ANY(%(providers)s)
ORDER BY r.created_at LIMIT 200

-- name: by_hand
SELECT r.id::text, r.amount, r.state, p.provider, p.reference, r.created_at
FROM refund r JOIN payment p ON p.id = r.payment_id
WHERE r.state IN ('by_hand', 'sent')
ORDER BY r.created_at, r.id LIMIT %(limit)s

-- name: open
-- Its session's or right's row first, as everybody else.
WITH session AS MATERIALIZED (
    SELECT s.id FROM parking_session s JOIN payment p ON p.session_id = s.id JOIN refund r ON r.payment_id = p.id
    WHERE r.id = %(id)s FOR UPDATE OF s
), permit AS MATERIALIZED (
    SELECT a.id FROM assigned_right a JOIN payment p ON p.right_id = a.id JOIN refund r ON r.payment_id = p.id
    WHERE r.id = %(id)s FOR UPDATE OF a
)
SELECT r.id::text, r.request_reference, r.amount, p.id::text, p.reference, p.provider, coalesce(p.provider_reference, ''),
       p.amount, p.client_address, p.created_at, p.expires_at, s.place_id, a.zone
FROM refund r JOIN payment p ON p.id = r.payment_id
LEFT JOIN parking_session s ON s.id = p.session_id LEFT JOIN assigned_right a ON a.id = p.right_id
WHERE r.id = %(id)s AND r.state IN ('by_hand', 'sent')
  AND (SELECT count(*) FROM session) + (SELECT count(*) FROM permit) >= 0
FOR UPDATE OF r

-- name: sent
UPDATE refund SET state = 'sent' WHERE id = %(id)s AND state = 'requested'

-- name: ended
-- Once: a person may have said so while its provider was being asked.
UPDATE refund SET state = %(state)s, provider_code = %(code)s, settled_at = %(now)s
WHERE id = %(id)s AND state IN ('requested', 'sent', 'by_hand')
