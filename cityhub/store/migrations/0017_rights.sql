-- Permits are asked for, paid, renewed and withdrawn; rights that other apps sold are withdrawn by them.

-- What people call a zone; places and tariffs know it by its id.
CREATE TABLE parking_zone (
    id text PRIMARY KEY,
    name_vi text NOT NULL,
    name_en text NOT NULL
);

ALTER TABLE assigned_right ADD COLUMN months int CHECK (months > 0);
ALTER TABLE assigned_right ADD COLUMN pay_by timestamptz;       -- while it is requested
ALTER TABLE assigned_right ADD COLUMN withdrawn_at timestamptz; -- until then it was valid
ALTER TABLE assigned_right ADD COLUMN renewal_of uuid REFERENCES assigned_right;
ALTER TABLE assigned_right ADD CONSTRAINT right_withdrawn_once CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL));
ALTER TABLE assigned_right ADD CONSTRAINT permit_has_months CHECK ((specification_id IS NULL) = (months IS NULL));
CREATE UNIQUE INDEX right_renewed_once ON assigned_right (renewal_of) WHERE state IN ('requested', 'active');
CREATE INDEX assigned_right_pay_by ON assigned_right (pay_by) WHERE state = 'requested';
CREATE INDEX payment_right ON payment (right_id) WHERE right_id IS NOT NULL;
