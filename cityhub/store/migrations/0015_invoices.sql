-- A refund that was done adjusts the invoice of its payment. Here and not in the programs: whoever gives money back, a job,
-- a person, a wallet at once, cannot forget it.

CREATE FUNCTION refund_adjusts_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO invoice (id, payment_id, refund_id, state, amount)
    SELECT gen_random_uuid(), i.payment_id, NEW.id, 'queued', -NEW.amount
    FROM invoice i WHERE i.payment_id = NEW.payment_id AND i.refund_id IS NULL
    ON CONFLICT ON CONSTRAINT invoice_once DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER adjusts_invoice AFTER INSERT OR UPDATE OF state ON refund
    FOR EACH ROW WHEN (NEW.state = 'done') EXECUTE FUNCTION refund_adjusts_invoice();

-- Those that were done before.
INSERT INTO invoice (id, payment_id, refund_id, state, amount)
SELECT gen_random_uuid(), i.payment_id, f.id, 'queued', -f.amount
FROM refund f JOIN invoice i ON i.payment_id = f.payment_id AND i.refund_id IS NULL
WHERE f.state = 'done'
ON CONFLICT ON CONSTRAINT invoice_once DO NOTHING;

CREATE INDEX invoice_queued ON invoice (created_at, id) WHERE state = 'queued';
