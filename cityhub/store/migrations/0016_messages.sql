-- Messages from and to phones. A phone is kept until its message was sent; a keyed token stands in its place, so that
-- whoever writes once more is known (cityhub.phones).

ALTER TABLE sms_inbox ADD COLUMN sender_token bytea;
-- Of the same sender, and what is old.
CREATE INDEX sms_inbox_sender ON sms_inbox (sender_token, received_at);
CREATE INDEX sms_inbox_received ON sms_inbox (received_at);

CREATE TABLE sms_outbox (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('reply', 'reminder')),
    session_id uuid REFERENCES parking_session,
    in_reply_to text,                  -- the gateway's id of what it answers
    paid_until timestamptz,            -- the end that a reminder is about
    phone text,                        -- of a reply, until it was sent; that of a reminder is its session's
    phone_token bytea,                 -- once it was sent
    text text,                         -- of a reply, until it was sent: its link is a key; a reminder's is made as it is sent
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'expired')),
    created_at timestamptz NOT NULL,
    send_by timestamptz NOT NULL,      -- later nobody wants to read it
    changed_at timestamptz NOT NULL,
    CONSTRAINT sms_phone_until_sent CHECK (state = 'queued' OR (phone IS NULL AND text IS NULL)),
    CONSTRAINT reminder_of_an_end CHECK ((kind = 'reminder') = (paid_until IS NOT NULL AND session_id IS NOT NULL))
);
-- Of each paid end a session is reminded once.
CREATE UNIQUE INDEX reminded_once ON sms_outbox (session_id, paid_until) WHERE kind = 'reminder';
CREATE INDEX sms_outbox_queued ON sms_outbox (created_at, id) WHERE state = 'queued';
CREATE INDEX sms_outbox_phone ON sms_outbox (phone_token) WHERE phone_token IS NOT NULL;
CREATE INDEX sms_outbox_created ON sms_outbox (created_at);

-- Whose phone is still known: to be reminded, or to be forgotten.
CREATE INDEX parking_session_phone ON parking_session (phone) WHERE phone IS NOT NULL;
