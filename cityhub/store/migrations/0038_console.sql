-- What operations do to many troubles at once, and what each of them wants to be told of.

-- The form's own id: who posts it twice does it once. `n`: troubles or sensors; `skipped`: what others had taken meanwhile.
CREATE TABLE console_batch (
    id uuid PRIMARY KEY,
    action text NOT NULL CHECK (action IN ('acknowledge', 'maintenance')),
    made_by text NOT NULL,
    note text NOT NULL CHECK (length(note) <= 500),
    made_at timestamptz NOT NULL,
    n int NOT NULL CHECK (n >= 0),
    skipped int NOT NULL CHECK (skipped >= 0),
    undone_at timestamptz,
    undone_by text
);
CREATE INDEX console_batch_made_at ON console_batch (made_at);

ALTER TABLE trouble_acknowledgement ADD COLUMN batch_id uuid REFERENCES console_batch;
CREATE INDEX trouble_acknowledgement_batch ON trouble_acknowledgement (batch_id) WHERE batch_id IS NOT NULL;
ALTER TABLE sensor_maintenance ADD COLUMN batch_id uuid REFERENCES console_batch;
CREATE INDEX sensor_maintenance_batch ON sensor_maintenance (batch_id) WHERE batch_id IS NOT NULL;

-- What reaches a person: of each list all where it is empty.
CREATE TABLE console_reach (
    person_id int PRIMARY KEY REFERENCES person,
    kinds text[] NOT NULL,
    codes text[] NOT NULL,
    areas text[] NOT NULL,
    changed_at timestamptz NOT NULL
);
