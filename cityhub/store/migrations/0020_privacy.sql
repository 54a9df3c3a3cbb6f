-- What people asked about their own data. The register says when and what was done, not whose it was: who asks again is known
-- by the token.
CREATE TABLE privacy_request (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('export', 'erase')),
    subject text NOT NULL CHECK (subject IN ('plate', 'phone')),
    subject_token bytea NOT NULL,
    asked_at timestamptz NOT NULL,
    answer_by date NOT NULL,           -- of Vietnam's calendar
    do_by date NOT NULL,
    done_at timestamptz NOT NULL,
    made_by text NOT NULL,
    found jsonb NOT NULL               -- counts: what was found, erased, kept because it is still needed
);

-- Whoever asks after their plate was erased is found by its token.
CREATE INDEX segment_plate_token ON segment (plate_token) WHERE plate_token IS NOT NULL;
CREATE INDEX assigned_right_plate_token ON assigned_right (plate_token) WHERE plate_token IS NOT NULL;

-- When a session was over: never, where somebody owes for it, may still pay for it, or nobody has ended it.
CREATE VIEW session_over AS
SELECT s.id AS session_id, max(coalesce(g.to_time, g.created_at)) AS ended_at
FROM parking_session s JOIN segment g ON g.session_id = s.id
WHERE s.state IN ('ended', 'lapsed') OR (s.state = 'active' AND s.mode = 'prepaid')
GROUP BY s.id;
