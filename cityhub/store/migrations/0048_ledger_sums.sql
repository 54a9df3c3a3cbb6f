-- What an API of the version before booked while 0044 ran, after it had read the books and before its trigger was there, is in
-- no sum. So sums are made anew, from a list to which nothing can be missing: the most of it is written while others book,
-- and they wait for what came meanwhile only.
INSERT INTO ledger_uncounted SELECT id FROM ledger_transaction ON CONFLICT DO NOTHING;
LOCK TABLE ledger_transaction IN SHARE ROW EXCLUSIVE MODE;
-- The job that counts takes from this one.
LOCK TABLE ledger_uncounted IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO ledger_uncounted
SELECT id FROM ledger_transaction t WHERE NOT EXISTS (SELECT FROM ledger_uncounted u WHERE u.transaction_id = t.id);
DELETE FROM ledger_day;
