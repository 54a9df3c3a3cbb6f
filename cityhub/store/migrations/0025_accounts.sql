-- People who work with the hub, their sessions, keys of programs, and the trail of what people changed.

CREATE TABLE person (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL CONSTRAINT person_name_once UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9._-]{1,39}$'),
    role text NOT NULL CHECK (role IN ('viewer', 'inspector', 'operator', 'finance', 'admin')),
    password text NOT NULL,            -- argon2id, with its salt and cost
    must_change boolean NOT NULL,      -- somebody else chose it
    totp_secret bytea,                 -- null: no second factor
    totp_step bigint,                  -- the last code that was accepted
    recovery bytea[] NOT NULL DEFAULT '{}',
    failures int NOT NULL DEFAULT 0,
    locked_until timestamptz,
    created_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL, -- or when it was made or opened again
    disabled_at timestamptz
);

-- A browser that signed in. Of its cookie a digest is kept.
CREATE TABLE sign_in (
    digest bytea PRIMARY KEY,
    id uuid NOT NULL UNIQUE,
    person_id int NOT NULL REFERENCES person,
    is_whole boolean NOT NULL,         -- false: the second factor has still to come
    browser text NOT NULL,
    address text NOT NULL,
    began_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX sign_in_person ON sign_in (person_id) WHERE ended_at IS NULL;

-- Keys of programs. Of each a digest is kept.
CREATE TABLE api_key (
    digest bytea PRIMARY KEY,
    name text NOT NULL CHECK (name ~ '^[A-Za-z0-9._-]{1,40}$'),
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    last_used_at timestamptz,
    revoked_at timestamptz
);
-- A name is whose it is, in logs and in what was sold by it: one key at a time.
CREATE UNIQUE INDEX api_key_name_once ON api_key (name) WHERE revoked_at IS NULL;

-- What people changed or looked up, only added to.
CREATE TABLE audit_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    who text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,              -- plates masked
    before jsonb,
    after jsonb,
    why text NOT NULL DEFAULT ''
);
CREATE INDEX audit_entry_object ON audit_entry (object, id);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = 'integrity_constraint_violation',
        CONSTRAINT = 'audit_append_only';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
