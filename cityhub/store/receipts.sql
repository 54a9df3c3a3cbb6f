-- Receipts: numbers of an issuer and year without a gap, because the number is taken in the transaction that uses it.

-- name: add
-- The series is held until the transaction ends: whoever comes next has the next number, or this one if nothing came of
-- it. In one statement, so that it is not held while a program thinks.
WITH series AS (
    INSERT INTO receipt_series (issuer, year, last) VALUES (%(issuer)s, %(year)s, 1)
    ON CONFLICT (issuer, year) DO UPDATE SET last = receipt_series.last + 1
    RETURNING last
)
INSERT INTO receipt (number, issuer, year, n, payment_id, issued_at, amount, document, check_code)
SELECT concat_ws('-', %(series)s::text, %(year)s::int, lpad(last::text, greatest(6, length(last::text)), '0')),
       %(issuer)s, %(year)s, last, %(payment_id)s, %(issued_at)s, %(amount)s, %(document)s, %(check_code)s
FROM series
RETURNING number

-- name: by_number
SELECT r.number, r.issuer, r.issued_at, r.amount, r.document, r.check_code, p.provider, p.refunded,
       coalesce(s.token, a.token) AS token
FROM receipt r JOIN payment p ON p.id = r.payment_id
LEFT JOIN parking_session s ON s.id = p.session_id LEFT JOIN assigned_right a ON a.id = p.right_id
WHERE r.number = %(number)s

-- name: of_session
SELECT r.number, r.issuer, r.issued_at, r.amount, r.document, r.check_code, p.provider, p.refunded, s.token
FROM payment p JOIN receipt r ON r.payment_id = p.id JOIN parking_session s ON s.id = p.session_id
WHERE p.session_id = %(session_id)s
ORDER BY r.issued_at, r.n

-- name: of_right
SELECT r.number, r.issuer, r.issued_at, r.amount, r.document, r.check_code, p.provider, p.refunded, a.token
FROM payment p JOIN receipt r ON r.payment_id = p.id JOIN assigned_right a ON a.id = p.right_id
WHERE p.right_id = %(right_id)s
ORDER BY r.issued_at, r.n

-- name: of_payment
SELECT number FROM receipt WHERE payment_id = %(payment_id)s
