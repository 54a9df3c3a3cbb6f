-- What may be parked where at what price, and the time that people paid for.
-- Nouns of APDS (ISO TS 5206-1): right specification, assigned right, session, segment. Money is integer VND.

-- How a place is run; a place without a row here is shown and cannot be paid for.
CREATE TABLE parking_place (
    place_id text PRIMARY KEY REFERENCES place,
    zone text NOT NULL,
    issuer text NOT NULL,      -- who runs it; receipts are numbered by issuer and year
    vehicles text[] NOT NULL CHECK (cardinality(vehicles) > 0),
    opening jsonb NOT NULL     -- by day kind, local times; cityhub.catalogue.opening
);

-- Closed from an hour to another (a festival, works), whatever the opening hours say.
CREATE TABLE place_closure (
    place_id text NOT NULL REFERENCES place,
    from_time timestamptz NOT NULL,
    to_time timestamptz NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (place_id, from_time),
    CHECK (from_time < to_time)
);

-- A tariff stays in force until the next of its zone begins, so there is never a gap or an overlap.
CREATE TABLE tariff (
    version text PRIMARY KEY,
    zone text NOT NULL,
    valid_from timestamptz NOT NULL,
    document jsonb NOT NULL,   -- cityhub.parking.tariffs
    loaded_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT tariff_begins_once UNIQUE (zone, valid_from)
);

-- What can be bought: time by the tariff, or a permit with a period and a price.
CREATE TABLE right_specification (
    id text PRIMARY KEY,
    type text NOT NULL CHECK (type IN ('one_time', 'permit')),
    name_vi text NOT NULL,
    name_en text NOT NULL,
    zone text NOT NULL,
    vehicle text,              -- null: every class
    months int CHECK (months > 0),
    price bigint CHECK (price >= 0),
    valid_from date NOT NULL,
    valid_to date,
    illustrative boolean NOT NULL DEFAULT false, -- its price is made up, and says so
    CONSTRAINT permit_has_price CHECK ((type = 'permit') = (months IS NOT NULL AND price IS NOT NULL))
);

-- A plate is text while it is needed; after erasure or retention a keyed token stands in its place (plate_token).
CREATE TABLE assigned_right (
    id uuid PRIMARY KEY,
    specification_id text REFERENCES right_specification,
    channel text NOT NULL,             -- 'cityhub', or the app or terminal that sold it
    channel_reference text NOT NULL,
    request_digest bytea,              -- of what a channel sent: the same again is the same right
    token text NOT NULL UNIQUE,
    plate text,
    plate_token bytea,
    vehicle text NOT NULL,
    zone text NOT NULL,
    place_id text REFERENCES place,    -- null: every place of the zone
    bay_id text REFERENCES sensor,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    state text NOT NULL CHECK (state IN ('requested', 'active', 'lapsed', 'withdrawn')),
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT right_sold_once UNIQUE (channel, channel_reference),
    CONSTRAINT right_has_plate CHECK (plate IS NOT NULL OR plate_token IS NOT NULL),
    CHECK (valid_from < valid_to)
);
CREATE INDEX assigned_right_plate ON assigned_right (plate, valid_to);
CREATE INDEX assigned_right_place ON assigned_right (place_id, valid_to);

-- Time at a place that somebody pays for. What changes about it is a new segment; here is only where it stands.
CREATE TABLE parking_session (
    id uuid PRIMARY KEY,
    token text NOT NULL UNIQUE,        -- the unguessable end of its link: who has it may extend, stop, correct
    mode text NOT NULL CHECK (mode IN ('prepaid', 'start_stop')),
    place_id text NOT NULL REFERENCES place,
    vehicle text NOT NULL,
    zone text NOT NULL,
    state text NOT NULL CHECK (state IN (
        'awaiting_payment',            -- prepaid and not paid: no right yet
        'active',                      -- paid for, or running
        'unpaid',                      -- start-stop, stopped and not paid yet
        'ended',                       -- over and paid
        'lapsed'                       -- never paid in time; nothing was due
    )),
    pay_by timestamptz,
    phone text,
    phone_purpose text,
    created_at timestamptz NOT NULL DEFAULT now(),
    reminded_at timestamptz,
    last_segment int NOT NULL DEFAULT 0,
    CONSTRAINT phone_has_purpose CHECK (phone IS NULL OR phone_purpose IS NOT NULL)
);
CREATE INDEX parking_session_pay_by ON parking_session (pay_by) WHERE state = 'awaiting_payment';

-- Never updated but for the plate's erasure and for a payment's coming: the newest that holds is how the session is.
CREATE TABLE segment (
    session_id uuid NOT NULL REFERENCES parking_session,
    n int NOT NULL CHECK (n > 0),
    kind text NOT NULL CHECK (kind IN ('start', 'extension', 'plate', 'bay', 'stop', 'reopening')),
    state text NOT NULL CHECK (state IN ('awaiting_payment', 'held', 'lapsed')),
    plate text,
    plate_token bytea,
    bay_id text REFERENCES sensor,
    from_time timestamptz NOT NULL,
    to_time timestamptz,               -- null: start-stop, still running
    amount bigint NOT NULL,            -- due for the whole session up to here, VND
    due bigint NOT NULL,               -- of it new with this segment; negative: given back
    tariff_version text REFERENCES tariff,
    quote jsonb,                       -- its lines, as shown to the driver
    made_by text NOT NULL,             -- driver, sensor, operator name, channel
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (session_id, n),
    CONSTRAINT segment_has_plate CHECK (plate IS NOT NULL OR plate_token IS NOT NULL),
    CHECK (to_time IS NULL OR from_time <= to_time)
);
CREATE INDEX segment_plate ON segment (plate, to_time);
CREATE INDEX segment_bay ON segment (bay_id, to_time) WHERE bay_id IS NOT NULL;

-- The first answer to a POST with a key is the answer to every repetition of it.
CREATE TABLE idempotency (
    scope text NOT NULL,               -- the route, and whose key where there is one
    key text NOT NULL,
    body_digest bytea NOT NULL,
    status int,
    body bytea,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- What a driver agreed to, purpose by purpose, with the version of the wording.
CREATE TABLE consent (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    session_id uuid REFERENCES parking_session,
    purpose text NOT NULL CHECK (purpose IN ('pay', 'remind_by_phone', 'remember_plate')),
    wording text NOT NULL,
    given_at timestamptz NOT NULL DEFAULT now()
);

-- Messages from and to phones. `text` of what came is kept without the plate's digits once it was answered.
CREATE TABLE sms_inbox (
    gateway_reference text PRIMARY KEY,
    answer text NOT NULL,
    session_id uuid REFERENCES parking_session,
    received_at timestamptz NOT NULL DEFAULT now()
);
