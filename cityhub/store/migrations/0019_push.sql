-- Browsers that asked to be told before the end of a stay. Bound to the session, removed with it.

CREATE TABLE push_subscription (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id uuid NOT NULL REFERENCES parking_session,
    endpoint text NOT NULL,            -- whoever knows it and the keys can write to that browser
    p256dh bytea NOT NULL,
    auth bytea NOT NULL,
    language text NOT NULL CHECK (language IN ('vi', 'en')),
    reminded_until timestamptz,        -- the paid end that it was told of
    created_at timestamptz NOT NULL,
    CONSTRAINT push_once UNIQUE (session_id, endpoint)
);

ALTER TABLE consent DROP CONSTRAINT consent_purpose_check;
ALTER TABLE consent ADD CONSTRAINT consent_purpose_check
    CHECK (purpose IN ('pay', 'remind_by_phone', 'remind_by_push', 'remember_plate'));
