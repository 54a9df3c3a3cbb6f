-- The books: only added to. What is right about them the schema holds (0013_payments.sql): entries sum to zero at commit.

-- name: book
-- A transaction, its entries and the accounts that are new; no row is added when the same was booked before. Accounts are
-- named once each and in order, so that none who books waits for another with one in hand.
WITH opened AS (
    INSERT INTO ledger_account (id, kind)
    SELECT * FROM unnest(%(ids)s::text[], %(kinds)s::text[])
    ON CONFLICT (id) DO NOTHING
), booked AS (
    INSERT INTO ledger_transaction (key, description, entries, occurred_at)
    VALUES (%(key)s, %(description)s, cardinality(%(accounts)s::text[]), %(occurred_at)s)
    ON CONFLICT (key) DO NOTHING
    RETURNING id
)
INSERT INTO ledger_entry (transaction_id, n, account_id, amount)
SELECT booked.id, n, account_id, amount
FROM booked, unnest(%(accounts)s::text[], %(amounts)s::bigint[]) WITH ORDINALITY AS e (account_id, amount, n)

-- name: balances
SELECT account_id, sum(amount)::bigint AS balance FROM ledger_entry GROUP BY account_id ORDER BY account_id

-- name: unbalanced
SELECT t.key
FROM ledger_transaction t LEFT JOIN ledger_entry e ON e.transaction_id = t.id
GROUP BY t.id
HAVING count(e.n) <> t.entries OR sum(e.amount) <> 0
ORDER BY t.key

-- name: wrong_wallets
SELECT w.id::text
FROM wallet w LEFT JOIN ledger_entry e ON e.account_id = 'wallet:' || w.id
GROUP BY w.id
HAVING w.balance <> coalesce(-sum(e.amount), 0)
ORDER BY w.id

-- name: unbooked
-- Payments that are paid (or were, and are given back) without their transaction, and transactions whose payment is not.
SELECT coalesce(t.key, 'payment:' || p.id)
FROM (SELECT * FROM payment WHERE state IN ('paid', 'refunding', 'refunded')) p
FULL JOIN (SELECT * FROM ledger_transaction WHERE key LIKE 'payment:%%') t ON t.key = 'payment:' || p.id
WHERE p.id IS NULL OR t.id IS NULL
ORDER BY 1

-- name: without_receipt
SELECT p.id::text
FROM payment p LEFT JOIN receipt r ON r.payment_id = p.id
WHERE p.state IN ('paid', 'refunding', 'refunded') AND p.purpose <> 'top_up' AND r.number IS NULL
ORDER BY p.id

-- name: gaps
SELECT s.issuer || '-' || s.year
FROM receipt_series s LEFT JOIN receipt r ON r.issuer = s.issuer AND r.year = s.year
GROUP BY s.issuer, s.year, s.last
HAVING count(r.n) <> s.last OR coalesce(max(r.n), 0) <> s.last
ORDER BY 1

-- name: parked
SELECT coalesce(sum(amount) FILTER (WHERE resolved_at IS NULL), 0)::bigint AS parked FROM parked_money

-- name: wrong_sums
-- Accounts whose sums by day are not those of their entries, wallets as one.
SELECT coalesce(b.account, s.account)
FROM (
    SELECT CASE WHEN account_id LIKE 'wallet:%%' THEN 'wallet' ELSE account_id END AS account, sum(amount) AS amount
    FROM ledger_entry GROUP BY 1
) b
FULL JOIN (
    SELECT account, sum(amount) AS amount FROM (
        SELECT debit AS account, amount FROM ledger_now UNION ALL SELECT credit, -amount FROM ledger_now
    ) each GROUP BY 1
) s ON s.account = b.account
WHERE coalesce(b.amount, 0) <> coalesce(s.amount, 0)
ORDER BY 1

-- name: count
-- What was booked since the last time goes into the sums of its days, once.
WITH taken AS (
    DELETE FROM ledger_uncounted RETURNING transaction_id
)
INSERT INTO ledger_day (day, debit, credit, motorbike, bookings, amount)
SELECT p.day, p.debit, p.credit, p.motorbike, count(*), sum(p.amount)
FROM taken JOIN ledger_pair p ON p.transaction_id = taken.transaction_id
GROUP BY 1, 2, 3, 4
ON CONFLICT (day, debit, credit, motorbike) DO UPDATE SET
    bookings = ledger_day.bookings + excluded.bookings, amount = ledger_day.amount + excluded.amount
