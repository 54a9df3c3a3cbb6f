-- What runs now, what was paid when, and whose plate is still kept: found without reading all that ever was.
CREATE INDEX parking_session_running ON parking_session (id) WHERE mode = 'start_stop' AND state = 'active';
CREATE INDEX segment_plate_kept ON segment (created_at) WHERE plate IS NOT NULL;
CREATE INDEX payment_settled ON payment (settled_at) WHERE settled_at IS NOT NULL;
CREATE INDEX assigned_right_begins ON assigned_right (valid_from);

-- It summed up all sessions at each look.
DROP VIEW session_over;
