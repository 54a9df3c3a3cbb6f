-- What waits and should not wait for long, for whoever watches the hub: how much, and since when.

-- name: frozen
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY

-- name: waiting
SELECT 'payments' AS what, count(*), min(expires_at) FROM payment WHERE state = 'pending' AND expires_at < now()
UNION ALL
SELECT 'refunds', count(*), min(created_at) FROM refund WHERE state IN ('requested', 'sent')
UNION ALL
-- A bank takes no demand: somebody has to send the money.
SELECT 'refunds_by_hand', count(*), min(created_at) FROM refund WHERE state = 'by_hand'
UNION ALL
SELECT 'parked_money', count(*), min(received_at) FROM parked_money WHERE resolved_at IS NULL
UNION ALL
SELECT 'invoices', count(*), min(created_at) FROM invoice WHERE state = 'queued'
UNION ALL
SELECT 'messages', count(*), min(created_at) FROM sms_outbox WHERE state = 'queued'
UNION ALL
-- Of personal data: those of which somebody has to be told yet (cityhub/breaches.py).
SELECT 'breaches', count(*), min(known_at) FROM privacy_breach
WHERE closed_at IS NULL AND (authority_told_at IS NULL OR (persons_told_at IS NULL AND 'position' = ANY(touched)))

-- name: jobs
SELECT count(*) FILTER (WHERE status = 'todo' AND coalesce(scheduled_at, now()) <= now()), count(*) FILTER (WHERE status = 'failed')
FROM procrastinate_jobs WHERE status IN ('todo', 'failed')

-- name: parked_vnd
SELECT coalesce(sum(amount), 0)::bigint FROM parked_money WHERE resolved_at IS NULL

-- name: database_bytes
SELECT pg_database_size(current_database())
