-- The register of breaches of personal data: what the report to the authority asks for, by when it is due, and when it was made.
-- It is a file to be kept for five years: nothing removes a row. What happened is told without whose data it was.
CREATE TABLE privacy_breach (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    known_at timestamptz NOT NULL,          -- when it was noticed: 72 hours are counted from here
    report_by timestamptz NOT NULL,
    entered_at timestamptz NOT NULL,
    entered_by text NOT NULL,
    what text NOT NULL CHECK (length(what) BETWEEN 1 AND 2000),
    touched text[] NOT NULL CHECK (cardinality(touched) > 0),
    persons int CHECK (persons >= 0),       -- as far as it is known
    authority_told_at timestamptz,
    authority_reference text,
    persons_told_at timestamptz,
    closed_at timestamptz,
    closed_by text,
    outcome text,
    CHECK (report_by > known_at AND known_at <= entered_at),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX privacy_breach_open ON privacy_breach (report_by) WHERE closed_at IS NULL;
