-- Whatever waits for its payment has a time to be paid by, extensions too; where a payer is sent is asked for once.

ALTER TABLE parking_session DROP COLUMN last_segment;
DROP INDEX parking_session_pay_by;
CREATE INDEX parking_session_pay_by ON parking_session (pay_by) WHERE pay_by IS NOT NULL;

UPDATE segment SET state = 'lapsed'
FROM parking_session s
WHERE s.id = segment.session_id AND s.state = 'lapsed' AND segment.state = 'awaiting_payment';
UPDATE parking_session s SET pay_by = NULL WHERE s.state <> 'awaiting_payment';
UPDATE parking_session s SET pay_by = g.created_at + INTERVAL '15 minutes'
FROM segment g
WHERE g.session_id = s.id AND g.state = 'awaiting_payment' AND g.kind = 'extension';

ALTER TABLE payment DROP COLUMN provider_time;
ALTER TABLE payment ADD COLUMN pay_url text; -- where its payer is sent, once the provider said so
