-- Why a place took less than its sensors saw, and what the books hold day by day without reading all that was ever booked.

-- What was expected, by what explains it. Null: counted before this was asked.
ALTER TABLE place_day ADD COLUMN sensors int;              -- bays with a sensor, whether it said anything or not
ALTER TABLE place_day ADD COLUMN silent_seconds bigint;    -- of all of them together, of which nobody knows what stood there
ALTER TABLE place_day ADD COLUMN free_stays int;           -- in the free minutes of the tariff
ALTER TABLE place_day ADD COLUMN permit_stays int;         -- a permit may be theirs
ALTER TABLE place_day ADD COLUMN permit bigint;            -- VND that they would have cost
ALTER TABLE place_day ADD COLUMN unpaid_stays int;         -- nothing that was paid is theirs
ALTER TABLE place_day ADD COLUMN unpaid bigint;

-- Transactions of the books as pairs of accounts, wallets as one. The hub books pairs; of one account against several
-- each is a pair.
CREATE VIEW ledger_pair AS
SELECT t.id AS transaction_id, (t.occurred_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day,
       CASE WHEN d.account_id LIKE 'wallet:%' THEN 'wallet' ELSE d.account_id END AS debit,
       CASE WHEN c.account_id LIKE 'wallet:%' THEN 'wallet' ELSE c.account_id END AS credit,
       coalesce(s.vehicle = 'motorbike', false) AS motorbike, least(d.amount, -c.amount) AS amount
FROM ledger_transaction t
JOIN ledger_entry d ON d.transaction_id = t.id AND d.amount > 0
JOIN ledger_entry c ON c.transaction_id = t.id AND c.amount < 0
LEFT JOIN refund r ON r.id = CASE WHEN t.key ~ '^refund:[0-9a-f-]{36}$' THEN substr(t.key, 8)::uuid END
LEFT JOIN payment p
    ON p.id = CASE WHEN t.key ~ '^payment:[0-9a-f-]{36}$' THEN substr(t.key, 9)::uuid ELSE r.payment_id END
LEFT JOIN parking_session s ON s.id = p.session_id;

-- The sum of each pair and day, kept up by a job: what it has not taken in yet stands in ledger_uncounted, so that both
-- together are the books at every moment. Sums are made of what is there, whatever its date: what is booked late for a day
-- that is over corrects that day.
CREATE TABLE ledger_day (
    day date NOT NULL,
    debit text NOT NULL,
    credit text NOT NULL,
    motorbike boolean NOT NULL,        -- no bay's sensor sees them
    bookings int NOT NULL,
    amount bigint NOT NULL,
    PRIMARY KEY (day, debit, credit, motorbike)
);
CREATE TABLE ledger_uncounted (transaction_id bigint PRIMARY KEY);
INSERT INTO ledger_uncounted SELECT id FROM ledger_transaction;

-- By right of the owner: nobody else may say what is to be counted.
CREATE FUNCTION ledger_is_to_be_counted() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO ledger_uncounted VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER to_be_counted AFTER INSERT ON ledger_transaction
    FOR EACH ROW EXECUTE FUNCTION ledger_is_to_be_counted();

-- What other apps sold, for its place and day, without reading permits.
CREATE INDEX assigned_right_sold ON assigned_right (valid_from) INCLUDE (place_id, amount, vehicle)
    WHERE state = 'active' AND specification_id IS NULL;

-- The books by day and pair of accounts, as they are now.
CREATE VIEW ledger_now AS
SELECT day, debit, credit, motorbike, bookings, amount FROM ledger_day
UNION ALL
SELECT p.day, p.debit, p.credit, p.motorbike, 1, p.amount
FROM ledger_uncounted u JOIN ledger_pair p ON p.transaction_id = u.transaction_id;

-- What of it was earned and given back, by day, by whom (a place, or `permits:<zone>`), and by way of which provider.
CREATE VIEW earned_day AS
SELECT day, substr(CASE WHEN is_earned THEN credit ELSE debit END, 9) AS earned_by,
       CASE WHEN other LIKE 'clearing:%' THEN substr(other, 10) ELSE other END AS way, motorbike,
       CASE WHEN is_earned THEN bookings ELSE 0 END AS payments, CASE WHEN is_earned THEN 0 ELSE bookings END AS refunds,
       CASE WHEN is_earned THEN amount ELSE 0 END AS taken, CASE WHEN is_earned THEN 0 ELSE amount END AS given_back
FROM ledger_now
CROSS JOIN LATERAL (SELECT credit LIKE 'revenue:%' AS is_earned) e
CROSS JOIN LATERAL (SELECT CASE WHEN is_earned THEN debit ELSE credit END AS other) o
WHERE credit LIKE 'revenue:%' OR debit LIKE 'refunds:%';
