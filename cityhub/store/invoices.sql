-- Invoices that wait for their provider, and what it answered. Those of refunds are queued by a trigger of the refund.

-- name: queue
INSERT INTO invoice (id, payment_id, state, amount) VALUES (%(id)s, %(payment_id)s, 'queued', %(amount)s)

-- name: next
-- The next one after a place in the queue, held until the transaction ends; what somebody else holds is passed over. An
-- adjustment waits until its original is known to the provider.
SELECT i.id::text, i.amount, i.created_at, i.payment_id::text, p.purpose, p.provider, p.settled_at,
       o.id::text, i.refund_id::text, f.reason, r.issuer, r.number, coalesce(r.document, '{}')
FROM invoice i
JOIN payment p ON p.id = i.payment_id
LEFT JOIN receipt r ON r.payment_id = p.id
LEFT JOIN refund f ON f.id = i.refund_id
LEFT JOIN invoice o ON o.payment_id = i.payment_id AND o.refund_id IS NULL AND i.refund_id IS NOT NULL
WHERE i.state = 'queued' AND (i.created_at, i.id) > (%(created_at)s, %(id)s::uuid)
  AND (i.refund_id IS NULL OR o.state = ANY(%(known)s))
ORDER BY i.created_at, i.id LIMIT 1
FOR UPDATE OF i SKIP LOCKED

-- name: change
UPDATE invoice SET state = %(after)s, symbol = coalesce(%(symbol)s, symbol), number = coalesce(%(number)s, number),
       tax_code = coalesce(%(tax_code)s, tax_code), detail = %(detail)s, changed_at = %(now)s
WHERE id = %(id)s AND state = %(before)s

-- name: adjust
-- The original beside this invoice, itself or what it adjusts.
UPDATE invoice o SET state = 'adjusted', changed_at = %(now)s
WHERE o.payment_id = (SELECT payment_id FROM invoice WHERE id = %(id)s) AND o.refund_id IS NULL
  AND o.state = ANY(%(before)s)
  AND EXISTS (SELECT FROM invoice a WHERE a.payment_id = o.payment_id AND a.refund_id IS NOT NULL AND a.state = 'coded')

-- name: state
SELECT state FROM invoice WHERE id = %(id)s FOR UPDATE

-- name: counts
SELECT state, count(*) FROM invoice GROUP BY state

-- name: rejected
SELECT id::text, amount, changed_at, detail FROM invoice WHERE state = 'rejected' ORDER BY changed_at DESC, id LIMIT %(limit)s
