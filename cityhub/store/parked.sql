-- name: waiting
SELECT m.id, m.provider, m.provider_reference, m.amount, m.reason, p.reference, m.received_at
FROM parked_money m LEFT JOIN payment p ON p.id = m.payment_id
WHERE m.resolved_at IS NULL
ORDER BY m.received_at, m.id LIMIT %(limit)s

-- name: held
SELECT m.id, m.provider, m.provider_reference, m.amount, m.reason, p.reference, m.received_at
FROM parked_money m LEFT JOIN payment p ON p.id = m.payment_id
WHERE m.id = %(id)s
FOR UPDATE OF m

-- name: resolve
UPDATE parked_money SET resolved_at = %(now)s, resolution = %(resolution)s, resolved_by = %(by)s
WHERE id = %(id)s AND resolved_at IS NULL
RETURNING payment_id, credit_id
