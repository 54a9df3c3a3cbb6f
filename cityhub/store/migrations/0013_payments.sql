-- Payments, the books, receipts. Money is integer VND; the database holds what must never be broken.

-- Money that a driver has with the hub. Its balance is kept by the books' trigger and never below zero.
CREATE TABLE wallet (
    id uuid PRIMARY KEY,
    token text NOT NULL UNIQUE,
    balance bigint NOT NULL DEFAULT 0 CONSTRAINT wallet_has_enough CHECK (balance >= 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE payment (
    id uuid PRIMARY KEY,
    reference text NOT NULL UNIQUE CHECK (reference ~ '^[A-Z0-9]{8,20}$'), -- what the provider knows it by; VietQR's code
    provider text NOT NULL CHECK (provider IN ('vnpay', 'momo', 'vietqr', 'wallet')),
    purpose text NOT NULL CHECK (purpose IN ('session', 'permit', 'top_up')),
    session_id uuid REFERENCES parking_session,
    segment_n int,
    right_id uuid REFERENCES assigned_right,
    wallet_id uuid REFERENCES wallet,      -- topped up, or paid from
    amount bigint NOT NULL CHECK (amount > 0),
    refunded bigint NOT NULL DEFAULT 0,
    state text NOT NULL CHECK (state IN ('pending', 'paid', 'failed', 'expired', 'refunding', 'refunded')),
    provider_reference text,               -- vnp_TransactionNo, transId, the bank's
    provider_code text,                    -- why it failed, in the provider's words
    provider_time text,                    -- vnp_CreateDate, which its queries ask for
    client_address text NOT NULL DEFAULT '127.0.0.1',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    settled_at timestamptz,
    asked_at timestamptz,
    CONSTRAINT payment_refund_fits CHECK (refunded BETWEEN 0 AND amount),
    CONSTRAINT payment_is_for_one CHECK (
        (purpose = 'session') = (session_id IS NOT NULL AND segment_n IS NOT NULL)
        AND (purpose = 'permit') = (right_id IS NOT NULL)
        AND (purpose <> 'top_up' OR wallet_id IS NOT NULL)
        AND (provider <> 'wallet' OR wallet_id IS NOT NULL)
    ),
    FOREIGN KEY (session_id, segment_n) REFERENCES segment
);
CREATE INDEX payment_pending ON payment (expires_at) WHERE state IN ('pending', 'refunding');
CREATE INDEX payment_session ON payment (session_id);
-- One provider's transaction pays one payment.
CREATE UNIQUE INDEX payment_transaction_once ON payment (provider, provider_reference)
    WHERE provider_reference IS NOT NULL AND provider <> 'wallet';

CREATE TABLE refund (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payment,
    request_reference text NOT NULL UNIQUE CHECK (request_reference ~ '^[A-Z0-9]{8,32}$'),
    destination text NOT NULL CHECK (destination IN ('provider', 'wallet', 'bank')),
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('requested', 'sent', 'done', 'refused', 'by_hand')),
    provider_reference text,
    provider_code text,
    created_at timestamptz NOT NULL DEFAULT now(),
    settled_at timestamptz
);
CREATE INDEX refund_open ON refund (created_at) WHERE state IN ('requested', 'sent', 'by_hand');

-- What a provider said, in order of arrival, without card or account data. Wrongly signed calls leave nothing.
CREATE TABLE payment_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payment,
    kind text NOT NULL CHECK (kind IN ('created', 'callback', 'query', 'expiry', 'refund', 'person')),
    outcome text NOT NULL,
    detail text NOT NULL DEFAULT '',
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX payment_event_payment ON payment_event (payment_id, id);

-- Credits of the bank account as an aggregator told them; the body is stored before it is parsed.
CREATE TABLE credit_notice (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adapter text NOT NULL,
    digest bytea NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT credit_notice_once UNIQUE (adapter, digest)
);
CREATE TABLE credit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adapter text NOT NULL,
    adapter_reference text NOT NULL,
    bank_reference text,
    notice_id bigint REFERENCES credit_notice,
    amount bigint NOT NULL CHECK (amount > 0),
    content text NOT NULL,
    account text NOT NULL,
    credited_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    payment_id uuid REFERENCES payment,
    state text NOT NULL CHECK (state IN ('matched', 'unmatched', 'partial', 'doubled', 'late', 'too_much', 'resolved')),
    CONSTRAINT credit_once UNIQUE (adapter, adapter_reference)
);
CREATE INDEX credit_open ON credit (received_at) WHERE state NOT IN ('matched', 'resolved');

-- Money that came and that no rule could place: a person decides. It stands in the books under `unmatched`.
CREATE TABLE parked_money (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider text NOT NULL,
    provider_reference text NOT NULL,
    payment_id uuid REFERENCES payment,
    credit_id bigint REFERENCES credit,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL CHECK (reason IN (
        'wrong_amount', 'late', 'doubled', 'unknown_order', 'unmatched', 'partial', 'too_much', 'after_refund'
    )),
    received_at timestamptz NOT NULL DEFAULT now(),
    resolved_at timestamptz,
    resolution text,
    resolved_by text,
    CONSTRAINT parked_once UNIQUE (provider, provider_reference)
);

-- The books: double entry, only ever added to. Accounts: clearing:vnpay, wallet:<id>, revenue:<place>, refunds, unmatched.
CREATE TABLE ledger_account (
    id text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('clearing', 'wallet', 'revenue', 'refunds', 'unmatched', 'payable'))
);
CREATE TABLE ledger_transaction (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL CONSTRAINT booked_once UNIQUE, -- what it books: payment:<id>, refund:<id>, parked:<id>, ...
    description text NOT NULL,
    entries int NOT NULL CHECK (entries >= 2),
    occurred_at timestamptz NOT NULL,
    booked_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE ledger_entry (
    transaction_id bigint NOT NULL REFERENCES ledger_transaction,
    n int NOT NULL,
    account_id text NOT NULL REFERENCES ledger_account,
    amount bigint NOT NULL CHECK (amount <> 0),      -- debit positive, credit negative
    PRIMARY KEY (transaction_id, n)
);
CREATE INDEX ledger_entry_account ON ledger_entry (account_id, transaction_id);

CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the books are only added to' USING ERRCODE = 'integrity_constraint_violation',
        CONSTRAINT = 'ledger_append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only();

CREATE FUNCTION ledger_is_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked bigint := coalesce(to_jsonb(NEW) ->> 'transaction_id', to_jsonb(NEW) ->> 'id');
BEGIN
    IF NOT EXISTS (
        SELECT FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id
        WHERE t.id = checked GROUP BY t.id, t.entries HAVING count(*) = t.entries AND sum(e.amount) = 0
    ) THEN
        RAISE EXCEPTION 'a transaction of the books does not sum to zero' USING
            ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'ledger_balanced';
    END IF;
    RETURN NULL;
END $$;
-- At commit, when all its entries are there. Their number is fixed, so none can come later.
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_is_balanced();
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_is_balanced();

-- By right of the owner: nobody else may change a balance.
CREATE FUNCTION wallet_follows() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- A wallet is owed to its driver: a credit makes it larger.
    UPDATE wallet SET balance = balance - NEW.amount WHERE id = substr(NEW.account_id, 8)::uuid;
    RETURN NULL;
END $$;
CREATE TRIGGER wallet_follows AFTER INSERT ON ledger_entry
    FOR EACH ROW WHEN (NEW.account_id LIKE 'wallet:%') EXECUTE FUNCTION wallet_follows();

-- Receipts: numbers without a gap for each issuer and year (Vietnam time); the last is held by a row.
CREATE TABLE receipt_series (
    issuer text NOT NULL,
    year int NOT NULL,
    last int NOT NULL CHECK (last >= 0),
    PRIMARY KEY (issuer, year)
);
CREATE TABLE receipt (
    number text PRIMARY KEY,           -- ISSUER-YEAR-000001
    issuer text NOT NULL,
    year int NOT NULL,
    n int NOT NULL,
    payment_id uuid NOT NULL CONSTRAINT receipt_once UNIQUE REFERENCES payment,
    issued_at timestamptz NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    document jsonb NOT NULL,           -- what it says, but the plate, which is read from its segment or right
    check_code text NOT NULL,          -- printed as QR: verifies without the token
    CONSTRAINT receipt_gapless UNIQUE (issuer, year, n)
);

-- A receipt is not a tax invoice: this is what the e-invoice provider is asked for.
CREATE TABLE invoice (
    id uuid PRIMARY KEY,
    payment_id uuid NOT NULL REFERENCES payment,
    refund_id uuid REFERENCES refund,  -- an adjustment for it
    state text NOT NULL CHECK (state IN ('queued', 'sent', 'coded', 'rejected', 'adjusted', 'replaced')),
    amount bigint NOT NULL,
    symbol text,
    number text,
    tax_code text,                     -- given by the tax authority
    detail text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT invoice_once UNIQUE NULLS NOT DISTINCT (payment_id, refund_id)
);
