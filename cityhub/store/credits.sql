-- name: keep
-- As it came, before anybody reads it. The same report again is not kept again.
INSERT INTO credit_notice (adapter, digest, body) VALUES (%(teller)s, %(digest)s, %(body)s)
ON CONFLICT (adapter, digest) DO NOTHING

-- name: kept
SELECT id FROM credit_notice WHERE adapter = %(teller)s AND digest = %(digest)s

-- name: add
INSERT INTO credit (adapter, adapter_reference, bank_reference, notice_id, amount, content, account, credited_at, state)
VALUES (%(teller)s, %(id)s, %(bank_reference)s, %(notice_id)s, %(amount)s, %(content)s, %(account)s, %(credited_at)s,
        'unmatched')
ON CONFLICT (adapter, adapter_reference) DO NOTHING
RETURNING id

-- name: one_at_a_time
-- Two tellers may report one transfer in the same moment.
SELECT pg_advisory_xact_lock(hashtextextended('credit:' || %(bank_reference)s, 0))

-- name: told_by_another
-- The same transfer, as the bank numbers it, told by another teller.
SELECT EXISTS (
    SELECT FROM credit
    WHERE adapter <> %(teller)s AND bank_reference = %(bank_reference)s AND amount = %(amount)s
      AND bank_reference <> ''
)

-- name: resolved
UPDATE credit SET state = 'resolved' WHERE id = %(id)s

-- name: judge
UPDATE credit SET state = %(state)s, payment_id = %(payment_id)s WHERE id = %(id)s
